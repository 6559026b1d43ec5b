/** From a window's values to verdicts. Inconclusive never becomes pass. */
import type { Metric } from "./metric.ts";
import type { RuleResult, Verdict, WindowRecord } from "./records.ts";
import type { MetricResult } from "./result.ts";
import {
  type Anchor,
  allHold,
  arithmetic,
  type Condition,
  conditionsOf,
  conditionValue,
  isAgainstAnchor,
  type Rule,
} from "./rule.ts";

const ORDER: readonly Verdict[] = ["pass", "inconclusive", "error", "breach"];

/** The worst of several verdicts; `inconclusive` for none at all, since nothing was seen. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return "inconclusive";
  return verdicts.reduce((a, b) => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b));
}

/**
 * One rule over the result it names. null where the lane does not have the metric's kind of input at all (no row, or
 * no arrivals in it), where a rule against the anchor has a value before any is pinned (the lane's first windows have
 * nothing older to be held against), or where a rule that only warns has no value: such a rule is not evaluated, which
 * differs from inconclusive.
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
  if (result.status === "ok" && anchor === null && isAgainstAnchor(rule)) return null;
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
    arithmetic: arithmetic(conditionsOf(rule), result, anchor),
  };
}

/** Any missing number makes a rule inconclusive. */
function verdictOf(rule: Rule, result: MetricResult, anchor: Anchor | null): Verdict {
  if (result.status !== "ok") return "inconclusive";
  const isMissing = ({ field }: Condition): boolean => conditionValue(field, result, anchor) === null;
  if (conditionsOf(rule).some(isMissing)) return "inconclusive";
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
