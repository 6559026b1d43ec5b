/** The difference of two independent rates. */
import type { RateCounts } from "./e-values.ts";
import { type Interval, wilson } from "./intervals.ts";

export interface RateDifference extends Interval {
  /** First rate minus second, -1..1; NaN without trials on either side. */
  readonly value: number;
  /** Standard error were both rates equal to the pooled one; 0 where that is 0 or 1. */
  readonly pooledSe: number;
}

/**
 * `a` minus `b` with Newcombe's hybrid score interval, 95 %: from Wilson's of both rates. Without trials on either side the
 * interval is -1..1 and the value NaN. 56 of 70 and 48 of 80: .2, .0524...3339.
 * Throws RangeError for counts that contradict themselves. Source: Newcombe 1998, method 10
 */
export function rateDifference(a: RateCounts, b: RateCounts): RateDifference {
  const [p, q] = [a.successes / a.trials, b.successes / b.trials];
  const [first, second] = [wilson(a.successes, a.trials), wilson(b.successes, b.trials)];
  const value = p - q;
  if (Number.isNaN(value)) return { value, lo: -1, hi: 1, pooledSe: Number.NaN };
  const pooled = (a.successes + b.successes) / (a.trials + b.trials);
  return {
    value,
    lo: value - Math.hypot(p - first.lo, second.hi - q),
    hi: value + Math.hypot(first.hi - p, q - second.lo),
    pooledSe: Math.sqrt(pooled * (1 - pooled) * (1 / a.trials + 1 / b.trials)),
  };
}
