import { SHARED_STAGES_MAX } from "../metric.ts";
import { CellNames } from "./cell-names.ts";

/** Contents remembered of one pane; beyond it the number of distinct ones is estimated from those whose hash is smallest. */
export const DISTINCT_CONTENTS_MAX = 524_288;

const SLOTS_MIN = 64;
const FREE = -1;
/** Cell keys that nobody holds any more, before they are forgotten. */
const STALE_CELLS_MAX = 4_096;
/** Bits of the half of the hash that levels look at. */
const LEVEL_MAX = 32;
const STAGES = SHARED_STAGES_MAX;
const SLOT_BYTES = 8 + STAGES * 12;

/** Columns of an open-addressing table over one stretch of memory; a stage's entry of slot `i` is at `i * STAGES + stage`. */
class Table {
  readonly slots: number;
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  /** Smallest rank of the content's texts in a stage; FREE where it has none there, in both where the slot is free. */
  readonly rank: Float64Array;
  readonly cell: Int32Array;

  constructor(slots: number) {
    this.slots = slots;
    const buffer = new ArrayBuffer(slots * SLOT_BYTES);
    this.rank = new Float64Array(buffer, 0, slots * STAGES).fill(FREE);
    this.cell = new Int32Array(buffer, slots * STAGES * 8, slots * STAGES);
    this.hi = new Uint32Array(buffer, slots * STAGES * 12, slots);
    this.lo = new Uint32Array(buffer, slots * (STAGES * 12 + 4), slots);
  }

  isFree(slot: number): boolean {
    for (let at = slot * STAGES; at < (slot + 1) * STAGES; at += 1) if (this.rank[at]! >= 0) return false;
    return true;
  }

  /** The content's slot, or the free one where it belongs. */
  slotOf(hi: number, lo: number): number {
    const mask = this.slots - 1;
    let slot = lo & mask;
    while (!(this.hi[slot] === hi && this.lo[slot] === lo) && !this.isFree(slot)) slot = (slot + 1) & mask;
    return slot;
  }
}

/**
 * The distinct contents of a pane, each attributed to the cell of its first text: the one of smallest rank, whatever came
 * first, so that the result does not depend on order. Stages that take the same texts share the table.
 *
 * Exact up to `contentsMax` contents of a stage. Beyond that it keeps the contents whose 64-bit hash starts with `level`
 * zero bits, for the smallest level at which they fit, and counts each for 2^level (Wegman's adaptive sampling, Flajolet
 * 1990): relative standard error about 1.2 / sqrt(contentsMax), 0.17 % at the default. Which contents are kept depends on
 * the contents only.
 *
 * State   open addressing in typed arrays, 32 bytes a slot, at most half full: 34 MB at the default bound.
 */
export class DistinctContents {
  readonly #contentsMax: number;
  #table = new Table(SLOTS_MIN);
  /** Slots taken. */
  #held = 0;
  /** By stage. */
  readonly #counts = new Array<number>(STAGES).fill(0);
  readonly #levels = new Array<number>(STAGES).fill(0);
  readonly #cells = new CellNames();

  constructor(contentsMax: number = DISTINCT_CONTENTS_MAX) {
    this.#contentsMax = contentsMax;
  }

  /** Leading zero bits that a content's hash must have to be counted in a stage (one bit); 0 while all are. */
  level(stage: number): number {
    return this.#levels[stageNumber(stage)]!;
  }

