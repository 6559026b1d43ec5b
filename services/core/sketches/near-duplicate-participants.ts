import { compareText } from "../compare-text.ts";
import { SHARED_STAGES_MAX } from "../metric.ts";
import type { CellNames } from "./cell-names.ts";
import type { NearDuplicateRows } from "./near-duplicate-rows.ts";
import type { NearDuplicateBounds } from "./near-duplicates.ts";
import { sortByRank } from "./sort-by-rank.ts";

const STAGES = SHARED_STAGES_MAX;
/** Rows are cut back when they exceed what takes part by this factor, so that each is sorted a bounded number of times. */
const SLACK = 1.25;

/**
 * Which texts of a pane take part in the search for near-duplicates, where not all can: a set that depends on the texts of
 * the stage alone (ADR 0004).
 *
 * All texts of the stage, of all lanes, stand in one order by (rank, content, lane's segment, cell). Those before the first
 * that would exceed `textsMax` or `shinglesMax` take part: the same share of each lane. So that a small lane is not thinned
 * out by a large one, the first `ownTextsMax` texts (or `ownShinglesMax` shingles) of each segment take part in any case; in
 * a stage of so many segments that they would hold more than `allOwnTextsMax` or `allOwnShinglesMax`, an equal part of those
 * each. Segments only become more while a pane is open, so what was left out on the way would be left out at its end.
 * Texts that tie in rank with the first one left out are left out, so that a limit of rank alone says who takes part.
 *
 * Each stage has a limit of its own: `admitted` may close before all texts of `candidate` have come.
 */
export class Participants {
  readonly #rows: NearDuplicateRows;
  readonly #cells: CellNames;
  readonly #bounds: NearDuplicateBounds;
  /** By stage: a text of this rank or above takes part as one of its segment's own only. */
  readonly #limits = new Float64Array(STAGES).fill(Number.POSITIVE_INFINITY);
  /** By segment and stage: rank of the first text that is none of the segment's own. */
  #ownLimits = new Float64Array(64).fill(Number.POSITIVE_INFINITY);
  /** By segment: bits of the stages in which a text of it has come; and by stage how many segments that are. */
  #brought = new Uint8Array(64);
  readonly #segments = new Float64Array(STAGES);
  /** By stage: texts and shingles held now, and where they are cut back. */
  readonly #texts = new Float64Array(STAGES);
  readonly #shingles = new Float64Array(STAGES);
  readonly #cutTexts: Float64Array;
  readonly #cutShingles: Float64Array;

  constructor(rows: NearDuplicateRows, cells: CellNames, bounds: NearDuplicateBounds) {
    this.#rows = rows;
    this.#cells = cells;
    this.#bounds = bounds;
    this.#cutTexts = new Float64Array(STAGES).fill(bounds.textsMax * SLACK);
    this.#cutShingles = new Float64Array(STAGES).fill(bounds.shinglesMax * SLACK);
  }

  /** The stages among `stages` in which a text of this rank may still take part. */
  wanted(owner: number, stages: number, rank: number): number {
    let wanted = 0;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if ((stages & (1 << stage)) === 0) continue;
      if (rank < this.#limits[stage]! || rank < this.#ownLimit(owner, stage)) wanted |= 1 << stage;
    }
    return wanted;
  }

