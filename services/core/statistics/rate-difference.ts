/** The difference of two counted rates. */
import { type Interval, wilson } from "./intervals.ts";

export interface Counted {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Rate of `a` less rate of `b`, -1..1, with its 95 % interval. 56 of 70 less 48 of 80: .2 (.0524 to .3339). NaN with the interval
 * -1..1 where either has no trials. Throws RangeError for counts that contradict themselves. Source: Newcombe 1998, method 10.
 */
export function rateDifference(
  a: Counted,
  b: Counted,
): { readonly value: number; readonly interval: Interval } {
  const [p, q] = [a.successes / a.trials, b.successes / b.trials];
  const [ofA, ofB] = [wilson(a.successes, a.trials), wilson(b.successes, b.trials)];
  if (a.trials === 0 || b.trials === 0) return { value: Number.NaN, interval: { lo: -1, hi: 1 } };
  const lo = p - q - Math.hypot(p - ofA.lo, ofB.hi - q);
  const hi = p - q + Math.hypot(ofA.hi - p, q - ofB.lo);
  return { value: p - q, interval: { lo, hi } };
}
