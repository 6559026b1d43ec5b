/** Difference of two rates over strata, so that a trait that is commoner where things go wrong anyway is not blamed for it. */
import type { RateCounts } from "./e-values.ts";
import type { Estimate } from "./fieller.ts";
import { Z_95 } from "./intervals.ts";

export interface Stratum {
  readonly exposed: RateCounts;
  readonly others: RateCounts;
}

/**
 * Rate of the exposed less that of the others, pooled over strata (Mantel & Haenszel), with Sato's 95 % interval, which holds for
 * few large strata and for many small ones. Strata with one side only say nothing; null where no stratum has both.
 * One stratum of 30 of 100 against 20 of 100: .1, -.0192 to .2192. Sources: Greenland & Robins 1985; Sato 1989.
 */
export function stratifiedDifference(strata: readonly Stratum[]): Estimate | null {
  let weights = 0;
  let weighted = 0;
  let p = 0;
  let q = 0;
  for (const { exposed, others } of strata) {
    const [a, n1, c, n0] = [exposed.successes, exposed.trials, others.successes, others.trials];
    if (n1 === 0 || n0 === 0) continue;
    const n = n1 + n0;
    weights += (n1 * n0) / n;
    weighted += (a * n0 - c * n1) / n;
    p += (n1 * n1 * c - n0 * n0 * a + (n1 * n0 * (n0 - n1)) / 2) / (n * n);
    q += (a * (n0 - c) + c * (n1 - a)) / (2 * n);
  }
  if (weights === 0) return null;
  const value = weighted / weights;
  const half = (Z_95 * Math.sqrt(Math.max(0, value * p + q))) / weights;
  return { value, lo: Math.max(-1, value - half), hi: Math.min(1, value + half) };
}
