/** Student's t: quantiles, probabilities, and the interval of a mean. */
import type { Interval } from "./intervals.ts";
import { mean, sd } from "./moments.ts";
import { betainc, betaincinv } from "./special.ts";

/**
 * The t with P(T <= t) = p for `df` > 0 degrees of freedom. p = .975: 12.7062047362 (df 1), 2.7764451052 (df 4).
 * -Infinity at 0, Infinity at 1, NaN outside or for df <= 0.
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1 && df > 0)) return Number.NaN;
  if (p < 0.5) return -studentQuantile(1 - p, df);
  if (p === 1) return Number.POSITIVE_INFINITY;
  // P(|T| > t) = I_x(df/2, 1/2) with x = df / (df + t^2).
  const x = betaincinv(df / 2, 0.5, 2 * (1 - p));
  return Math.sqrt((df * (1 - x)) / x);
}

/** P(|T| >= |t|). NaN for NaN. */
export function studentTwoSidedP(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY || t === Number.NEGATIVE_INFINITY) return 0;
  return betainc(df / 2, 0.5, df / (df + t * t));
}

/** Two-sided interval of the mean of independent values; null under two of them. Without spread it has no width. */
export function meanInterval(values: readonly number[], level = 0.95): Interval | null {
  if (values.length < 2) return null;
  const half = halfWidth(values, (1 + level) / 2);
  const centre = mean(values);
  return { lo: centre - half, hi: centre + half };
}

/** One-sided: the true mean is below it with probability 1 - level. NaN under two values. */
export function meanLowerBound(values: readonly number[], level = 0.95): number {
  return mean(values) - halfWidth(values, level);
}

function halfWidth(values: readonly number[], p: number): number {
  return (studentQuantile(p, values.length - 1) * sd(values)) / Math.sqrt(values.length);
}
