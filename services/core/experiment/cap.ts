/** How far the generated share may go: the cap is a matter of what is shown to be no worse, not of where a curve breaks. */
import { mean, sd } from "../statistics/moments.ts";
import { meanLowerBound, studentQuantile } from "../statistics/student-t.ts";
import type { Matched } from "./match-results.ts";
import { Matrix } from "./matrix.ts";
import { decidesCap, type Plan, type PlannedMetric, ratioArm } from "./plan.ts";

/**
 * `no_worse`: the one-sided 95 % lower bound of (ratio - best), by seed, is above -delta. `worse`: the upper one is at or below
 * it. `not_shown`: neither. `degenerate`: the seeds agree to the last digit, so nothing says how sure the difference is.
 * `incomplete`: under two seeds have both.
 */
export type LimitState = "no_worse" | "not_shown" | "worse" | "degenerate" | "incomplete";

/** One ratio in one metric that decides. Differences are oriented: negative is worse. */
export interface Limit {
  readonly metric: PlannedMetric;
  readonly ratio: number;
  /** The ratio with the best mean; of equals the smallest. */
  readonly best: number;
  readonly n: number;
  /** null where the state is `incomplete`. */
  readonly difference: number | null;
  readonly lowerBound: number | null;
  readonly state: LimitState;
}

export interface Cap {
  /** null: no tested ratio is shown to be no worse in every tail and robust metric. */
  readonly ratio: number | null;
  /** Every ratio in every deciding metric, by ratio, then in the plan's order of metrics. */
  readonly limits: readonly Limit[];
}

/**
 * The largest tested ratio that is no worse than the best in every tail and robust metric, reached from the best without passing
 * over one that is not: between two that pass, a share must not lie on one that fails. Ratios below the best that fail are no
 * hindrance: where real data alone are too few, generated ones help. Never more than the largest ratio that passes; grows
 * with delta. Source: metric specification 7 (non-inferiority).
 */
export function capOf(plan: Plan, matched: Matched): Cap {
  const deciding = plan.metrics.filter(decidesCap).map((metric) => {
    const matrix = new Matrix(metric, matched);
    return { metric, matrix, best: bestRatio(plan, matrix) };
  });
  const limits = plan.ratios.flatMap((ratio) =>
    deciding.map(({ metric, matrix, best }) => limitOf(metric, matrix, ratio, best)),
  );
  const highestBest = Math.max(...deciding.map(({ best }) => best));
  let cap: number | null = null;
  for (const ratio of plan.ratios) {
    const own = limits.filter((limit) => limit.ratio === ratio);
    // Where nothing decides, nothing is shown.
    if (own.length > 0 && own.every(({ state }) => state === "no_worse")) cap = ratio;
    else if (ratio > highestBest) break;
  }
  return { ratio: cap, limits };
}

function bestRatio(plan: Plan, matrix: Matrix): number {
  let best = { ratio: plan.ratios[0]!, mean: Number.NEGATIVE_INFINITY };
  for (const ratio of plan.ratios) {
    const value = mean(matrix.of(ratioArm(ratio)));
    if (value > best.mean) best = { ratio, mean: value };
  }
  return best.ratio;
}

function limitOf(metric: PlannedMetric, matrix: Matrix, ratio: number, best: number): Limit {
  const differences = matrix.differences(ratioArm(ratio), ratioArm(best));
  const n = differences.length;
  const base = { metric, ratio, best, n };
  if (n < 2) return { ...base, difference: null, lowerBound: null, state: "incomplete" };
  const difference = mean(differences);
  if (ratio === best) return { ...base, difference: 0, lowerBound: 0, state: "no_worse" };
  const spread = sd(differences);
  if (!(spread > ROUNDING * Math.max(...differences.map(Math.abs)))) {
    return { ...base, difference, lowerBound: null, state: "degenerate" };
  }
  const lowerBound = meanLowerBound(differences);
  const upperBound = difference + (studentQuantile(0.95, n - 1) * spread) / Math.sqrt(n);
  const margin = -metric.delta!;
  const state = lowerBound > margin ? "no_worse" : upperBound <= margin ? "worse" : "not_shown";
  return { ...base, difference, lowerBound, state };
}

/** Equal differences of decimal fractions differ in their last bits. */
const ROUNDING = 1e-9;
