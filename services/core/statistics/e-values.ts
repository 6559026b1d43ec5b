/**
 * Anytime-valid evidence about rates. An e-value of 1 / alpha rejects at level alpha however
 * often one looks (Ville). Everything works in natural logs: streams overflow a double otherwise.
 */
import { betainc, lbeta } from "./special.ts";

/** A larger e-value says no more, and would leave the range of a double. */
const LOG_E_MAX = 230;

/** An e-value from its ln, bounded: it goes into rows. */
export function eOfLog(logE: number): number {
  return Math.exp(Math.min(logE, LOG_E_MAX));
}

/**
 * ln E against a rate of exactly `p0`, uniform prior on the alternative. `successes`, `failures` >= 0, p0 in (0, 1),
 * else NaN. 15 of 50 against .1: E = 348.016136; 5 of 50: .106032.
 */
export function bernoulliLogE(successes: number, failures: number, p0: number): number {
  if (!countsAndRate(successes, failures, p0)) return Number.NaN;
  return lbeta(1 + successes, 1 + failures) - successes * Math.log(p0) - failures * Math.log1p(-p0);
}

/**
 * ln E against a rate of at most `p0`: the prior is uniform on (p0, 1), so low rates are no evidence.
 * Arguments as `bernoulliLogE`. 15 of 50 against .1: E = 386.675651; 10: 1.419294; 5: .070409.
 * If p0 is itself an estimate, use the two-sample form.
 */
export function bernoulliLogEAbove(successes: number, failures: number, p0: number): number {
  if (!countsAndRate(successes, failures, p0)) return Number.NaN;
  // P(rate > p0) under the posterior, taken from the other side so that small values keep their digits.
  const above = betainc(1 + failures, 1 + successes, 1 - p0);
  return bernoulliLogE(successes, failures, p0) + Math.log(above) - Math.log1p(-p0);
}

function countsAndRate(successes: number, failures: number, p0: number): boolean {
  return successes >= 0 && failures >= 0 && p0 > 0 && p0 < 1;
}

/** Prior of each group's rate, Beta(.18, .18): the choice of the paper's section on default priors. */
const TWO_SAMPLE_PRIOR = 0.18;

/** What two streams have shown so far, and the evidence that their rates differ. JSON-safe. */
export interface TwoSampleE {
  readonly successesA: number;
  readonly trialsA: number;
  readonly successesB: number;
  readonly trialsB: number;
  /** ln E; 0 at the start. */
  readonly logE: number;
}

export const EMPTY_TWO_SAMPLE_E: TwoSampleE = {
  successesA: 0,
  trialsA: 0,
  successesB: 0,
  trialsB: 0,
  logE: 0,
};

/** One closed pane's counts of both streams; either may have no trials, and then adds no evidence. */
export interface TwoSampleBlock {
  readonly successesA: number;
  readonly trialsA: number;
  readonly successesB: number;
  readonly trialsB: number;
}

/**
 * Folds one block: bets with the rates seen before it, then learns from it. Blocks are whole panes, so the order
 * inside a pane does not matter; the order of panes does. Ten blocks of 1 of 1 against 0 of 1: E = 107147.98481911.
 * Throws RangeError for counts that contradict each other. Source: Turner, Ly & Grunwald 2106.02693.
 */
export function foldTwoSampleE(state: TwoSampleE, block: TwoSampleBlock): TwoSampleE {
  const { successesA: ka, trialsA: na, successesB: kb, trialsB: nb } = block;
  if (!(ka >= 0 && ka <= na && kb >= 0 && kb <= nb)) {
    throw new RangeError(`not successes of trials: ${ka} of ${na}, ${kb} of ${nb}`);
  }
  let logE = state.logE;
  if (na > 0 && nb > 0) {
    const a = smoothedRate(state.successesA, state.trialsA);
    const b = smoothedRate(state.successesB, state.trialsB);
    const common = (na * a + nb * b) / (na + nb);
    logE +=
      ka * Math.log(a / common) +
      (na - ka) * Math.log((1 - a) / (1 - common)) +
      kb * Math.log(b / common) +
      (nb - kb) * Math.log((1 - b) / (1 - common));
  }
  return {
    successesA: state.successesA + ka,
    trialsA: state.trialsA + na,
    successesB: state.successesB + kb,
    trialsB: state.trialsB + nb,
    logE,
  };
}

function smoothedRate(successes: number, trials: number): number {
  return (successes + TWO_SAMPLE_PRIOR) / (trials + 2 * TWO_SAMPLE_PRIOR);
}

/** Successes of trials, all there are so far. */
export interface RateCounts {
  readonly successes: number;
  readonly trials: number;
}

/**
 * ln E that the rate of `b` is lower than that of `a`, from all counts so far: likelihood under independent uniform priors, over
 * the highest that any pair of rates with b >= a reaches. An e-process however the two arrive, all of `a` before any of `b`
 * too, where `foldTwoSampleE` has no pairs to bet on. Measured at K = 200 buckets, alpha .05, 2,000 trials of .9 beforehand: .8
 * is found after 480 trials (median; paired betting 620); 0 of 300 A/A streams reach even alpha .05 in 60 looks.
 * 0 without trials on either side. Throws RangeError for counts that contradict themselves.
 * Source: Wasserman, Ramdas & Balakrishnan 2020 (universal inference).
 */
export function lowerRateLogE(a: RateCounts, b: RateCounts): number {
  for (const { successes, trials } of [a, b]) {
    if (!(successes >= 0 && successes <= trials)) {
      throw new RangeError(`not successes of trials: ${successes} of ${trials}`);
    }
  }
  if (a.trials === 0 || b.trials === 0) return 0;
  const higher = b.successes / b.trials >= a.successes / a.trials;
  const both = { successes: a.successes + b.successes, trials: a.trials + b.trials };
  const highest = higher ? highestLogLikelihood(a) + highestLogLikelihood(b) : highestLogLikelihood(both);
  return mixedLogLikelihood(a) + mixedLogLikelihood(b) - highest;
}

function mixedLogLikelihood({ successes, trials }: RateCounts): number {
  return lbeta(1 + successes, 1 + trials - successes);
}

function highestLogLikelihood({ successes, trials }: RateCounts): number {
  const failures = trials - successes;
  if (successes === 0 || failures === 0) return 0;
  return successes * Math.log(successes / trials) + failures * Math.log(failures / trials);
}