  /** `stages` are the bits of the stages that count the text. */
  add(stages: number, rank: number, cell: string, hi: number, lo: number): void {
    const leading = Math.clz32(hi);
    let slot = -1;
    let id = -1;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if ((stages & (1 << stage)) === 0 || leading < this.#levels[stage]!) continue;
      if (slot < 0) slot = this.#claim(hi, lo);
      const { rank: ranks, cell: cells } = this.#table;
      const at = slot * STAGES + stage;
      const known = ranks[at]!;
      if (known < 0) this.#counts[stage]! += 1;
      else if (rank > known || (rank === known && cell >= this.#cells.name(cells[at]!))) continue;
      if (id < 0) id = this.#cells.id(cell);
      ranks[at] = rank;
      cells[at] = id;
    }
    if (slot < 0) return;
    let crowded = this.#cells.size > this.#held * STAGES + STALE_CELLS_MAX;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if (this.#counts[stage]! > this.#contentsMax && this.#levels[stage]! < LEVEL_MAX) crowded = true;
    }
    if (crowded) this.#rebuild(this.#table.slots);
    if (this.#held * 2 > this.#table.slots) this.#rebuild(this.#table.slots * 2);
  }

  /** Distinct contents of a stage (one bit) by the cell of their first text, scaled by 2^level. */
  byCell(stage: number): Map<string, number> {
    const number = stageNumber(stage);
    const { slots, rank, cell } = this.#table;
    const weight = 2 ** this.#levels[number]!;
    const byId = new Float64Array(this.#cells.size);
    for (let slot = 0; slot < slots; slot += 1) {
      const at = slot * STAGES + number;
      if (rank[at]! >= 0) byId[cell[at]!]! += weight;
    }
    const counts = new Map<string, number>();
    byId.forEach((count, id) => {
      if (count > 0) counts.set(this.#cells.name(id), count);
    });
    return counts;
  }

  #claim(hi: number, lo: number): number {
    const table = this.#table;
    const slot = table.slotOf(hi, lo);
    if (table.isFree(slot)) {
      table.hi[slot] = hi;
      table.lo[slot] = lo;
      this.#held += 1;
    }
    return slot;
  }

  /** Moves what counts into a table of `slots`, at levels where each stage fits, and forgets cells no longer named. */
  #rebuild(slots: number): void {
    const old = this.#table;
    this.#raiseLevels();
    const table = new Table(slots);
    this.#held = 0;
    for (let from = 0; from < old.slots; from += 1) {
      const hi = old.hi[from]!;
      const leading = Math.clz32(hi);
      let slot = -1;
      for (let stage = 0; stage < STAGES; stage += 1) {
        const rank = old.rank[from * STAGES + stage]!;
        if (rank < 0 || leading < this.#levels[stage]!) continue;
        if (slot < 0) {
          slot = table.slotOf(hi, old.lo[from]!);
          table.hi[slot] = hi;
          table.lo[slot] = old.lo[from]!;
          this.#held += 1;
        }
        table.rank[slot * STAGES + stage] = rank;
        table.cell[slot * STAGES + stage] = old.cell[from * STAGES + stage]!;
      }
    }
    this.#table = table;
    if (this.#cells.size > this.#held * STAGES + STALE_CELLS_MAX) this.#forgetCells();
  }

  #raiseLevels(): void {
    const { slots, hi, rank } = this.#table;
    for (let stage = 0; stage < STAGES; stage += 1) {
      while (this.#counts[stage]! > this.#contentsMax && this.#levels[stage]! < LEVEL_MAX) {
        this.#levels[stage]! += 1;
        let count = 0;
        for (let slot = 0; slot < slots; slot += 1) {
          if (rank[slot * STAGES + stage]! >= 0 && Math.clz32(hi[slot]!) >= this.#levels[stage]!) count += 1;
        }
        this.#counts[stage] = count;
      }
    }
  }

  #forgetCells(): void {
    const { rank, cell } = this.#table;
    const entries: number[] = [];
    rank.forEach((held, at) => {
      if (held >= 0) entries.push(at);
    });
    const cells = Int32Array.from(entries, (at) => cell[at]!);
    this.#cells.keepOnly(cells, cells.length);
    entries.forEach((at, i) => {
      cell[at] = cells[i]!;
    });
  }
}

/** The number of a stage given as its bit. */
function stageNumber(stage: number): number {
  return 31 - Math.clz32(stage);
}
