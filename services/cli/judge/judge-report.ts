/** What a lane's judges are worth: held against people, against each other, and against what they let through. */
import type { Verdict } from "../../core/records.ts";
import {
  type Agreement,
  cohenKappa,
  gwetAc1,
  krippendorffAlpha,
  type PoweredRate,
  predictionPowered,
  type RaterTable,
} from "../../core/statistics/agreement.ts";
import { clopperPearsonUpper, type Interval, wilson } from "../../core/statistics/intervals.ts";
import { rateDifference } from "../../core/statistics/rate-difference.ts";
import { worstVerdict } from "../../core/verdict.ts";
import type { BucketCounts, JudgeCounts, JudgeHistory, RatedSamples } from "./judge-history.ts";

/** Fewer samples that people were sure of carry no verdict on a judge. */
export const REVIEWED_MIN = 30;
/** A judge that is off by less than five points, or agrees better than this, is no breach however certain that is. */
export const OFFSET_MIN = 0.05;
export const AGREEMENT_MIN = 0.4;
/** A judge of fewer of the lane's verdicts does not decide what is said of the lane. */
export const JUDGE_SHARE_MIN = 0.05;
/** Own and others' candidates that tell a preference, each. */
const PREFERENCE_TRIALS_MIN = 30;
/** Level over all buckets together. */
const ALPHA = 0.05;

export interface Rate {
  readonly n: number;
  readonly value: number;
  readonly interval: Interval;
}

export interface JudgeFinding {
  readonly judge: string;
  /** Of the lane's verdicts. */
  readonly share: number;
  readonly acceptance: Rate;
  /** Samples that people were sure of. */
  readonly reviewed: number;
  /** null below `REVIEWED_MIN`. */
  readonly kappa: Agreement | null;
  readonly ac1: Agreement | null;
  /** At which people would accept what the judge judged. */
  readonly powered: PoweredRate | null;
  /** null where either kind of candidate is too rare. */
  readonly selfPreference: { readonly value: number; readonly interval: Interval } | null;
  readonly verdict: Verdict;
  /** Why it is not pass. */
  readonly reasons: readonly string[];
}

export interface BucketFinding extends Rate {
  readonly bucket: string;
  /** Less is let through than of all, at the level of all buckets together. */
  readonly judgedAway: boolean;
}

export interface Rotation {
  readonly judges: number;
  readonly days: number;
  /** Days on which one judge decided everything. */
  readonly singleJudgeDays: number;
  /** Share of the busiest judge over all. */
  readonly busiestShare: number;
}

export interface JudgeReport {
  readonly verdict: Verdict;
  readonly judges: readonly JudgeFinding[];
  /** How far people agree with each other where several reviewed: no judge can be asked for more. */
  readonly people: Agreement | null;
  readonly rotation: Rotation;
  /** Lowest acceptance first. */
  readonly buckets: readonly BucketFinding[];
  readonly unreadable: number;
}

export function judgeReport(history: JudgeHistory): JudgeReport {
  const all = history.judges.reduce((sum, { judged }) => sum + judged, 0);
  const judges = history.judges.map((counts) =>
    judgeFinding(
      counts,
      all,
      history.rated.filter(({ judge }) => judge === counts.judge),
    ),
  );
  const deciding = judges.filter(({ share }) => share >= JUDGE_SHARE_MIN);
  return {
    verdict: worstVerdict(deciding.map(({ verdict }) => verdict)),
    judges,
    people: peopleAmongThemselves(history.rated),
    rotation: rotationOf(history, all),
    buckets: bucketFindings(history.buckets),
    unreadable: history.unreadable,
  };
}

function judgeFinding(counts: JudgeCounts, all: number, rated: readonly RatedSamples[]): JudgeFinding {
  const table = tableOf(rated);
  const reviewed = table.flat().reduce((a, b) => a + b, 0);
  const enough = reviewed >= REVIEWED_MIN;
  const { judge, judged, accepted } = counts;
  const finding = {
    judge,
    share: judged / all,
    acceptance: rateOf(accepted, judged),
    reviewed,
    kappa: enough ? cohenKappa(table) : null,
    ac1: enough ? gwetAc1(table) : null,
    powered: enough ? predictionPowered({ judged, accepted, rated: table }) : null,
    selfPreference: preferenceOf(counts),
  };
  return { ...finding, ...judgedFinding(finding) };
}

