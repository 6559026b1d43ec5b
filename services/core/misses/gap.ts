/** How much more often one bucket fails than the rest of its lane, and whether that gap has closed. */
import { eOfLog, lowerRateLogE, type RateCounts } from "../statistics/e-values.ts";
import { type Interval, wilson } from "../statistics/intervals.ts";
import { rateDifference } from "../statistics/rate-difference.ts";

/** Failures of outcomes that say whether the matter was resolved. */
export interface FailureCounts {
  readonly failures: number;
  readonly trials: number;
}

/** A bucket as an export found it; fixed from then on. */
export interface Gap {
  readonly bucket: string;
  readonly own: FailureCounts;
  /** The lane without this bucket, in the same time. */
  readonly others: FailureCounts;
}

/** Fewer trials on either side carry no verdict. */
export const GAP_TRIALS_MIN = 30;
/** Failing this much more often than the others did is as good as they: the effect that rules call worth a page. */
export const GAP_MARGIN = 0.05;
/** Evidence that a rate fell counts from 1 / alpha on, shared among the buckets of the lane. */
const ALPHA = 0.05;

export interface GapSize extends Interval {
  /** Rate of failures. */
  readonly rate: number;
  readonly othersRate: number;
  /** `rate - othersRate`; NaN without trials of both. `lo` and `hi` are its 95 %. */
  readonly gap: number;
}

export function gapSize({ own, others }: Gap): GapSize {
  const { value: drop, lo, hi } = rateDifference(successes(own), successes(others));
  return { rate: own.failures / own.trials, othersRate: others.failures / others.trials, gap: drop, lo, hi };
}

/** 95 % of a rate of failures. */
export function failureInterval({ failures, trials }: FailureCounts): Interval {
  return wilson(failures, trials);
}

/** From best to worst; of several buckets the last counts. */
export const GAP_STATES = ["closed", "narrowed", "inconclusive", "not closed"] as const;
export type GapState = (typeof GAP_STATES)[number];

export interface GapFinding extends Interval {
  readonly bucket: string;
  readonly state: GapState;
  readonly before: FailureCounts;
  readonly after: FailureCounts;
  /** Rate of failures before minus after; NaN without trials. `lo` and `hi` are its 95 %. */
  readonly fall: number;
  /** That the rate fell, shared among `buckets`: 20 is alpha .05, however often one asks. */
  readonly e: number;
  /** Rate after minus that of the others at the export, with its 95 %: what is left of the gap. */
  readonly left: Interval & { readonly value: number };
}

/**
 * `closed`: the rate fell, and what is left of the gap is below `GAP_MARGIN` with its whole interval. `narrowed`: it fell, and that
 * is not shown. `not closed`: a fall that would close the gap up to the margin lies outside the interval, and no fall is shown. Else `inconclusive`, and with fewer than
 * `GAP_TRIALS_MIN` trials before or after. `buckets`: among how many the bucket was picked, so that one that failed by chance and
 * returned to its rate is no success.
 */
export function gapFinding(gap: Gap, after: FailureCounts, buckets: number): GapFinding {
  const { bucket, own, others } = gap;
  const fall = rateDifference(successes(own), successes(after));
  const rest = rateDifference(successes(after), successes(others));
  const logE = lowerRateLogE(successes(own), successes(after)) - Math.log(Math.max(1, buckets));
  const finding = {
    bucket,
    before: own,
    after,
    fall: fall.value,
    lo: fall.lo,
    hi: fall.hi,
    e: eOfLog(logE),
    left: { value: rest.value, lo: rest.lo, hi: rest.hi },
  };
  return { ...finding, state: stateOf(finding, gapSize(gap).gap) };
}

/** More are not counted on: what they do not show, nobody waits for. */
const NEEDED_TRIALS_MAX = 1_000_000;

/**
 * About so many trials later the gap would be called closed, if the bucket then failed just as often as the others did. null where
 * there is no gap, or what is known of before and of the others is too little ever to show it.
 */
export function trialsNeeded(gap: Gap, buckets: number): number | null {
  const { gap: size, othersRate } = gapSize(gap);
  if (!(size > 0)) return null;
  for (let trials = GAP_TRIALS_MIN; trials <= NEEDED_TRIALS_MAX; trials = Math.ceil(trials * 1.1)) {
    const after = { failures: Math.round(othersRate * trials), trials };
    if (gapFinding(gap, after, buckets).state === "closed") return trials;
  }
  return null;
}

function stateOf(finding: Omit<GapFinding, "state">, gap: number): GapState {
  const { before, after, e, hi, left } = finding;
  if (Math.min(before.trials, after.trials) < GAP_TRIALS_MIN) return "inconclusive";
  if (e >= 1 / ALPHA) return left.hi < GAP_MARGIN ? "closed" : "narrowed";
  return hi < gap - GAP_MARGIN ? "not closed" : "inconclusive";
}

/** The worst of the buckets; `inconclusive` for none. */
export function worstGap(findings: readonly GapFinding[]): GapState {
  if (findings.length === 0) return "inconclusive";
  return GAP_STATES[Math.max(...findings.map(({ state }) => GAP_STATES.indexOf(state)))]!;
}

/** The functions of rates count what they call successes; here that is failures. */
function successes({ failures, trials }: FailureCounts): RateCounts {
  return { successes: failures, trials };
}
