/**
 * How much of a fall would have come anyway: the fall of a control, whose outcomes the lane's models have no part in, over the
 * fall of a rate. A season, an outage elsewhere or harder questions move both; what a model does moves one.
 */
import type { RateCounts } from "../statistics/e-values.ts";
import { type Estimate, fieller } from "../statistics/fieller.ts";
import { Z_95 } from "../statistics/intervals.ts";
import { trialVariance } from "../statistics/trial-variance.ts";

/** Fewer trials of the control, before or since, are no control. */
export const CONTROL_TRIALS_MIN = 30;
/** Half of a fall, or more: as other traffic is judged, too. */
export const EXPLAINED_MIN = 0.5;

/** What came before a moment, and since. */
export interface BeforeSince {
  readonly before: RateCounts;
  readonly since: RateCounts;
}

/**
 * Control's fall over the rate's, with Fieller's interval of `z` standard errors, 95 % by default; null where the control is too
 * small, or the rate's fall not told from none.
 */
export function controlShare(rate: BeforeSince, control: BeforeSince, z: number = Z_95): Estimate | null {
  if (!isControl(control)) return null;
  const [own, other] = [fallOf(rate), fallOf(control)];
  const moments = {
    numerator: other.value,
    denominator: own.value,
    numeratorVariance: other.variance,
    denominatorVariance: own.variance,
    covariance: 0,
  };
  return fieller(moments, z);
}

/** Whether it has trials enough, before and since, to be held beside a rate. */
export function isControl({ before, since }: BeforeSince): boolean {
  return Math.min(before.trials, since.trials) >= CONTROL_TRIALS_MIN;
}

/**
 * Most of the fall is the control's as well; or it is not shown yet that the control fell less. That is shown as strictly as a
 * fall is: an error of `alpha` is shared among `k` rates. Chernoff's bound is wider than one look needs, by a factor of eight
 * of the error at a `k` of 10: that is for looking at every window.
 */
export function isExplained(rate: BeforeSince, control: BeforeSince, k: number, alpha: number): boolean {
  if (!isControl(control)) return false;
  const share = controlShare(rate, control, Math.sqrt(2 * Math.log(k / alpha)));
  return share === null || share.value >= EXPLAINED_MIN || share.hi >= 1;
}

/** The control shows most of the fall, and that it fell is no chance (95 %): then it would have come anyway. */
export function isShown(share: Estimate | null): boolean {
  return share !== null && share.value >= EXPLAINED_MIN && share.lo > 0;
}

function fallOf({ before, since }: BeforeSince): { readonly value: number; readonly variance: number } {
  return {
    value: before.successes / before.trials - since.successes / since.trials,
    variance: trialVariance(before) / before.trials + trialVariance(since) / since.trials,
  };
}
