/** One rate over another, with its interval on the log scale. */
import type { RateCounts } from "./e-values.ts";
import { Z_95 } from "./intervals.ts";

export interface RateRatio {
  /** Rate of `a` over rate of `b`; Infinity or NaN where `b` has no success. */
  readonly value: number;
  /** 95 %, of the two rates with half a success and half a trial more each where either has none or nothing but successes. */
  readonly lo: number;
  readonly hi: number;
  /** ln of the ratio over its error: how far it is from 1. 0 without an error. */
  readonly z: number;
}

/**
 * 30 of 100 over 60 of 100: .5, .3561 to .7021, z -4.0019. Needs a trial on both sides: throws RangeError otherwise, and for more
 * successes than trials. Source: Katz et al. 1978; the half added: Walter 1975.
 */
export function rateRatio(a: RateCounts, b: RateCounts): RateRatio {
  for (const { successes, trials } of [a, b]) {
    if (!(trials > 0 && successes >= 0 && successes <= trials)) {
      throw new RangeError(`not successes of trials: ${successes} of ${trials}`);
    }
  }
  const extreme = [a, b].some(({ successes, trials }) => successes === 0 || successes === trials);
  const more = extreme ? 0.5 : 0;
  const [own, ownTrials, other, otherTrials] = [
    a.successes + more,
    a.trials + more,
    b.successes + more,
    b.trials + more,
  ];
  const log = Math.log(own / ownTrials) - Math.log(other / otherTrials);
  const se = Math.sqrt(Math.max(0, 1 / own - 1 / ownTrials + 1 / other - 1 / otherTrials));
  return {
    value: a.successes / a.trials / (b.successes / b.trials),
    lo: Math.exp(log - Z_95 * se),
    hi: Math.exp(log + Z_95 * se),
    z: se === 0 ? 0 : log / se,
  };
}
