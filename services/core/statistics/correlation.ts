/** How two series of one length go together, and how little n autocorrelation leaves. NaN where a series is constant. */
import { type Interval, Z_95 } from "./intervals.ts";
import { mean } from "./moments.ts";
import { betainc } from "./special.ts";

/** A variance that is a smaller share of the squares than this is rounding: the series is constant. */
const ROUNDING = 1e-24;

/** Product-moment correlation, -1..1. Throws RangeError for series of two lengths. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  return crossCorrelation(x, y, 0);
}

/**
 * 95 % of a correlation r of n pairs, by Fisher's z; -1..1 where n is too small to say. Source: Fisher 1921.
 * r .5 of 50 pairs: .2574 to .6832.
 */
export function correlationInterval(r: number, n: number): Interval {
  if (!(n > 3) || Math.abs(r) >= 1) return n > 3 ? { lo: r, hi: r } : { lo: -1, hi: 1 };
  const half = Z_95 / Math.sqrt(n - 3);
  return { lo: Math.tanh(Math.atanh(r) - half), hi: Math.tanh(Math.atanh(r) + half) };
}

/** Pearson's of the ranks; ties share their mean rank. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(ranks(x), ranks(y));
}

/**
 * Correlation of x at t with y at t + lag, over the whole series' means and deviations, so that long lags shrink. A positive
 * lag: x moves first.
 */
export function crossCorrelation(x: readonly number[], y: readonly number[], lag: number): number {
  if (x.length !== y.length) throw new RangeError(`series of ${x.length} and ${y.length} values`);
  const meanX = mean(x);
  const meanY = mean(y);
  let sumXx = 0;
  let sumYy = 0;
  let sumXy = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let t = 0; t < x.length; t += 1) {
    squaresX += x[t]! ** 2;
    squaresY += y[t]! ** 2;
    sumXx += (x[t]! - meanX) ** 2;
    sumYy += (y[t]! - meanY) ** 2;
    const at = t + lag;
    if (at >= 0 && at < y.length) sumXy += (x[t]! - meanX) * (y[at]! - meanY);
  }
  if (sumXx <= squaresX * ROUNDING || sumYy <= squaresY * ROUNDING) return Number.NaN;
  return sumXy / Math.sqrt(sumXx * sumYy);
}

export function autocorrelation(x: readonly number[], lag: number): number {
  return crossCorrelation(x, x, lag);
}

/**
 * Number of independent pairs that say as much as these autocorrelated ones, at most n: 1/n* = 1/n + 2/n times the sum over
 * lags up to n/5 of ((n - j) / n) r_x(j) r_y(j). Source: Pyper & Peterman 1998.
 */
export function effectiveN(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  let sum = 0;
  for (let lag = 1; lag <= n / 5; lag += 1) {
    sum += ((n - lag) / n) * autocorrelation(x, lag) * autocorrelation(y, lag);
  }
  const inverse = 1 / n + (2 / n) * sum;
  return inverse > 0 ? Math.min(n, 1 / inverse) : n;
}

/** Two-sided p of a correlation of n (effective) pairs, Student's t with n - 2 degrees of freedom; 1 where n is at most 2. */
export function correlationP(r: number, n: number): number {
  const df = n - 2;
  if (df <= 0) return 1;
  if (Math.abs(r) >= 1) return 0;
  return betainc(df / 2, 0.5, 1 - r * r);
}

export function firstDifferences(x: readonly number[]): number[] {
  return x.slice(1).map((value, t) => value - x[t]!);
}

/** What an AR(1) with coefficient `phi` leaves of a series; one value shorter. */
export function whitened(x: readonly number[], phi: number): number[] {
  return x.slice(1).map((value, t) => value - phi * x[t]!);
}

/** 1-based, in the order of the values; ties share their mean. */
export function ranks(x: readonly number[]): number[] {
  const order = x.map((_, at) => at).sort((a, b) => x[a]! - x[b]!);
  const found = new Array<number>(x.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && x[order[to]!] === x[order[from]!]) to += 1;
    for (let at = from; at < to; at += 1) found[order[at]!] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}
