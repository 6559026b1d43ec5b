import type { TextAnalysis } from "../analysis.ts";
import { combineHash, combinePower, fmix32 } from "../hash.ts";
import { SHARED_STAGES_MAX } from "../metric.ts";
import { StampedSet } from "../stamped-set.ts";
import { CellNames } from "./cell-names.ts";
import { joinNearDuplicates } from "./near-duplicate-join.ts";
import { NEAR_DUPLICATE_KEYS_MAX, NearDuplicateKeys } from "./near-duplicate-keys.ts";
import { Participants } from "./near-duplicate-participants.ts";
import { NearDuplicateRows } from "./near-duplicate-rows.ts";

/** Tokens in a shingle. A shorter text is one shingle. */
const SHINGLE = 5;
/** What the token that leaves a rolling shingle weighs in its hash. */
const DROPPED_WEIGHT = combinePower(SHINGLE);

export interface NearDuplicateCounts {
  /** Texts that took part. */
  participants: number;
  /** Those among them with a neighbour. */
  near: number;
}

/** What may be remembered of one pane of all lanes, for each of its stages. */
export interface NearDuplicateBounds {
  readonly textsMax: number;
  readonly shinglesMax: number;
  /** Texts and shingles that a lane's segment keeps in any case, */
  readonly ownTextsMax: number;
  readonly ownShinglesMax: number;
  /** and those of all segments together: where there are many, each keeps an equal part of it. */
  readonly allOwnTextsMax: number;
  readonly allOwnShinglesMax: number;
}

export const NEAR_DUPLICATE_BOUNDS: NearDuplicateBounds = {
  textsMax: 200_000,
  // 4 bytes each: 64 MB. Texts of 140 tokens reach it at 115,000 texts.
  shinglesMax: 16_777_216,
  ownTextsMax: 512,
  ownShinglesMax: 65_536,
  // 16 MB; reached beyond 64 segments of 65,536 shingles, or 128 of 512 texts.
  allOwnTextsMax: 65_536,
  allOwnShinglesMax: 4_194_304,
};

/** One lane's segment in the pane. */
export interface NearDuplicateIndex {
  /** `stages` are the bits of the stages that take the text; `rank` is `rankOfId` of the event id. A text without tokens does not take part. */
  add(stages: number, rank: number, cell: string, text: TextAnalysis): void;
  /** Counts of a stage (one bit) by cell. All its texts, those of other lanes too, have been added. */
  close(stage: number): Map<string, NearDuplicateCounts>;
}

/** What a stage's join of one segment found, kept for a stage with the very same texts. */
interface Joined {
  readonly rows: Uint32Array;
  readonly counts: Map<string, NearDuplicateCounts>;
}

/**
 * Finds the texts of a pane that have a near-duplicate in the same lane and segment, earlier or later: Jaccard similarity of
 * the sets of 5-token shingles at least .8, verified exactly; exact copies are neighbours. Precision 1; recall above .99
 * (near-duplicate-keys.ts).
 *
 * Bounds  One pane of all lanes is held in one place, under one bound (near-duplicate-participants.ts): what takes part is
 *         decided by the texts of the stage alone, so it does not depend on order of arrival, nor does the result.
 * Cost    About 2 µs a text of 500 characters in `add`, and 1 to 2 µs at the first `close`, which does the join. A stage
 *         that took the same texts as another gets the same counts without a join of its own.
 */
export class NearDuplicates {
  readonly #participants: Participants;
  readonly #set = new StampedSet();
  readonly #maker = new NearDuplicateKeys();
  readonly #cells = new CellNames();
  readonly #rows = new NearDuplicateRows();
  readonly #joined: Joined[] = [];
  #owners = 0;
  /** Rows of each segment that take part, per stage, in canonical order; null until the stage closes. */
  readonly #closed = new Array<readonly Uint32Array[] | null>(SHARED_STAGES_MAX).fill(null);

  constructor(bounds: NearDuplicateBounds = NEAR_DUPLICATE_BOUNDS) {
    this.#participants = new Participants(this.#rows, this.#cells, bounds);
  }

  /** The index of one more lane's segment. */
  open(): NearDuplicateIndex {
    const owner = this.#owners;
    this.#owners += 1;
    return {
      add: (stages, rank, cell, text) => this.#add(owner, stages, rank, cell, text),
      close: (stage) => this.#close(owner, stage),
    };
  }

