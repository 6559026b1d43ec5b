import type { TextAnalysis } from "../analysis.ts";
import { combineHash, combinePower, fmix32 } from "../hash.ts";
import { StampedSet } from "../stamped-set.ts";
import { CellNames } from "./cell-names.ts";
import { joinNearDuplicates } from "./near-duplicate-join.ts";
import { NEAR_DUPLICATE_KEYS_MAX, NearDuplicateKeys } from "./near-duplicate-keys.ts";

/** Texts that take part in the search for near-duplicates of one pane. */
export const NEAR_DUP_TEXTS_MAX = 200_000;
/** Their distinct shingles together, 4 bytes each: 64 MB. Texts of 140 tokens reach it at 115,000 texts. */
export const NEAR_DUP_SHINGLES_MAX = 16_777_216;

/** Tokens in a shingle. A shorter text is one shingle. */
const SHINGLE = 5;
/** What the token that leaves a rolling shingle weighs in its hash. */
const DROPPED_WEIGHT = combinePower(SHINGLE);
const ROWS_MIN = 64;
/** The participants are cut back when they exceed a bound by this factor, so that each is sorted a bounded number of times. */
const SLACK = 1.25;

export interface NearDuplicateCounts {
  /** Texts that took part. */
  participants: number;
  /** Those among them with a neighbour. */
  near: number;
}

/** Columns of the participants, in order of arrival; `start..keyEnd` are ranges of the two pools. */
class Columns {
  readonly capacity: number;
  readonly rank: Float64Array;
  readonly contentHi: Uint32Array;
  readonly contentLo: Uint32Array;
  readonly cell: Int32Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.rank = new Float64Array(capacity);
    this.contentHi = new Uint32Array(capacity);
    this.contentLo = new Uint32Array(capacity);
    this.cell = new Int32Array(capacity);
    this.start = new Uint32Array(capacity);
    this.end = new Uint32Array(capacity);
    this.keyStart = new Uint32Array(capacity);
    this.keyEnd = new Uint32Array(capacity);
  }

  doubled(): Columns {
    const larger = new Columns(this.capacity * 2);
    larger.rank.set(this.rank);
    larger.contentHi.set(this.contentHi);
    larger.contentLo.set(this.contentLo);
    larger.cell.set(this.cell);
    larger.start.set(this.start);
    larger.end.set(this.end);
    larger.keyStart.set(this.keyStart);
    larger.keyEnd.set(this.keyEnd);
    return larger;
  }
}

/**
 * Finds the texts of a pane that have a near-duplicate in it, earlier or later: Jaccard similarity of the sets of 5-token
 * shingles at least .8, verified exactly; exact copies are neighbours. Precision 1; recall above .99 (near-duplicate-keys.ts).
 *
 * Bounds  Participants are the texts of smallest (rank, content, cell) up to the first that would exceed `textsMax` or
 *         `shinglesMax`: a prefix of one order over all texts, so it does not depend on order of arrival, nor does the result.
 * Cost    About 2.5 µs a text of 500 characters in `add`, and 1 to 2 µs at `close`, which does the join.
 */
export class NearDuplicateIndex {
  readonly #textsMax: number;
  readonly #shinglesMax: number;
  readonly #set = new StampedSet();
  readonly #maker = new NearDuplicateKeys();
  readonly #cells = new CellNames();
  #columns = new Columns(ROWS_MIN);
  #count = 0;
  #shingles = new Uint32Array(1_024);
  #shinglesEnd = 0;
  #keys = new Uint32Array(1_024);
  #keysEnd = 0;
  /** A text of larger rank cannot take part any more. */
  #rankLimit = Number.POSITIVE_INFINITY;

  constructor(textsMax: number = NEAR_DUP_TEXTS_MAX, shinglesMax: number = NEAR_DUP_SHINGLES_MAX) {
    this.#textsMax = textsMax;
    this.#shinglesMax = shinglesMax;
  }

