/** The result of a mean of shares, the same for every metric that is one. */
import { type MetricResult, noResult, okResult } from "./result.ts";
import { Z_95 } from "./statistics/intervals.ts";

/** Sums are integers in millionths: the order of addition cannot change a result; a share errs by at most 5e-7. */
export const MICRO = 1_000_000;
/** Fewer shares carry no verdict. */
const SHARES_MIN = 30;

/**
 * Mean of `n` shares 0..1 with its 95 % interval (normal, cut to 0..1), from the sums of shares and of their squares, each
 * rounded to millionths. `insufficient` under 30 shares.
 */
export function meanResult(
  metric: string,
  microSum: number,
  microSquareSum: number,
  n: number,
): MetricResult {
  if (n < SHARES_MIN) return noResult(metric, n, "insufficient");
  const mean = microSum / n / MICRO;
  // Rounding may leave a variance of identical shares slightly below zero.
  const variance = Math.max(0, (microSquareSum / n / MICRO - mean * mean) * (n / (n - 1)));
  const half = Z_95 * Math.sqrt(variance / n);
  return okResult(metric, n, mean, { lo: Math.max(0, mean - half), hi: Math.min(1, mean + half) });
}
