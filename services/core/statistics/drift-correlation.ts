/** Whether an offline series and an online one drift together, told three ways, since autocorrelation alone looks like it. */
import { strongestByShift } from "./circular-shifts.ts";
import {
  autocorrelation,
  correlationP,
  crossCorrelation,
  effectiveN,
  firstDifferences,
  pearson,
  spearman,
  whitened,
} from "./correlation.ts";
import { mean, sd } from "./moments.ts";

/** Fewer pairs are told nothing about. */
export const PAIRS_MIN = 20;
export const LAG_MAX = 7;
/** Of each of the tests that must agree, … */
const ALPHA = 0.05;
/** … and of the whitened series alone: two slow ramps have hardly any effective n, however well their steps agree. */
const ALPHA_WHITENED = 0.02;
/** Fewer shifts cannot show a p of `ALPHA`. */
const SHIFTS_MIN = 20;
const EULER_GAMMA = 0.5772156649015329;

export interface DriftCorrelation {
  readonly status: "ok" | "insufficient" | "degenerate";
  /** Pairs of values. */
  readonly n: number;
  /** Independent pairs that say as much. */
  readonly effectiveN: number;
  readonly pearson: number;
  readonly spearman: number;
  /** Of `pearson` at the effective n. */
  readonly p: number;
  /** Strongest correlation of what the offline series' AR(1) leaves of both, over all lags. */
  readonly whitened: number;
  /** Where it is; positive: offline moves first. In steps of the grid. */
  readonly lag: number;
  /** Of `whitened`, choosing the lag paid for: the larger of Sidak's over the lags and, where there are enough, of circular shifts. */
  readonly whitenedP: number;
  readonly differenced: number;
  readonly differencedP: number;
  /**
   * +1 or -1: the levels go together and the whitened or the differenced series agree, or the whitened ones leave little doubt by
   * themselves; 0: not shown.
   */
  readonly sign: -1 | 0 | 1;
}

/**
 * `offline` and `online` on one grid, oldest first, pairs without gaps. At most nominal + 2 points of autocorrelated
 * independent pairs get a sign. Sources: Pyper & Peterman 1998 (effective n), Box & Jenkins (pre-whitening); metric
 * specification 6. Throws RangeError for series of two lengths.
 */
export function driftCorrelation(offline: readonly number[], online: readonly number[]): DriftCorrelation {
  const n = offline.length;
  const level = pearson(offline, online);
  const nothing = { n, effectiveN: 0, pearson: level, spearman: Number.NaN, p: 1, ...NOTHING };
  if (n < PAIRS_MIN) return { status: "insufficient", ...nothing };
  const phi = autocorrelation(offline, 1);
  const [first, second] = [whitened(offline, phi), whitened(online, phi)];
  const differenced = pearson(firstDifferences(offline), firstDifferences(online));
  if (Number.isNaN(level) || Number.isNaN(differenced) || Number.isNaN(pearson(first, second))) {
    return { status: "degenerate", ...nothing };
  }
  const pairs = effectiveN(offline, online);
  const p = correlationP(level, pairs);
  const lagMax = Math.min(LAG_MAX, Math.floor(n / 5));
  const strongest = strongestLag(first, second, lagMax);
  const whitenedP = strongestP(first, second, lagMax, strongest.r);
  const differencedP = correlationP(differenced, n - 1);
  const agrees = (r: number, of: number): boolean => of <= ALPHA && Math.sign(r) === Math.sign(level);
  const levels = p <= ALPHA && (agrees(strongest.r, whitenedP) || agrees(differenced, differencedP));
  const steps = whitenedP <= ALPHA_WHITENED;
  return {
    status: "ok",
    n,
    effectiveN: pairs,
    pearson: level,
    spearman: spearman(offline, online),
    p,
    whitened: strongest.r,
    lag: strongest.lag,
    whitenedP,
    differenced,
    differencedP,
    sign: levels ? signOf(level) : steps ? signOf(strongest.r) : 0,
  };
}

function signOf(r: number): -1 | 1 {
  return r > 0 ? 1 : -1;
}

const NOTHING = {
  whitened: Number.NaN,
  lag: 0,
  whitenedP: 1,
  differenced: Number.NaN,
  differencedP: 1,
  sign: 0,
} as const;

function strongestLag(x: readonly number[], y: readonly number[], lagMax: number) {
  let strongest = { r: 0, lag: 0 };
  for (let lag = -lagMax; lag <= lagMax; lag += 1) {
    const r = crossCorrelation(x, y, lag);
    if (Math.abs(r) > Math.abs(strongest.r)) strongest = { r, lag };
  }
  return strongest;
}

/**
 * p of the strongest correlation over lags -lagMax..lagMax. A white series correlates with any other like chance at each lag
 * (Sidak); what whitening left is caught by circular shifts beyond the lags that were looked at: a true lag would be found
 * again within them. Where no shift is as strong, they are too few to say how rare it is: 45 of 60 windows; their law is continued. Simulated: 2.7-5 % of independent series pass .05, where shifts alone pass 13-17 % of 40 pairs.
 */
function strongestP(x: readonly number[], y: readonly number[], lagMax: number, r: number): number {
  const sidak = 1 - (1 - correlationP(r, x.length)) ** (2 * lagMax + 1);
  const byShift = strongestByShift(x, y, lagMax);
  const shifts = byShift.length + 1;
  if (shifts < SHIFTS_MIN) return sidak;
  const asStrong = 1 + byShift.filter((other) => other >= Math.abs(r)).length;
  const p = asStrong === 1 ? Math.min(1 / shifts, gumbelTail(byShift, Math.abs(r))) : asStrong / shifts;
  return Math.max(sidak, p);
}

/** P(a maximum like these > `value`), Gumbel's law fitted by moments. */
function gumbelTail(maxima: readonly number[], value: number): number {
  const scale = (sd(maxima) * Math.sqrt(6)) / Math.PI;
  if (!(scale > 0)) return 1;
  return -Math.expm1(-Math.exp(-(value - mean(maxima)) / scale - EULER_GAMMA));
}