  /** `rank` is `rankOfId` of the event id. A text without tokens does not take part. */
  add(rank: number, cell: string, text: TextAnalysis): void {
    if (text.tokenCount === 0 || rank >= this.#rankLimit) return;
    if (this.#count === this.#columns.capacity) this.#columns = this.#columns.doubled();
    const columns = this.#columns;
    const at = this.#count;
    const start = this.#shinglesEnd;
    this.#addShingles(text);
    this.#maker.make(this.#shingles, start, this.#shinglesEnd);
    this.#keys = withRoom(this.#keys, this.#keysEnd + NEAR_DUPLICATE_KEYS_MAX);
    const keyStart = this.#keysEnd;
    for (let k = 0; k < this.#maker.count; k += 1) this.#keys[this.#keysEnd++] = this.#maker.keys[k]!;
    columns.rank[at] = rank;
    columns.contentHi[at] = text.contentHi;
    columns.contentLo[at] = text.contentLo;
    columns.cell[at] = this.#cells.id(cell);
    columns.start[at] = start;
    columns.end[at] = this.#shinglesEnd;
    columns.keyStart[at] = keyStart;
    columns.keyEnd[at] = this.#keysEnd;
    this.#count += 1;
    if (this.#count > this.#textsMax * SLACK || this.#shinglesEnd > this.#shinglesMax * SLACK)
      this.#cutBack();
  }

  /** Counts by cell. The index is spent afterwards. */
  close(): Map<string, NearDuplicateCounts> {
    const columns = this.#columns;
    const order = this.#participants();
    const flags = new Uint8Array(this.#count);
    const representatives = this.#flagCopies(order, flags);
    const pick = (column: Uint32Array) => Uint32Array.from(representatives, (i) => column[i]!);
    const joined = Uint8Array.from(representatives, (i) => flags[i]!);
    joinNearDuplicates(
      {
        count: representatives.length,
        shingles: this.#shingles,
        starts: pick(columns.start),
        ends: pick(columns.end),
        keys: this.#keys,
        keyStarts: pick(columns.keyStart),
        keyEnds: pick(columns.keyEnd),
      },
      joined,
    );
    representatives.forEach((i, at) => {
      flags[i] = joined[at]!;
    });
    const byCell = new Map<string, NearDuplicateCounts>();
    for (const i of order) {
      const cell = this.#cells.name(columns.cell[i]!);
      let counts = byCell.get(cell);
      if (counts === undefined) {
        counts = { participants: 0, near: 0 };
        byCell.set(cell, counts);
      }
      counts.participants += 1;
      counts.near += flags[i]!;
    }
    return byCell;
  }

  /** Appends the distinct shingle hashes of a text to the pool. */
  #addShingles(text: TextAnalysis): void {
    const { tokens, tokenCount } = text;
    this.#shingles = withRoom(this.#shingles, this.#shinglesEnd + tokenCount);
    const shingles = this.#shingles;
    let end = this.#shinglesEnd;
    const length = Math.min(SHINGLE, tokenCount);
    // Where no 4-gram repeats, no shingle can: most texts need no set.
    const mayRepeat = text.distinctFourGrams < text.fourGrams;
    if (mayRepeat) this.#set.reset(tokenCount);
    let running = 0;
    for (let i = 0; i < length - 1; i += 1) running = combineHash(running, tokens[i]!);
    let dropped = 0;
    for (let i = length - 1; i < tokenCount; i += 1) {
      running = (combineHash(running, tokens[i]!) - Math.imul(DROPPED_WEIGHT, dropped)) | 0;
      const shingle = fmix32(running);
      if (!mayRepeat || this.#set.add(shingle)) shingles[end++] = shingle;
      dropped = tokens[i - length + 1]!;
    }
    this.#shinglesEnd = end;
  }

  /** Flags texts of equal content; returns one text of each content, in the given order. */
  #flagCopies(order: readonly number[], flags: Uint8Array): number[] {
    const { contentHi, contentLo } = this.#columns;
    let slots = 64;
    while (slots < order.length * 2) slots *= 2;
    const firstOf = new Int32Array(slots).fill(-1);
    const representatives: number[] = [];
    for (const i of order) {
      let slot = contentLo[i]! & (slots - 1);
      let first = firstOf[slot]!;
      while (first >= 0 && !(contentHi[first] === contentHi[i] && contentLo[first] === contentLo[i])) {
        slot = (slot + 1) & (slots - 1);
        first = firstOf[slot]!;
      }
      if (first < 0) {
        firstOf[slot] = i;
        representatives.push(i);
      } else {
        flags[first] = 1;
        flags[i] = 1;
      }
    }
    return representatives;
  }

  /**
   * The rows that take part, in canonical order; lowers the rank limit where some do not. Texts that tie in rank with the
   * first one left out are left out as well, so that the limit alone says who takes part.
   */
  #participants(): number[] {
    const { rank, contentHi, contentLo, cell, start, end } = this.#columns;
    const order = Array.from({ length: this.#count }, (_, i) => i).sort(
      (a, b) =>
        rank[a]! - rank[b]! ||
        contentHi[a]! - contentHi[b]! ||
        contentLo[a]! - contentLo[b]! ||
        compareText(this.#cells.name(cell[a]!), this.#cells.name(cell[b]!)),
    );
    let kept = 0;
    let shingles = 0;
    while (kept < order.length) {
      const size = end[order[kept]!]! - start[order[kept]!]!;
      if (kept === this.#textsMax || shingles + size > this.#shinglesMax) break;
      kept += 1;
      shingles += size;
    }
    if (kept < order.length) {
      this.#rankLimit = rank[order[kept]!]!;
      while (kept > 0 && rank[order[kept - 1]!] === this.#rankLimit) kept -= 1;
      order.length = kept;
    }
    return order;
  }

  /** Drops what does not take part and packs the rest. */
  #cutBack(): void {
    const order = this.#participants();
    const old = this.#columns;
    const columns = new Columns(old.capacity);
    const shingles = new Uint32Array(this.#shingles.length);
    const keys = new Uint32Array(this.#keys.length);
    let shinglesEnd = 0;
    let keysEnd = 0;
    order.forEach((i, at) => {
      columns.rank[at] = old.rank[i]!;
      columns.contentHi[at] = old.contentHi[i]!;
      columns.contentLo[at] = old.contentLo[i]!;
      columns.cell[at] = old.cell[i]!;
      columns.start[at] = shinglesEnd;
      shingles.set(this.#shingles.subarray(old.start[i], old.end[i]), shinglesEnd);
      shinglesEnd += old.end[i]! - old.start[i]!;
      columns.end[at] = shinglesEnd;
      columns.keyStart[at] = keysEnd;
      keys.set(this.#keys.subarray(old.keyStart[i], old.keyEnd[i]), keysEnd);
      keysEnd += old.keyEnd[i]! - old.keyStart[i]!;
      columns.keyEnd[at] = keysEnd;
    });
    this.#cells.keepOnly(columns.cell, order.length);
    this.#columns = columns;
    this.#shingles = shingles;
    this.#shinglesEnd = shinglesEnd;
    this.#keys = keys;
    this.#keysEnd = keysEnd;
    this.#count = order.length;
  }
}

/** An array with room for `length` elements and the old ones in front. */
function withRoom(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const grown = new Uint32Array(Math.max(length, array.length * 2));
  grown.set(array);
  return grown;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
