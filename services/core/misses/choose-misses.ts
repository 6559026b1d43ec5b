/** Which misses an export takes: newest first, a turn for each bucket, each request once. */
import { compareText } from "../compare-text.ts";
import { type ExportKind, type Miss, requestKey, sideFor, sideOf } from "./miss.ts";

export interface MissChoice {
  /** The first of each bucket, then the second of each, and so on; at most `itemsMax`. */
  readonly items: readonly Miss[];
  /** Misses that are not taken, by reason. */
  readonly left: {
    /** On the other side of the split. */
    readonly otherSide: number;
    /** Their words are not kept any more, or may not be read. */
    readonly noWords: number;
    /** Nobody said what would have been right; only corrections need it. */
    readonly noCorrection: number;
    /** Their request was taken already, from a newer interaction. */
    readonly repeated: number;
    /** More than `itemsMax`. */
    readonly beyond: number;
  };
}

/** `misses` in any order; the same set gives the same choice. An interaction that comes twice counts once. */
export function chooseMisses(misses: readonly Miss[], kind: ExportKind, itemsMax: number): MissChoice {
  const left = { otherSide: 0, noWords: 0, noCorrection: 0, repeated: 0, beyond: 0 };
  const side = sideFor(kind);
  const taken = new Set<string>();
  const buckets = new Map<string, Miss[]>();
  for (const miss of misses.toSorted(newestFirst)) {
    if (miss.request.trim() === "") left.noWords += 1;
    else if (sideOf(miss) !== side) left.otherSide += 1;
    else if (kind === "corrections" && miss.correction.trim() === "") left.noCorrection += 1;
    else if (taken.has(requestKey(miss))) left.repeated += 1;
    else {
      taken.add(requestKey(miss));
      const own = buckets.get(miss.bucket);
      if (own === undefined) buckets.set(miss.bucket, [miss]);
      else own.push(miss);
    }
  }
  const rows = [...buckets].sort(([a], [b]) => compareText(a, b)).map(([, own]) => own);
  const longest = Math.max(0, ...rows.map((own) => own.length));
  const items: Miss[] = [];
  for (let place = 0; place < longest; place += 1) {
    for (const own of rows) {
      const miss = own[place];
      if (miss === undefined) continue;
      if (items.length < itemsMax) items.push(miss);
      else left.beyond += 1;
    }
  }
  return { items, left };
}

function newestFirst(a: Miss, b: Miss): number {
  return b.failedMs - a.failedMs || compareText(a.interactionId, b.interactionId);
}
