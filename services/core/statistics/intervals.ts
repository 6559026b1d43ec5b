/** Intervals for a rate counted as successes of trials. */
import { betaincinv } from "./special.ts";

/** Both ends inclusive, within 0..1. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** Two-sided 95 % of the standard normal. */
export const Z_95 = 1.959963984540054;

/**
 * Wilson score interval of a rate. `successes` in 0..trials, `trials` > 0, `z` standard deviations (95 % by default).
 * No trials: the whole range 0..1. 93 of 100: 0.8625048526..0.9656807389; 0 of 30: 0..0.1135133932.
 * Throws RangeError for NaN, negative counts or more successes than trials. Source: Wilson 1927
 */
export function wilson(successes: number, trials: number, z: number = Z_95): Interval {
  checkCounts(successes, trials);
  if (trials === 0) return { lo: 0, hi: 1 };
  const rate = successes / trials;
  const zz = (z * z) / trials;
  const centre = (rate + zz / 2) / (1 + zz);
  const half = (z / (1 + zz)) * Math.sqrt((rate * (1 - rate)) / trials + zz / (4 * trials));
  // The ends at 0 and n successes are exact; rounding would leave a few ulp.
  return {
    lo: successes === 0 ? 0 : Math.max(0, centre - half),
    hi: successes === trials ? 1 : Math.min(1, centre + half),
  };
}

/**
 * Clopper-Pearson interval, two-sided, coverage at least 1 - alpha for every rate.
 * 93 of 100 at .05: 0.8610802715..0.9713947111. Errors as `wilson`. Source: Clopper & Pearson 1934.
 */
export function clopperPearson(successes: number, trials: number, alpha = 0.05): Interval {
  return {
    lo: clopperPearsonLower(successes, trials, alpha / 2),
    hi: clopperPearsonUpper(successes, trials, alpha / 2),
  };
}

/** One-sided lower bound: the rate is below it with probability at most alpha. 96 of 100 at .05: 0.9108. */
export function clopperPearsonLower(successes: number, trials: number, alpha = 0.05): number {
  checkCounts(successes, trials);
  return successes === 0 ? 0 : betaincinv(successes, trials - successes + 1, alpha);
}

/** One-sided upper bound. 0 of n: 1 - alpha^(1/n), so 299 clean items bound the rate at 1 % with alpha .05. */
export function clopperPearsonUpper(successes: number, trials: number, alpha = 0.05): number {
  checkCounts(successes, trials);
  return successes === trials ? 1 : betaincinv(successes + 1, trials - successes, 1 - alpha);
}

function checkCounts(successes: number, trials: number): void {
  if (!(successes >= 0 && successes <= trials && trials < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`not successes of trials: ${successes} of ${trials}`);
  }
}
