/**
 * How much of a fall would have come anyway: the fall of a control, whose outcomes the lane's models have no part in, over the
 * fall of a rate. A season, an outage elsewhere or harder questions move both; what a model does moves one.
 */
import type { RateCounts } from "../statistics/e-values.ts";
import { type Estimate, fieller } from "../statistics/fieller.ts";
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

/** Control's fall over the rate's, with Fieller's interval; null where the control is too small, or the rate's fall not told from none. */
export function controlShare(rate: BeforeSince, control: BeforeSince): Estimate | null {
  if (Math.min(control.before.trials, control.since.trials) < CONTROL_TRIALS_MIN) return null;
  const [own, other] = [fallOf(rate), fallOf(control)];
  return fieller({
    numerator: other.value,
    denominator: own.value,
    numeratorVariance: other.variance,
    denominatorVariance: own.variance,
    covariance: 0,
  });
}

/** Most of the fall is the control's as well; or it is not shown yet that the control fell less. */
export function isExplained(share: Estimate | null): boolean {
  return share !== null && (share.value >= EXPLAINED_MIN || share.hi >= 1);
}

function fallOf({ before, since }: BeforeSince): { readonly value: number; readonly variance: number } {
  return {
    value: before.successes / before.trials - since.successes / since.trials,
    variance: trialVariance(before) / before.trials + trialVariance(since) / since.trials,
  };
}
