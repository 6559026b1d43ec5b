/** The fall of a rate as a result of a row, and the counts that a result of a rate stands for. */
import { type MetricResult, noResult, okResult } from "../result.ts";
import { eOfLog, type RateCounts } from "../statistics/e-values.ts";
import { type RateFinding, TRIALS_MIN } from "./rate-evidence.ts";

/** Value: how much lower the rate is than before, with its interval; e: shared among `k` rates, so that 1 / alpha decides. */
export function fallResult(
  metric: string,
  { name, logE, since, drop, lo, hi }: RateFinding,
  k: number,
): MetricResult {
  const e = eOfLog(logE - Math.log(k));
  if (since.trials < TRIALS_MIN) {
    return {
      ...noResult(metric, since.trials, "insufficient", name),
      value: Number.isNaN(drop) ? null : drop,
    };
  }
  return { ...okResult(metric, since.trials, drop, { lo, hi }, name), e };
}

/** Counts of a rate's result; null where it has none. Also of fewer trials than carry a verdict. */
export function rateCountsOf({ value, n }: MetricResult): RateCounts | null {
  return value === null || n === 0 ? null : { successes: Math.round(value * n), trials: n };
}
