/** How much lower one rate is than another, with what the counts leave open. */
import type { RateCounts } from "./e-values.ts";
import { type Interval, wilson } from "./intervals.ts";

/** 95 %: `lo` and `hi` are 2 apart where nothing is known. */
export interface RateDrop extends Interval {
  /** Rate before minus rate since; NaN without trials on either side. */
  readonly drop: number;
}

/**
 * Newcombe's interval of a difference, from Wilson's of both. 56 of 70 and 48 of 80: .2, .0524 to .3339.
 * Throws RangeError for counts that contradict themselves. Source: Newcombe 1998, method 10.
 */
export function rateDrop(before: RateCounts, since: RateCounts): RateDrop {
  const [p, q] = [before.successes / before.trials, since.successes / since.trials];
  const [a, b] = [wilson(before.successes, before.trials), wilson(since.successes, since.trials)];
  const drop = p - q;
  if (Number.isNaN(drop)) return { drop, lo: -1, hi: 1 };
  return { drop, lo: drop - Math.hypot(p - a.lo, b.hi - q), hi: drop + Math.hypot(a.hi - p, q - b.lo) };
}