function judgedFinding({
  acceptance,
  reviewed,
  ac1,
  powered,
}: Pick<JudgeFinding, "acceptance" | "reviewed" | "ac1" | "powered">): Pick<
  JudgeFinding,
  "verdict" | "reasons"
> {
  if (ac1 === null || powered === null) {
    return {
      verdict: "inconclusive",
      reasons: [`people were sure of ${reviewed} of its samples; ${REVIEWED_MIN} are needed`],
    };
  }
  const reasons: string[] = [];
  const { interval, offset } = powered;
  const isOff = acceptance.value < interval.lo || acceptance.value > interval.hi;
  if (isOff && Math.abs(offset) >= OFFSET_MIN) {
    reasons.push(offset > 0 ? "it accepts more than people would" : "it accepts less than people would");
  }
  if (ac1.interval !== null && ac1.interval.hi < AGREEMENT_MIN) {
    reasons.push(`it agrees with people little better than chance (AC1 under ${AGREEMENT_MIN})`);
  }
  return { verdict: reasons.length > 0 ? "breach" : "pass", reasons };
}

/** [judge rejects, judge accepts] x [people reject, people accept]; samples on which people are even are in neither. */
function tableOf(rated: readonly RatedSamples[]): RaterTable {
  const table = [
    [0, 0],
    [0, 0],
  ];
  for (const { judgeAccepts, passes, fails, samples } of rated) {
    if (passes !== fails) table[judgeAccepts ? 1 : 0]![passes > fails ? 1 : 0]! += samples;
  }
  return table;
}

function peopleAmongThemselves(rated: readonly RatedSamples[]): Agreement | null {
  const units = rated.map(({ passes, fails, samples }) => ({ ratings: [fails, passes], times: samples }));
  const found = krippendorffAlpha(units);
  return found.n === 0 ? null : found;
}

function preferenceOf(counts: JudgeCounts): JudgeFinding["selfPreference"] {
  const { own, ownAccepted, others, othersAccepted } = counts;
  if (own < PREFERENCE_TRIALS_MIN || others < PREFERENCE_TRIALS_MIN) return null;
  const { value, lo, hi } = rateDifference(
    { successes: ownAccepted, trials: own },
    { successes: othersAccepted, trials: others },
  );
  return { value, interval: { lo, hi } };
}

function rotationOf({ judges, days }: JudgeHistory, all: number): Rotation {
  const judgesOfDay = new Map<string, number>();
  for (const { day } of days) judgesOfDay.set(day, (judgesOfDay.get(day) ?? 0) + 1);
  return {
    judges: judges.length,
    days: judgesOfDay.size,
    singleJudgeDays: [...judgesOfDay.values()].filter((count) => count === 1).length,
    busiestShare: all === 0 ? 0 : Math.max(...judges.map(({ judged }) => judged)) / all,
  };
}

function bucketFindings(buckets: readonly BucketCounts[]): BucketFinding[] {
  const judged = buckets.reduce((sum, one) => sum + one.judged, 0);
  const accepted = buckets.reduce((sum, one) => sum + one.accepted, 0);
  return buckets
    .map(({ bucket, ...own }) => {
      const rest = (accepted - own.accepted) / Math.max(1, judged - own.judged);
      const most = clopperPearsonUpper(own.accepted, own.judged, ALPHA / buckets.length);
      return { bucket, ...rateOf(own.accepted, own.judged), judgedAway: buckets.length > 1 && most < rest };
    })
    .sort((a, b) => a.value - b.value || b.n - a.n);
}

function rateOf(successes: number, trials: number): Rate {
  return { n: trials, value: successes / trials, interval: wilson(successes, trials) };
}
