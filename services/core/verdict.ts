/** From a window's values to verdicts. Inconclusive never becomes pass. */
import type { Metric } from "./metric.ts";
import type { RuleResult, Verdict, WindowRecord } from "./records.ts";
import type { MetricResult } from "./result.ts";
import { type Anchor, allHold, arithmetic, conditionValue, type Rule } from "./rule.ts";

const ORDER: readonly Verdict[] = ["pass", "inconclusive", "error", "breach"];

/** The worst of several verdicts; `inconclusive` for none at all, since nothing was seen. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return "inconclusive";
  return verdicts.reduce((a, b) => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b));
}

/**
 * One rule over the result it names. null where the lane does not have the metric's kind of input at all (no row, or
 * no arrivals in it), or where a rule that only warns has no value: such a rule is not evaluated, which differs from
 * inconclusive.
 */
export function applyRule(
  rule: Rule,
  metric: Metric,
  rows: readonly WindowRecord[],
  anchor: Anchor | null,
  conclusive: boolean,
): RuleResult | null {
  const row = rows.find((candidate) => candidate.stage === rule.stage && candidate.segment === rule.segment);
  if (row === undefined || row.n === 0) return null;
  const result = row.results.find((r) => r.metric === rule.metric && r.bucket === rule.bucket);
  if (result === undefined) return null;
  // What only warns says nothing where it cannot be told; it must not keep a window from being clean.
  if (rule.breach.length === 0 && result.status !== "ok") return null;
  const verdict = conclusive ? verdictOf(rule, result, anchor) : "inconclusive";
  return {
    rule: rule.id,
    metric: rule.metric,
    family: metric.family,
    stage: rule.stage,
    segment: rule.segment,
    bucket: rule.bucket,
    verdict,
    warn: verdict === "pass" && allHold(rule.warn, result, anchor),
    n: result.n,
    value: result.value,
    lo: result.lo,
    hi: result.hi,
    ratio: result.ratio,
    z: result.z,
    anchorRatio: conditionValue("anchorRatio", result, anchor),
    arithmetic: arithmetic(rule.breach.length > 0 ? rule.breach : rule.warn, result, anchor),
  };
}

/**
 * A rule against the anchor passes while no anchor is pinned yet: the first window of a lane has nothing older to be
 * held against, and its other rules judge it. Every other missing number makes the rule inconclusive.
 */
function verdictOf(rule: Rule, result: MetricResult, anchor: Anchor | null): Verdict {
  if (result.status !== "ok") return "inconclusive";
  const conditions = rule.breach.length > 0 ? rule.breach : rule.warn;
  let unanchored = false;
  for (const condition of conditions) {
    const toAnchor = condition.field === "anchorRatio" || condition.field === "anchorZ";
    if (toAnchor && anchor === null) unanchored = true;
    else if (conditionValue(condition.field, result, anchor) === null) return "inconclusive";
  }
  if (unanchored) return "pass";
  return allHold(rule.breach, result, anchor) ? "breach" : "pass";
}

/**
 * Families in breach, sorted. Two metrics that share counts are one piece of evidence: where every breach rests on the
 * same basis, only the first family counts.
 */
export function breachingFamilies(
  results: readonly RuleResult[],
  metrics: ReadonlyMap<string, Metric>,
): readonly string[] {
  const breaches = results.filter((result) => result.verdict === "breach" && result.family !== "none");
  const families = [...new Set(breaches.map((result) => result.family))].sort();
  const bases = new Set(breaches.map((result) => metrics.get(result.metric)?.basis));
  return bases.size <= 1 ? families.slice(0, 1) : families;
}
