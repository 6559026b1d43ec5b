/** Rules as data: when a metric's value breaches. Thresholds live in the rules file with their source, never here. */
import type { MetricResult } from "./result.ts";
import type { Stage } from "./sample.ts";

export const CONDITION_FIELDS = ["value", "z", "ratio", "excess", "e", "anchorRatio", "anchorZ"] as const;
/**
 * What a condition looks at: the value; its z or ratio against real windows of the same n; `excess` = value minus the
 * null mean; `e`, the evidence of all windows so far; or the same series' pinned anchor (first clean window of the lane): ratio and two-sample z.
 */
export type ConditionField = (typeof CONDITION_FIELDS)[number];

export const CONDITION_OPERATORS = ["lt", "lte", "gt", "gte"] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

export interface Condition {
  readonly field: ConditionField;
  readonly op: ConditionOperator;
  readonly threshold: number;
}

/** What a rule can hold by itself: `model`, the version that answered most of the window's requests. */
export const HOLDS = ["model"] as const;

/** What a rule's alert can ask for by webhook. Only what tightens: docs/webhooks.md. */
export const ASKS = ["freeze"] as const;

export const SEVERITIES = ["page", "ticket", "info"] as const;

export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly metric: string;
  readonly stage: Stage;
  readonly segment: string;
  /** "" judges the whole window; a name judges that bucket; `*` judges the whole, and names each bucket that breaches, or warns where the rule only warns. */
  readonly bucket: string;
  /** All must hold: a breach needs significance and effect (law 5). Empty: the rule only warns. */
  readonly breach: readonly Condition[];
  /** All must hold; empty: never warns. */
  readonly warn: readonly Condition[];
  readonly severity: (typeof SEVERITIES)[number];
  readonly owner: string;
  /** Page to read when it fires. */
  readonly page: string;
  /** Frozen at once where the rule breaches, beside what the ladder does; absent for nothing more. */
  readonly holds?: (typeof HOLDS)[number];
  /** What its alert asks for, of the breach or, where it only warns, of the warning; absent for nothing. */
  readonly asks?: (typeof ASKS)[number];
  /** Where the thresholds come from. */
  readonly source: string;
}

/** What the rule looks at; one that only warns has nothing else. */
export function conditionsOf({ breach, warn }: Rule): readonly Condition[] {
  return breach.length > 0 ? breach : warn;
}

export function isAgainstAnchor(rule: Rule): boolean {
  return conditionsOf(rule).some(({ field }) => field === "anchorRatio" || field === "anchorZ");
}

/** Value and n of a series' pinned anchor window. */
export interface Anchor {
  readonly value: number;
  readonly n: number;
  readonly nullSd: number | null;
}

/**
 * The number a condition compares. null where the result or the anchor does not have it, or has none that is finite:
 * the condition cannot be decided, which is neither met nor unmet.
 *
 * `anchorZ` uses the null's sd for sample metrics (both windows vary like real ones of this n), else the pooled
 * binomial error of two proportions.
 */
export function conditionValue(
  field: ConditionField,
  result: MetricResult,
  anchor: Anchor | null,
): number | null {
  const value = comparedValue(field, result, anchor);
  // NaN is below no threshold and above none: it would pass.
  return value !== null && Number.isFinite(value) ? value : null;
}

function comparedValue(field: ConditionField, result: MetricResult, anchor: Anchor | null): number | null {
  if (result.value === null || result.status !== "ok") return null;
  switch (field) {
    case "value":
      return result.value;
    case "z":
      return result.z;
    case "ratio":
      return result.ratio;
    case "excess":
      return result.nullMean === null ? null : result.value - result.nullMean;
    case "e":
      return result.e;
    case "anchorRatio":
      return anchor === null || anchor.value === 0 ? null : result.value / anchor.value;
    case "anchorZ":
      return anchor === null ? null : anchorZ(result, anchor);
  }
}

function anchorZ(result: MetricResult, anchor: Anchor): number | null {
  const value = result.value!;
  if (result.nullSd !== null && anchor.nullSd !== null) {
    const se = Math.hypot(result.nullSd, anchor.nullSd);
    return se === 0 ? null : (value - anchor.value) / se;
  }
  if (result.n <= 0 || anchor.n <= 0) return null;
  const pooled = (value * result.n + anchor.value * anchor.n) / (result.n + anchor.n);
  const variance = pooled * (1 - pooled) * (1 / result.n + 1 / anchor.n);
  return variance > 0 ? (value - anchor.value) / Math.sqrt(variance) : value === anchor.value ? 0 : null;
}

export function holds(condition: Condition, value: number): boolean {
  switch (condition.op) {
    case "lt":
      return value < condition.threshold;
    case "lte":
      return value <= condition.threshold;
    case "gt":
      return value > condition.threshold;
    case "gte":
      return value >= condition.threshold;
  }
}

/** True when every condition can be decided and holds; an empty list never holds. */
export function allHold(
  conditions: readonly Condition[],
  result: MetricResult,
  anchor: Anchor | null,
): boolean {
  if (conditions.length === 0) return false;
  return conditions.every((condition) => {
    const value = conditionValue(condition.field, result, anchor);
    return value !== null && holds(condition, value);
  });
}

const SIGNS: Readonly<Record<ConditionOperator, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=" };
/** How the same comparison reads when it does not hold. */
const OPPOSITES: Readonly<Record<ConditionOperator, string>> = { lt: ">=", lte: ">", gt: "<=", gte: "<" };

/** The comparison with its numbers, e.g. `value 0.4312 < 0.7 and z -21.34 < -4`. */
export function arithmetic(
  conditions: readonly Condition[],
  result: MetricResult,
  anchor: Anchor | null,
): string {
  return conditions
    .map((condition) => {
      const value = conditionValue(condition.field, result, anchor);
      if (value === null) return `${condition.field} unknown (${result.status})`;
      const sign = holds(condition, value) ? SIGNS[condition.op] : OPPOSITES[condition.op];
      return `${condition.field} ${formatNumber(value)} ${sign} ${condition.threshold}`;
    })
    .join(" and ");
}

/** Four significant digits, without an exponent for the sizes metrics have. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
