/** Whether a series rises or falls, and how steeply, whatever the shape of its noise. */
import { autocorrelation, ranks } from "./correlation.ts";
import { Z_95 } from "./intervals.ts";
import { median } from "./moments.ts";

/** Fewer points are no trend. Metric specification 4: K >= 8. */
export const TREND_POINTS_MIN = 8;
/** Points looked at, at most: slopes are taken of every pair. */
export const TREND_POINTS_MAX = 256;

export interface TrendPoint {
  /** Any unit; no two points of a series share one. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  readonly n: number;
  /** Sen's slope, per unit of `at`, with its 95 % interval; an end that the points do not bound is infinite. */
  readonly slope: number;
  readonly lo: number;
  readonly hi: number;
  /** Mann-Kendall's, corrected for dependence: below 0 the series falls. */
  readonly z: number;
}

/**
 * Kendall's S of a series in time order, and its variance under no trend (ties counted): 28 and 65.333 for eight values that
 * rise. Source: Mann 1945; Kendall 1975.
 */
export function mannKendall(values: readonly number[]): { readonly s: number; readonly variance: number } {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) s += Math.sign(values[j]! - values[i]!);
  }
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const term = (t: number): number => t * (t - 1) * (2 * t + 5);
  const tied = [...ties.values()].reduce((sum, t) => sum + term(t), 0);
  return { s, variance: (term(n) - tied) / 18 };
}

/** S as standard normal under no trend, one step closer to 0 for continuity; 0 without variance. */
export function mannKendallZ(s: number, variance: number): number {
  return s === 0 || variance === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
}

/**
 * How much larger the variance of S is than that of independent values, at least 1: from the autocorrelation of the ranks of
 * what the slope leaves, at lags where it is significant. Source: Hamed & Rao 1998, equation 16.
 */
export function dependenceFactor(values: readonly number[]): number {
  const n = values.length;
  const ranked = ranks(values);
  const significant = Z_95 / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag += 1) {
    const r = autocorrelation(ranked, lag);
    if (Math.abs(r) > significant) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * r;
  }
  return Math.max(1, 1 + (2 / (n * (n - 1) * (n - 2))) * sum);
}

/**
 * Trend of points in time order; null under eight. Its slope is the median of the slopes of all pairs, which a third of
 * outliers cannot move far; its interval is theirs at the ranks that S would have without a trend.
 * Throws RangeError for more than 256 points. Source: Sen 1968; metric specification 4.
 */
export function trend(points: readonly TrendPoint[]): Trend | null {
  const n = points.length;
  if (n > TREND_POINTS_MAX) throw new RangeError(`a trend of ${n} points; at most ${TREND_POINTS_MAX}`);
  if (n < TREND_POINTS_MIN) return null;
  const slopes: number[] = [];
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) {
      slopes.push((points[j]!.value - points[i]!.value) / (points[j]!.at - points[i]!.at));
    }
  }
  slopes.sort((a, b) => a - b);
  const slope = median(slopes);
  const values = points.map(({ value }) => value);
  const left = points.map(({ at, value }) => value - slope * at);
  const { s, variance } = mannKendall(values);
  const widened = variance * dependenceFactor(left);
  const reach = Z_95 * Math.sqrt(widened);
  const below = Math.floor((slopes.length - reach) / 2);
  return {
    n,
    slope,
    lo: below < 0 ? Number.NEGATIVE_INFINITY : slopes[below]!,
    hi: below < 0 ? Number.POSITIVE_INFINITY : slopes[slopes.length - 1 - below]!,
    z: mannKendallZ(s, widened),
  };
}
