/** The difference of two measured values, from what each says of its own error. */
import { type Interval, Z_95 } from "./intervals.ts";
import { benjaminiHochberg } from "./multiplicity.ts";
import { normalCdf } from "./special.ts";

export interface MeasuredValue {
  readonly value: number;
  /** 95 % interval; null for none. */
  readonly lo: number | null;
  readonly hi: number | null;
  /** Standard deviation over real windows of the same size; null for none. */
  readonly nullSd: number | null;
}

export interface ValueDifference extends Interval {
  /** Second value minus first. */
  readonly value: number;
  /** How many standard errors the difference is from 0, in its own direction; Infinity where its error is 0. */
  readonly z: number;
}

/**
 * `b` minus `a` with its 95 % interval: from both intervals by the square-and-add rule, else from both null deviations. null where
 * there is neither, or a number is not finite: what is measured exactly, such as a count of arrivals, has no noise to be beyond.
 * .5 (.4 to .6) and .8 (.7 to .9): .3, .1586 to .4414. Source: Zou & Donner 2008 (of which Newcombe's method 10 is the case of rates).
 */
export function valueDifference(a: MeasuredValue, b: MeasuredValue): ValueDifference | null {
  const [down, up] = halfWidths(a, b);
  const value = b.value - a.value;
  if (!Number.isFinite(value) || !Number.isFinite(down) || !Number.isFinite(up)) return null;
  // What matters is the side on which 0 lies.
  const half = value >= 0 ? down : up;
  return { value, lo: value - down, hi: value + up, z: value === 0 ? 0 : Z_95 * (value / half) };
}

/** Indices of differences that are not chance, ascending: of those named 5 % at most are expected to be. */
export function beyondNoise(differences: readonly ValueDifference[]): number[] {
  return benjaminiHochberg(
    differences.map(({ z }) => 2 * normalCdf(-Math.abs(z))),
    0.05,
  );
}

function halfWidths(a: MeasuredValue, b: MeasuredValue): readonly [down: number, up: number] {
  if (hasInterval(a) && hasInterval(b)) {
    return [Math.hypot(b.value - b.lo, a.hi - a.value), Math.hypot(b.hi - b.value, a.value - a.lo)];
  }
  if (a.nullSd === null || b.nullSd === null) return [Number.NaN, Number.NaN];
  const half = Z_95 * Math.hypot(a.nullSd, b.nullSd);
  return half > 0 ? [half, half] : [Number.NaN, Number.NaN];
}

function hasInterval(of: MeasuredValue): of is MeasuredValue & Interval {
  return of.lo !== null && of.hi !== null && of.hi > of.lo;
}
