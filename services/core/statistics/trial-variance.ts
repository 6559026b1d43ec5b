import type { RateCounts } from "./e-values.ts";

/** Variance of one trial, with one success and one failure more: a few equal trials are no certainty. */
export function trialVariance({ successes, trials }: RateCounts): number {
  const rate = (successes + 1) / (trials + 2);
  return rate * (1 - rate);
}
