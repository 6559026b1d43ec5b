/** Which offline series went before which online one in a lane's history: a proposal for its map, which a person accepts. */
import type { Catalogue } from "../catalogue.ts";
import { compareText } from "../compare-text.ts";
import { quantile } from "../statistics/moments.ts";
import { type Move, PROXY_LAG_MAX, type ProxyMap, type ProxySeries, proxiesOf } from "./proxy-map.ts";

/** Fewer windows that tell make no proposal, … */
export const LEARN_WINDOWS_MIN = 10;
/** … nor does a pair that goes together the same way in a smaller share of them: one look proves little, most of many do. */
export const LEARN_SHARE_MIN = 0.6;
/** Windows that evidence of a fall may need to become an alarm, beyond those that online is behind: half as many again as at the median. */
export const ALARM_DELAY_WINDOWS = 24;
/** Windows by which the place of a move may be missed. */
const PLACE_WINDOWS = 2;
const SEPARATOR = "~";

/** What one decision window says of one pair; null where it has no value. */
export interface DriftWindow {
  /** `<offline>~<online>`. */
  readonly pair: string;
  readonly endMs: number;
  /** -1, 0, 1. */
  readonly concluded: number | null;
  readonly correlation: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** In windows; positive: offline moves first. */
  readonly lag: number | null;
  /** Pairs of values. */
  readonly n: number;
}

export interface ProxyEvidence {
  /** Windows that could tell, and those in which the pair went together the proposed way. */
  readonly told: number;
  readonly agreeing: number;
  /** Of the latest of these. */
  readonly correlation: number;
  readonly lo: number;
  readonly hi: number;
  readonly n: number;
  /** The middle one of these. */
  readonly lag: number;
}

/** Beside the map that holds now: `new`, also where only the lags are; `mapped`, the same way; `contradicts`, the other way. */
export type ProposalState = "new" | "mapped" | "contradicts";

export interface ProxyProposal {
  readonly symptom: string;
  readonly proxy: ProxySeries;
  readonly state: ProposalState;
  readonly evidence: ProxyEvidence;
}

export type PassedOver = "too_few_windows" | "not_together" | "online_first";

export interface LearnedProxies {
  /** By symptom, the longest lead first. */
  readonly proposals: readonly ProxyProposal[];
  readonly passedOver: readonly { readonly pair: string; readonly reason: PassedOver }[];
}

/** `windows` in any order; a pair whose metrics the catalogue does not know is passed over silently. */
export function learnProxies(
  windows: readonly DriftWindow[],
  catalogue: Catalogue,
  lane: string,
  map: ProxyMap,
): LearnedProxies {
  const pairs = new Map<string, DriftWindow[]>();
  for (const window of windows.toSorted((a, b) => a.endMs - b.endMs || compareText(a.pair, b.pair))) {
    const own = pairs.get(window.pair);
    if (own === undefined) pairs.set(window.pair, [window]);
    else own.push(window);
  }
  const proposals: ProxyProposal[] = [];
  const passedOver: { pair: string; reason: PassedOver }[] = [];
  for (const [pair, own] of [...pairs].sort(([a], [b]) => compareText(a, b))) {
    const at = pair.indexOf(SEPARATOR);
    const [series, symptom] = [pair.slice(0, at), pair.slice(at + 1)];
    const better = catalogue.byId.get(symptom.slice(symptom.lastIndexOf("/") + 1))?.better;
    if (at < 0 || better === undefined) continue;
    const found = evidenceOf(own);
    if (typeof found === "string") {
      passedOver.push({ pair, reason: found });
      continue;
    }
    const worse: Move = better === "lower" ? "up" : "down";
    const moves = found.sign > 0 ? worse : worse === "up" ? "down" : "up";
    const { lag } = found.evidence;
    const proxy = {
      series,
      moves,
      lagMin: Math.max(0, lag - PLACE_WINDOWS),
      lagMax: Math.min(PROXY_LAG_MAX, lag + ALARM_DELAY_WINDOWS),
    };
    const known = proxiesOf(map, lane, { series: symptom, bucket: "" }).find((one) => one.series === series);
    proposals.push({ symptom, proxy, state: stateOf(known, proxy, lag), evidence: found.evidence });
  }
  proposals.sort(
    (a, b) =>
      compareText(a.symptom, b.symptom) ||
      b.evidence.lag - a.evidence.lag ||
      compareText(a.proxy.series, b.proxy.series),
  );
  return { proposals, passedOver };
}

function stateOf(known: ProxySeries | undefined, { moves }: ProxySeries, lag: number): ProposalState {
  if (known === undefined) return "new";
  if (known.moves !== moves) return "contradicts";
  return lag >= known.lagMin && lag <= known.lagMax ? "mapped" : "new";
}

function evidenceOf(
  windows: readonly DriftWindow[],
): PassedOver | { readonly sign: number; readonly evidence: ProxyEvidence } {
  const told = windows.filter(({ concluded }) => concluded !== null);
  if (told.length < LEARN_WINDOWS_MIN) return "too_few_windows";
  const ups = told.filter(({ concluded }) => concluded === 1).length;
  const downs = told.filter(({ concluded }) => concluded === -1).length;
  const sign = ups >= downs ? 1 : -1;
  const agreeing = told.filter(({ concluded }) => concluded === sign);
  if (agreeing.length < LEARN_SHARE_MIN * told.length) return "not_together";
  const lag = Math.round(
    quantile(
      agreeing.map((own) => own.lag ?? 0),
      0.5,
    ),
  );
  if (lag < 0) return "online_first";
  const last = agreeing.at(-1)!;
  const [correlation, lo, hi] = [last.correlation ?? 0, last.lo ?? -1, last.hi ?? 1];
  return {
    sign,
    evidence: { told: told.length, agreeing: agreeing.length, correlation, lo, hi, n: last.n, lag },
  };
}
