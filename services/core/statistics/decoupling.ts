/**
 * Offline stable, online volatile: three looks at two series on one grid, each against a healthy baseline of the same
 * series, never against a fixed number (levels of a drifting series have any variance). Source: metric specification 6.
 */
import { autocorrelation, firstDifferences } from "./correlation.ts";
import { mean, sd } from "./moments.ts";
import { normalQuantile } from "./special.ts";

/** Two series of one length, oldest first. */
export interface SeriesPair {
  readonly offline: readonly number[];
  readonly online: readonly number[];
}

/** Fewer values say nothing of a variance. */
export const VALUES_MIN = 10;

/**
 * D1: how many standard errors the ratio of variances of first differences (online over offline, in logarithms) lies above
 * the baseline's. Positive: online has become more restless beside offline. NaN where a series is constant or too short.
 */
export function varianceRatioZ(baseline: SeriesPair, now: SeriesPair): number {
  const parts = [now.online, now.offline, baseline.online, baseline.offline].map(logVariance);
  if (parts.some((part) => part === null)) return Number.NaN;
  const [on, off, onBefore, offBefore] = parts as LogVariance[];
  const rise = on!.value - off!.value - (onBefore!.value - offBefore!.value);
  return rise / Math.sqrt(parts.reduce((sum, part) => sum + part!.variance, 0));
}

interface LogVariance {
  readonly value: number;
  /** Of `value`: 2 over the effective degrees of freedom. */
  readonly variance: number;
}

function logVariance(series: readonly number[]): LogVariance | null {
  if (series.length < VALUES_MIN) return null;
  const steps = firstDifferences(series);
  const spread = sd(steps);
  if (!(autocorrelation(steps, 0) > 0)) return null;
  let dependence = 1;
  for (let lag = 1; lag <= steps.length / 5; lag += 1) dependence += 2 * autocorrelation(steps, lag) ** 2;
  return { value: 2 * Math.log(spread), variance: 2 / ((steps.length - 1) / dependence) };
}

/** Slope of online on offline by least squares, with its 95 % interval; NaN for a constant offline series. */
export interface Slope {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * D2: whether the slope of online on offline has gone: its interval holds 0 now and did not in the baseline. The intervals
 * take values for independent: a hint to read beside D1 and D3, which decide.
 */
export function slopeGone(baseline: SeriesPair, now: SeriesPair): boolean {
  const holdsZero = ({ lo, hi }: Slope): boolean => lo <= 0 && hi >= 0;
  const before = slope(baseline);
  return !Number.isNaN(before.value) && !holdsZero(before) && holdsZero(slope(now));
}

export function slope({ offline, online }: SeriesPair): Slope {
  const n = offline.length;
  const [meanX, meanY] = [mean(offline), mean(online)];
  let sumXx = 0;
  let sumXy = 0;
  for (let t = 0; t < n; t += 1) {
    sumXx += (offline[t]! - meanX) ** 2;
    sumXy += (offline[t]! - meanX) * (online[t]! - meanY);
  }
  const value = n > 2 && !isConstant(offline) ? sumXy / sumXx : Number.NaN;
  let squares = 0;
  for (let t = 0; t < n; t += 1) squares += (online[t]! - meanY - value * (offline[t]! - meanX)) ** 2;
  const half = normalQuantile(0.975) * Math.sqrt(squares / (n - 2) / sumXx);
  return { value, lo: value - half, hi: value + half };
}

/** Drift that the gap CUSUM forgives a step, and where it alarms, in standard deviations of the baseline. */
export const GAP_ALLOWANCE = 0.5;
export const GAP_ALARM = 5;

/**
 * D3: one-sided CUSUM of the gap between offline and online, both standardised by the baseline. Both series must be better
 * where they are higher. Returns the sum after the last step; `GAP_ALARM` is a decoupling. An offline series that never moved,
 * neither then nor now, is at its mean: a suite that says the same every time is as calm as can be. NaN for a baseline that is
 * constant otherwise.
 */
export function gapCusum(baseline: SeriesPair, now: SeriesPair): number {
  const [offMean, offSd] = [mean(baseline.offline), sd(baseline.offline)];
  const [onMean, onSd] = [mean(baseline.online), sd(baseline.online)];
  const still = isConstant([...baseline.offline, ...now.offline]);
  if ((isConstant(baseline.offline) && !still) || isConstant(baseline.online)) return Number.NaN;
  const gaps = (pair: SeriesPair): number[] =>
    pair.offline.map((value, t) => {
      const offline = still ? 0 : (value - offMean) / offSd;
      return offline - (pair.online[t]! - onMean) / onSd;
    });
  const gapSd = sd(gaps(baseline));
  if (!(gapSd > 0)) return Number.NaN;
  return gaps(now).reduce((sum, gap) => Math.max(0, sum + gap / gapSd - GAP_ALLOWANCE), 0);
}

/** By comparison: the deviation of equal values is rounding, not 0. */
function isConstant(series: readonly number[]): boolean {
  return series.every((value) => value === series[0]);
}
