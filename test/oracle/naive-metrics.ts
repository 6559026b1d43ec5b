/**
 * The values of the additive metrics, counted from the records of a window one by one.
 *
 * Covered: volume, origin_mix, exact_duplicate_share, seq_rep_4, near_duplicate_share (between bounds: its index may miss a
 * neighbour), offline_score, online_success, confident_gap_share; those of replies and judges are in naive-replies.ts, of suites in
 * naive-suites.ts, of error patterns and facts in naive-patterns.ts. Not covered: the metrics of the one sample of texts, which need a reference and
 * the hash that ranks ids; without a reference they must say so.
 */
import { groupBy } from "./group-by.ts";
import { jaccard, type NaiveText, naiveText, naiveTokens, shinglesOf } from "./naive-tokens.ts";
import { type Fields, nameOf, textOf } from "./oracle-record.ts";

export interface ExpectedValue {
  readonly metric: string;
  readonly bucket: string;
  readonly n: number;
  readonly status: "ok" | "insufficient" | "degenerate";
  /** Both ends of what the value may be, inclusive, before rounding; null where there must be none. */
  readonly between: readonly [number, number] | null;
  /** The 95 % interval; undefined where the oracle does not say. */
  readonly interval?: readonly [number, number] | null;
}

/** One record as it was counted. */
export interface Counted {
  readonly topic: string;
  readonly value: Fields;
  readonly generated: boolean;
}

/** Beyond so many texts of a pane, all pairs are too many to compare. */
const PAIRS_TEXTS_MAX = 120;
export const BUCKETS_MAX = 200;
const ORIGINS =
  "human_direct licensed web_crawl simulation model_generated human_edited preference_label benchmark unknown".split(
    " ",
  );

/** Arrivals (segment `all` of `candidate` and `admitted`). */
export function arrivalValues(arrivals: readonly Counted[]): ExpectedValue[] {
  const all = arrivals.length;
  const generated = arrivals.filter((one) => one.generated).length;
  const exact = (bucket: string, n: number): ExpectedValue => ({
    metric: "volume",
    bucket,
    n,
    status: "ok",
    between: [n, n],
  });
  const values = [exact("", all), exact("generated", generated), exact("real", all - generated)];
  if (all === 0) return [...values, nothing("origin_mix", 0)];
  const share = (bucket: string, count: number): ExpectedValue => ({
    metric: "origin_mix",
    bucket,
    n: all,
    status: "ok",
    between: [count / all, count / all],
    interval: wilson(count, all),
  });
  values.push(share("", generated));
  for (const origin of ORIGINS) {
    const count = arrivals.filter((one) => one.value.origin === origin).length;
    if (count > 0) values.push(share(origin, count));
  }
  return values;
}

const known = new WeakMap<Fields, NaiveText | { readonly unknown: true }>();

function sourceOf({ topic, value }: Counted): string {
  return textOf(topic === "interactions" ? value.response : value.output);
}

function textIn(one: Counted): NaiveText | null {
  let text = known.get(one.value);
  if (text === undefined) {
    text = naiveText(sourceOf(one)) ?? { unknown: true };
    known.set(one.value, text);
  }
  return "unknown" in text ? null : text;
}

/** Texts (segments `generated` and `real`), pane by pane, as duplicates are looked for within panes. */
export function textValues(panes: readonly (readonly Counted[])[]): ExpectedValue[] {
  if (panes.some((pane) => pane.some((one) => textIn(one) === null))) return [];
  const all = panes.map((pane) => pane.map((one) => ({ ...textIn(one)!, source: sourceOf(one) })));
  const texts = all.map((pane) => pane.filter((text) => text.tokens > 0));
  const count = sum(texts.map((pane) => pane.length));
  const firsts = sum(texts.map((pane) => new Set(pane.map((text) => text.content)).size));
  const values = [rate("exact_duplicate_share", count - firsts, count, "")];

  const near = texts.map(neighbours);
  const low = rate("near_duplicate_share", sum(near.map(([least]) => least)), count, "");
  const high = rate("near_duplicate_share", sum(near.map(([, most]) => most)), count, "");
  const between = low.between && high.between && ([low.between[0], high.between[1]] as const);
  values.push({ metric: low.metric, bucket: "", n: low.n, status: low.status, between });

  const repeated = all.flatMap((pane) => pane.flatMap((text) => text.repeated ?? []));
  if (repeated.length < 30) values.push(nothing("seq_rep_4", repeated.length));
  else {
    const mean = sum(repeated) / repeated.length;
    values.push({ metric: "seq_rep_4", bucket: "", n: repeated.length, status: "ok", between: [mean, mean] });
  }
  return values;
}