  /** Notes one more row, of a segment. True where rows were cut back: their numbers have changed. */
  added(owner: number, stages: number, shingles: number): boolean {
    this.#noteSegment(owner, stages);
    let cut = false;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if ((stages & (1 << stage)) === 0) continue;
      this.#texts[stage]! += 1;
      this.#shingles[stage]! += shingles;
      if (
        this.#texts[stage]! > this.#cutTexts[stage]! ||
        this.#shingles[stage]! > this.#cutShingles[stage]!
      ) {
        this.#ordered(stage, true);
        cut = true;
      }
    }
    if (!cut) return false;
    this.#rows.pack();
    this.#cells.keepOnly(this.#rows.cell, this.#rows.count);
    return true;
  }

  /** The rows that take part in a stage, by segment, each in canonical order. */
  byOwner(stage: number, owners: number): Uint32Array[] {
    const order = this.#ordered(stage, false);
    const starts = new Uint32Array(owners + 1);
    for (const row of order) starts[this.#rows.owner[row]! + 1]! += 1;
    for (let owner = 0; owner < owners; owner += 1) starts[owner + 1]! += starts[owner]!;
    const sorted = new Uint32Array(order.length);
    const next = starts.slice();
    for (const row of order) {
      const owner = this.#rows.owner[row]!;
      sorted[next[owner]!] = row;
      next[owner]! += 1;
    }
    return Array.from({ length: owners }, (_, owner) => sorted.subarray(starts[owner]!, starts[owner + 1]!));
  }

  /** The rows that take part in a stage, in canonical order. With `drop`, the others lose its bit, for good. */
  #ordered(stage: number, drop: boolean): Uint32Array {
    const rows = this.#rows;
    const bit = 1 << stage;
    let count = 0;
    const order = new Uint32Array(rows.count);
    for (let row = 0; row < rows.count; row += 1) if ((rows.stages[row]! & bit) !== 0) order[count++] = row;
    const held = order.subarray(0, count);
    this.#sort(held);
    const limit = this.#limitOf(held, this.#limits[stage]!);
    const kept = this.#withOwn(held, limit, stage, drop);
    if (drop) this.#limits[stage] = limit;
    return kept;
  }

  #limitOf(order: Uint32Array, before: number): number {
    const { rank, start, end } = this.#rows;
    const { textsMax, shinglesMax } = this.#bounds;
    let shingles = 0;
    for (let i = 0; i < order.length; i += 1) {
      const row = order[i]!;
      // Beyond the last limit only the segments' own texts are left, which say nothing about the others.
      if (rank[row]! >= before) return before;
      shingles += end[row]! - start[row]!;
      if (i === textsMax || shingles > shinglesMax) return rank[row]!;
    }
    return before;
  }

  #withOwn(order: Uint32Array, limit: number, stage: number, drop: boolean): Uint32Array {
    const { rank, owner, start, end, stages } = this.#rows;
    const { ownTextsMax, ownShinglesMax, allOwnTextsMax, allOwnShinglesMax } = this.#bounds;
    const segments = this.#segments[stage]!;
    const textsMax = Math.min(ownTextsMax, Math.floor(allOwnTextsMax / segments));
    const shinglesMax = Math.min(ownShinglesMax, Math.floor(allOwnShinglesMax / segments));
    const texts = new Map<number, number>();
    const shingles = new Map<number, number>();
    const ended = new Map<number, number>();
    let count = 0;
    let heldShingles = 0;
    const kept = new Uint32Array(order.length);
    for (const row of order) {
      const of = owner[row]!;
      const size = end[row]! - start[row]!;
      const ownTexts = (texts.get(of) ?? 0) + 1;
      const ownShingles = (shingles.get(of) ?? 0) + size;
      texts.set(of, ownTexts);
      shingles.set(of, ownShingles);
      if (!ended.has(of) && (ownTexts > textsMax || ownShingles > shinglesMax)) ended.set(of, rank[row]!);
      if (rank[row]! < limit || rank[row]! < (ended.get(of) ?? Number.POSITIVE_INFINITY)) {
        kept[count++] = row;
        heldShingles += size;
      } else if (drop) {
        stages[row]! &= ~(1 << stage);
      }
    }
    if (drop) {
      for (const [of, at] of ended) this.#setOwnLimit(of, stage, at);
      this.#texts[stage] = count;
      this.#shingles[stage] = heldShingles;
      this.#cutTexts[stage] = Math.max(this.#bounds.textsMax, count) * SLACK;
      this.#cutShingles[stage] = Math.max(this.#bounds.shinglesMax, heldShingles) * SLACK;
    }
    return kept.subarray(0, count);
  }

  /** Sorts rows into the canonical order. */
  #sort(order: Uint32Array): void {
    const { rank, contentHi, contentLo, owner, cell } = this.#rows;
    sortByRank(order, rank);
    let from = 0;
    while (from < order.length) {
      let to = from + 1;
      while (to < order.length && rank[order[to]!] === rank[order[from]!]) to += 1;
      if (to > from + 1) {
        order
          .subarray(from, to)
          .sort(
            (a, b) =>
              contentHi[a]! - contentHi[b]! ||
              contentLo[a]! - contentLo[b]! ||
              owner[a]! - owner[b]! ||
              compareText(this.#cells.name(cell[a]!), this.#cells.name(cell[b]!)),
          );
      }
      from = to;
    }
  }

  /** The first text of a segment always comes here: nothing limits a segment before it has any. */
  #noteSegment(owner: number, stages: number): void {
    if (owner >= this.#brought.length) {
      const grown = new Uint8Array(Math.max(owner + 1, this.#brought.length * 2));
      grown.set(this.#brought);
      this.#brought = grown;
    }
    const fresh = stages & ~this.#brought[owner]!;
    if (fresh === 0) return;
    this.#brought[owner]! |= fresh;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if ((fresh & (1 << stage)) !== 0) this.#segments[stage]! += 1;
    }
  }

  #ownLimit(owner: number, stage: number): number {
    const at = owner * STAGES + stage;
    return at < this.#ownLimits.length ? this.#ownLimits[at]! : Number.POSITIVE_INFINITY;
  }

  #setOwnLimit(owner: number, stage: number, limit: number): void {
    const at = owner * STAGES + stage;
    if (at >= this.#ownLimits.length) {
      const grown = new Float64Array(Math.max(at + 1, this.#ownLimits.length * 2));
      grown.fill(Number.POSITIVE_INFINITY);
      grown.set(this.#ownLimits);
      this.#ownLimits = grown;
    }
    this.#ownLimits[at] = limit;
  }
}
