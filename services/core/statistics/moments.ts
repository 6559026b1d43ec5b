/** Mean, spread and quantiles of plain numbers. Inputs are never changed; NaN in gives NaN out. */

/** Arithmetic mean; NaN for none. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation (n - 1); NaN under two values. Two passes: no cancellation at a large mean. */
export function sd(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Quantile with linear interpolation between order statistics (Hyndman & Fan type 7, as numpy's default).
 * `sorted` ascends; q in 0..1, else NaN; NaN for none.
 */
export function quantileOfSorted(sorted: readonly number[], q: number): number {
  if (sorted.length === 0 || !(q >= 0 && q <= 1)) return Number.NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}

/** Quantile of values in any order; else as `quantileOfSorted`. */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(
    [...values].sort((a, b) => a - b),
    q,
  );
}

/** Middle value, or the mean of the two middle ones; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