/** Texts of a pane that have a neighbour: at least the exact copies, at most all whose Jaccard similarity is .8 or more. */
function neighbours(
  texts: readonly { readonly content: string; readonly source: string }[],
): readonly [number, number] {
  const times = new Map<string, number>();
  for (const { content } of texts) times.set(content, (times.get(content) ?? 0) + 1);
  const copies = texts.filter(({ content }) => times.get(content)! > 1);
  if (texts.length > PAIRS_TEXTS_MAX) return [copies.length, texts.length];
  const shingles = texts.map(({ source }) => shinglesOf(naiveTokens(source)!));
  const close = shingles.filter((own, i) =>
    shingles.some((other, j) => i !== j && jaccard(own, other) >= 0.8),
  );
  return [copies.length, close.length];
}

/** Outcomes: resolved over those that say so or not; in total and by bucket. */
export function outcomeValues(outcomes: readonly Counted[]): ExpectedValue[] {
  const told = outcomes.filter((one) => typeof one.value.resolved === "boolean");
  return byBucket(told, (some, bucket) =>
    rate("online_success", some.filter((one) => one.value.resolved === true).length, some.length, bucket),
  );
}

/** Who scored: each judge's share of the results that name one. */
export function judgeMixValues(evaluations: readonly Counted[]): ExpectedValue[] {
  const nameOfJudge = ({ value }: Counted): string =>
    [value.judgeId, value.judgeVersion].filter((part) => typeof part === "string" && part !== "").join("@");
  const judged = evaluations.filter((one) => nameOfJudge(one) !== "");
  if (judged.length === 0) return [nothing("judge_mix", 0)];
  const n = judged.length;
  const share = (own: number, bucket: string, interval: readonly [number, number] | null): ExpectedValue => ({
    metric: "judge_mix",
    bucket,
    n,
    status: "ok",
    between: [own / n, own / n],
    interval,
  });
  return [
    share(n, "", null),
    ...[...groupBy(judged, nameOfJudge)].map(([judge, own]) =>
      share(own.length, judge, wilson(own.length, n)),
    ),
  ];
}

/** Probes that lack what an answer needs: what the model answered all the same. */
export function probeValues(evaluations: readonly Counted[]): ExpectedValue[] {
  const probes = evaluations.filter((one) => one.value.suite === "under_informed" && hasTrials(one));
  if (probes.length === 0) return [];
  return byBucket(probes, (some, bucket) => {
    const trials = sum(some.map((one) => one.value.trials as number));
    const declined = sum(some.map((one) => one.value.successes as number));
    return rate("confident_gap_share", trials - declined, trials, bucket);
  });
}

/** Evaluations of one suite: successes over trials, or the mean of plain values where there are no trials at all. */
export function evaluationValues(evaluations: readonly Counted[]): ExpectedValue[] {
  const sound = evaluations.filter((one) => hasTrials(one) || hasPlainValue(one));
  return byBucket(sound, (some, bucket) => {
    const counted = some.filter(hasTrials);
    const trials = sum(counted.map((one) => one.value.trials as number));
    if (trials > 0) {
      return rate("offline_score", sum(counted.map((one) => one.value.successes as number)), trials, bucket);
    }
    return rate("offline_score", sum(some.map((one) => one.value.value as number)), some.length, bucket);
  });
}

function hasTrials({ value }: Counted): boolean {
  const { successes, trials } = value;
  if (typeof trials !== "number" || typeof successes !== "number") return false;
  return trials > 0 && trials <= 1e9 && successes >= 0 && successes <= trials;
}

function hasPlainValue({ value }: Counted): boolean {
  return value.trials === null && typeof value.value === "number" && value.value >= 0 && value.value <= 1;
}

export function byBucket(
  records: readonly Counted[],
  expectedOf: (some: readonly Counted[], bucket: string) => ExpectedValue,
): ExpectedValue[] {
  const buckets = groupBy(records, (one) => nameOf(one.value.bucket));
  buckets.delete("");
  // Beyond the bound some buckets are summed up; which ones is decided by a hash that is not the oracle's to know.
  const named = buckets.size > BUCKETS_MAX ? [] : [...buckets];
  return [expectedOf(records, ""), ...named.map(([bucket, some]) => expectedOf(some, bucket))];
}

export function rate(metric: string, successes: number, trials: number, bucket: string): ExpectedValue {
  const share = trials > 0 ? successes / trials : null;
  const between = share === null ? null : ([share, share] as const);
  if (trials < 30) return { metric, bucket, n: trials, status: "insufficient", between, interval: null };
  return { metric, bucket, n: trials, status: "ok", between, interval: wilson(successes, trials) };
}

export function nothing(metric: string, n: number): ExpectedValue {
  return { metric, bucket: "", n, status: "insufficient", between: null };
}

/** A share of what was counted, however little. */
export function share(metric: string, count: number, all: number, bucket: string): ExpectedValue {
  const between = [count / all, count / all] as const;
  return { metric, bucket, n: all, status: "ok", between, interval: wilson(count, all) };
}

/** Wilson 1927, 95 %. */
function wilson(successes: number, trials: number): readonly [number, number] {
  const z = 1.959963984540054;
  const p = successes / trials;
  const middle = p + (z * z) / (2 * trials);
  const half = z * Math.sqrt((p * (1 - p) + (z * z) / (4 * trials)) / trials);
  const whole = 1 + (z * z) / trials;
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)];
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