  #add(owner: number, stages: number, rank: number, cell: string, text: TextAnalysis): void {
    if (text.tokenCount === 0) return;
    const taking = this.#participants.wanted(owner, stages, rank);
    if (taking === 0) return;
    const rows = this.#rows;
    rows.reserve(text.tokenCount + NEAR_DUPLICATE_KEYS_MAX);
    const start = rows.poolEnd;
    const end = this.#addShingles(text, start);
    const { keys, count } = this.#maker.make(rows.pool, start, end);
    for (let k = 0; k < count; k += 1) rows.pool[end + k] = keys[k]!;
    rows.append(owner, taking, rank, this.#cells.id(cell), text, end, end + count);
    if (!this.#participants.added(owner, taking, end - start)) return;
    this.#joined.length = 0;
    this.#closed.fill(null);
  }

  #close(owner: number, stage: number): Map<string, NearDuplicateCounts> {
    const number = 31 - Math.clz32(stage);
    let byOwner = this.#closed[number]!;
    if (byOwner === null) {
      byOwner = this.#participants.byOwner(number, this.#owners);
      this.#closed[number] = byOwner;
    }
    const rows = byOwner[owner]!;
    const known = this.#joined[owner];
    if (known !== undefined && sameRows(known.rows, rows)) return known.counts;
    const counts = this.#join(rows);
    this.#joined[owner] = { rows, counts };
    return counts;
  }

  #join(order: Uint32Array): Map<string, NearDuplicateCounts> {
    const { pool, start, end, keyEnd } = this.#rows;
    const flags = new Uint8Array(order.length);
    const first = this.#flagCopies(order, flags);
    const joined = Uint8Array.from(first, (at) => flags[at]!);
    joinNearDuplicates(
      {
        count: first.length,
        pool,
        starts: Uint32Array.from(first, (at) => start[order[at]!]!),
        ends: Uint32Array.from(first, (at) => end[order[at]!]!),
        keyEnds: Uint32Array.from(first, (at) => keyEnd[order[at]!]!),
      },
      joined,
    );
    for (let i = 0; i < first.length; i += 1) flags[first[i]!] = joined[i]!;
    return this.#countByCell(order, flags);
  }

  #countByCell(order: Uint32Array, flags: Uint8Array): Map<string, NearDuplicateCounts> {
    const byId = new Map<number, NearDuplicateCounts>();
    for (let at = 0; at < order.length; at += 1) {
      const id = this.#rows.cell[order[at]!]!;
      let counts = byId.get(id);
      if (counts === undefined) {
        counts = { participants: 0, near: 0 };
        byId.set(id, counts);
      }
      counts.participants += 1;
      counts.near += flags[at]!;
    }
    return new Map([...byId].map(([id, counts]) => [this.#cells.name(id), counts]));
  }

  /** Writes the distinct shingle hashes of a text to the pool from `start` on; returns their end. */
  #addShingles(text: TextAnalysis, start: number): number {
    const { pool } = this.#rows;
    const { tokens, tokenCount } = text;
    let end = start;
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
      if (!mayRepeat || this.#set.add(shingle)) pool[end++] = shingle;
      dropped = tokens[i - length + 1]!;
    }
    return end;
  }

  /** Flags the places in `order` of texts of equal content; returns the first place of each content, ascending. */
  #flagCopies(order: Uint32Array, flags: Uint8Array): Uint32Array {
    const { contentHi, contentLo } = this.#rows;
    let slots = 64;
    while (slots < order.length * 2) slots *= 2;
    const placeOf = new Int32Array(slots).fill(-1);
    const first = new Uint32Array(order.length);
    let count = 0;
    for (let at = 0; at < order.length; at += 1) {
      const hi = contentHi[order[at]!]!;
      const lo = contentLo[order[at]!]!;
      let slot = lo & (slots - 1);
      let place = placeOf[slot]!;
      while (place >= 0 && !(contentHi[order[place]!] === hi && contentLo[order[place]!] === lo)) {
        slot = (slot + 1) & (slots - 1);
        place = placeOf[slot]!;
      }
      if (place < 0) {
        placeOf[slot] = at;
        first[count++] = at;
      } else {
        flags[place] = 1;
        flags[at] = 1;
      }
    }
    return first.subarray(0, count);
  }
}

function sameRows(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
