/** The result of a counted rate, the same for every metric that is one. */
import { type MetricResult, noResult, okResult } from "./result.ts";
import { wilson } from "./statistics/intervals.ts";

/** Fewer trials carry no verdict. */
export const RATE_TRIALS_MIN = 30;

/**
 * successes / trials with its 95 % Wilson interval; `insufficient` under 30 trials, then with the bare value where
 * there was any trial. `successes` may be fractional (a sum of values in 0..1): the interval is then conservative, as
 * no distribution on 0..1 varies more than the two-point one of the same mean.
 */
export function rateResult(metric: string, successes: number, trials: number, bucket: string): MetricResult {
  if (trials < RATE_TRIALS_MIN) {
    const value = trials > 0 ? successes / trials : null;
    return { ...noResult(metric, trials, "insufficient", bucket), value };
  }
  return okResult(metric, trials, successes / trials, wilson(successes, trials), bucket);
}
