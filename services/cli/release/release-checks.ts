/** Whether a lane may be released: each question of the check with its answer. What is not known is never a pass. */
import { standingChanges } from "../../core/experiment/standing-increases.ts";
import { untestedIncrease } from "../../core/experiment/untested-increase.ts";
import { INCREASE_WORDS, numberWord } from "../experiment/words.ts";
import { EXIT, type ExitCode } from "../io.ts";
import type { SuiteRegistry } from "../suite/suite-registry.ts";
import type { ReleaseHistory, ReleaseMetric, RuleSaid } from "./release-history.ts";

export type CheckVerdict = "pass" | "inconclusive" | "breach";

/** One question. `found` are the reasons for anything but a pass, worst first; for a pass what it rests on. */
export interface ReleaseCheck {
  readonly id: "gates" | "ratio" | "suites" | "buckets" | "decoupling" | "alarms";
  readonly title: string;
  readonly verdict: CheckVerdict;
  readonly found: readonly string[];
}

export interface ReleaseReport {
  readonly lane: string;
  /** The worst of the checks. */
  readonly verdict: CheckVerdict;
  readonly checks: readonly ReleaseCheck[];
  /** Ids of records behind the latest verdict: see the view `alert_samples`. */
  readonly evidence: readonly string[];
}

type Answer = Pick<ReleaseCheck, "verdict" | "found">;

/** `withinMs`: how old the latest judged window may be. */
export function releaseReport(
  lane: string,
  history: ReleaseHistory,
  registry: Pick<SuiteRegistry, "missing" | "onlyLegacy" | "versions">,
  nowMs: number,
  withinMs: number,
): ReleaseReport {
  const isFresh = history.judgedMs !== null && nowMs - history.judgedMs <= withinMs;
  const judged = (metric: ReleaseMetric): Answer =>
    isFresh ? byRule(history.said, metric, history.judgedMs!) : notJudged(history.judgedMs);
  const checks: ReleaseCheck[] = [
    { id: "gates", title: "every gate is open", ...gates(history) },
    { id: "ratio", title: "no untested increase of the generated share", ...ratio(history) },
    { id: "suites", title: "the suites that the policy asks for run", ...suites(registry) },
    { id: "buckets", title: "no bucket is served worse", ...judged("bucket_regression") },
    { id: "decoupling", title: "offline and online hang together", ...judged("decoupled_windows") },
    { id: "alarms", title: "online alarms are foretold", ...alarms(history) },
  ];
  return { lane, verdict: worst(checks), checks, evidence: history.evidence };
}

export function releaseExitCode({ verdict }: ReleaseReport): ExitCode {
  return verdict === "pass" ? EXIT.pass : verdict === "breach" ? EXIT.breach : EXIT.inconclusive;
}

function worst(checks: readonly Pick<Answer, "verdict">[]): CheckVerdict {
  if (checks.some(({ verdict }) => verdict === "breach")) return "breach";
  return checks.some(({ verdict }) => verdict === "inconclusive") ? "inconclusive" : "pass";
}

function gates({ gates: all }: ReleaseHistory): Answer {
  if (all.length === 0) return { verdict: "inconclusive", found: ["nothing was ever judged in this lane"] };
  const held = all.filter(({ state }) => state !== "open");
  const stale = all.filter(({ state, lease }) => state === "open" && lease === "stale");
  const found = [
    ...held.map(
      ({ subject, state, sinceMs, cause }) => `${subject} is ${state} since ${at(sinceMs)}: ${cause || "-"}`,
    ),
    ...stale.map(({ subject }) => `the lease of ${subject} has run out: nobody says that it is open still`),
  ];
  if (held.length > 0) return { verdict: "breach", found };
  if (stale.length > 0) return { verdict: "inconclusive", found };
  return { verdict: "pass", found: [`${all.length} open`] };
}

function ratio({ changes, experiments }: ReleaseHistory): Answer {
  const judged = standingChanges(changes).map((change) => ({
    change,
    ...untestedIncrease(change, experiments),
  }));
  const bad = judged.filter(({ verdict }) => verdict !== "pass");
  const found = bad
    .sort((a, b) => Number(b.verdict === "breach") - Number(a.verdict === "breach"))
    .map(({ change, reasons }) => {
      const { id, actor, shareFrom, shareTo, madeMs } = change;
      const step = `${numberWord(shareFrom)} to ${numberWord(shareTo)}`;
      const why = reasons.map((reason) => INCREASE_WORDS[reason]).join("; ");
      return `${id} of ${at(madeMs)} by ${actor || "-"}, ${step}: ${why}`;
    });
  if (bad.length === 0)
    return { verdict: "pass", found: [`${changes.length} changes of the share, none of them untested`] };
  return { verdict: worst(bad), found };
}

function suites({ missing, onlyLegacy, versions }: Parameters<typeof releaseReport>[2]): Answer {
  const found = [
    ...missing.map((kind) => `no result of ${kind.replaceAll("|", " or ")} lately`),
    ...(onlyLegacy ? ["only suites with old items run"] : []),
  ];
  if (found.length > 0) return { verdict: "breach", found };
  return { verdict: "pass", found: [`${new Set(versions.map(({ suite }) => suite)).size} suites`] };
}

function notJudged(judgedMs: number | null): Answer {
  const last = judgedMs === null ? "no decision window was ever judged" : `last judged ${at(judgedMs)}`;
  return { verdict: "inconclusive", found: [last] };
}

/** What the rules over a metric said in the lane's latest window. */
function byRule(said: readonly RuleSaid[], metric: ReleaseMetric, judgedMs: number): Answer {
  const own = said.filter((result) => result.metric === metric && result.endMs === judgedMs);
  if (own.length === 0)
    return { verdict: "inconclusive", found: [`no rule judged ${metric} in the latest window`] };
  const bad = own.filter(({ verdict }) => verdict === "breach" || verdict === "error");
  // The whole repeats its strongest bucket.
  const named = bad.some(({ bucket }) => bucket !== "") ? bad.filter(({ bucket }) => bucket !== "") : bad;
  if (bad.length > 0) return { verdict: "breach", found: named.map(words) };
  const open = own.filter(({ verdict }) => verdict === "inconclusive");
  if (open.length > 0) return { verdict: "inconclusive", found: open.map(words) };
  return { verdict: "pass", found: own.map(words) };
}

/** An uncovered share is judged as alarms come: the last word stands until the next alarm. */
function alarms({ said }: ReleaseHistory): Answer {
  const own = said.filter(({ metric }) => metric === "uncovered_alarms");
  if (own.length === 0) return { verdict: "pass", found: ["too few alarms for a share"] };
  const bad = own.filter(({ warn, verdict }) => warn || verdict === "breach");
  return bad.length > 0
    ? { verdict: "breach", found: bad.map(words) }
    : { verdict: "pass", found: own.map(words) };
}

function words({ rule, segment, bucket, arithmetic, endMs }: RuleSaid): string {
  const users = segment.includes("/") ? ` of ${segment.slice(segment.indexOf("/") + 1)}` : "";
  const where = bucket === "" ? "" : ` in ${bucket}${users}`;
  return `${rule}${where}: ${arithmetic || "-"} (window ended ${at(endMs)})`;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
