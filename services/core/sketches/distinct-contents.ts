import { SHARED_STAGES_MAX } from "../metric.ts";
import { CellNames } from "./cell-names.ts";

/** Contents remembered of one pane; beyond it the number of distinct ones is estimated from those whose hash is smallest. */
export const DISTINCT_CONTENTS_MAX = 524_288;

const SLOTS_MIN = 64;
/** Cell keys that nobody holds any more, before they are forgotten. */
const STALE_CELLS_MAX = 4_096;
/** Bits of the half of the hash that levels look at. */
const LEVEL_MAX = 32;
const STAGES = SHARED_STAGES_MAX;

/**
 * A slot is eight words, one after the other, so that a look-up touches one cache line: the content's hash (upper half, lower
 * half), then for each stage the smallest rank of the content's texts (upper half, lower half) and the cell's number plus one,
 * 0 where the stage has no such content. A slot without any stage is free.
 */
const HI = 0;
const LO = 1;
const STAGE = 2;
const STAGE_WORDS = 3;
const RANK_HI = 0;
const RANK_LO = 1;
const CELL = 2;
const SLOT_WORDS = STAGE + STAGES * STAGE_WORDS;
const TWO_32 = 0x1_0000_0000;

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
  #table = new Uint32Array(SLOTS_MIN * SLOT_WORDS);
  #slots = SLOTS_MIN;
  /** Slots taken. */
  #held = 0;
  /** By stage. */
  readonly #counts = new Float64Array(STAGES);
  readonly #levels = new Uint8Array(STAGES);
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
    const rankHi = Math.floor(rank / TWO_32);
    const rankLo = rank >>> 0;
    let at = -1;
    let full = false;
    for (let stage = 0; stage < STAGES; stage += 1) {
      if ((stages & (1 << stage)) === 0 || leading < this.#levels[stage]!) continue;
      if (at < 0) at = this.#claim(hi, lo);
      const table = this.#table;
      const entry = at + STAGE + stage * STAGE_WORDS;
      const known = table[entry + CELL]!;
      if (known === 0) {
        this.#counts[stage]! += 1;
        if (this.#counts[stage]! > this.#contentsMax && this.#levels[stage]! < LEVEL_MAX) full = true;
      } else {
        const after = rankHi - table[entry + RANK_HI]! || rankLo - table[entry + RANK_LO]!;
        if (after > 0 || (after === 0 && cell >= this.#cells.name(known - 1))) continue;
      }
      table[entry + RANK_HI] = rankHi;
      table[entry + RANK_LO] = rankLo;
      table[entry + CELL] = this.#cells.id(cell) + 1;
    }
    if (full || this.#cells.size > this.#held * STAGES + STALE_CELLS_MAX) this.#rebuild(this.#slots);
    if (this.#held * 2 > this.#slots) this.#rebuild(this.#slots * 2);
  }

  /** Distinct contents of a stage (one bit) by the cell of their first text, scaled by 2^level. */
  byCell(stage: number): Map<string, number> {
    const number = stageNumber(stage);
    const weight = 2 ** this.#levels[number]!;
    const byId = new Float64Array(this.#cells.size);
    const table = this.#table;
    for (let at = STAGE + number * STAGE_WORDS + CELL; at < table.length; at += SLOT_WORDS) {
      if (table[at]! > 0) byId[table[at]! - 1]! += weight;
    }
    const counts = new Map<string, number>();
    byId.forEach((count, id) => {
      if (count > 0) counts.set(this.#cells.name(id), count);
    });
    return counts;
  }

  /** Where the content's slot begins; taken where it was free. */
  #claim(hi: number, lo: number): number {
    const at = slotOf(this.#table, this.#slots, hi, lo);
    if (isFree(this.#table, at)) {
      this.#table[at + HI] = hi;
      this.#table[at + LO] = lo;
      this.#held += 1;
    }
    return at;
  }

  /** Moves what counts into a table of `slots`, at levels where each stage fits, and forgets cells no longer named. */
  #rebuild(slots: number): void {
    this.#raiseLevels();
    const old = this.#table;
    const table = new Uint32Array(slots * SLOT_WORDS);
    this.#held = 0;
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      const leading = Math.clz32(old[from + HI]!);
      let at = -1;
      for (let stage = 0; stage < STAGES; stage += 1) {
        const entry = STAGE + stage * STAGE_WORDS;
        if (old[from + entry + CELL] === 0 || leading < this.#levels[stage]!) continue;
        if (at < 0) {
          at = slotOf(table, slots, old[from + HI]!, old[from + LO]!);
          table[at + HI] = old[from + HI]!;
          table[at + LO] = old[from + LO]!;
          this.#held += 1;
        }
        for (let word = entry; word < entry + STAGE_WORDS; word += 1) table[at + word] = old[from + word]!;
      }
    }
    this.#table = table;
    this.#slots = slots;
    if (this.#cells.size > this.#held * STAGES + STALE_CELLS_MAX) this.#forgetCells();
  }

  #raiseLevels(): void {
    const table = this.#table;
    for (let stage = 0; stage < STAGES; stage += 1) {
      while (this.#counts[stage]! > this.#contentsMax && this.#levels[stage]! < LEVEL_MAX) {
        this.#levels[stage]! += 1;
        let count = 0;
        for (let at = 0; at < table.length; at += SLOT_WORDS) {
          const held = table[at + STAGE + stage * STAGE_WORDS + CELL]! > 0;
          if (held && Math.clz32(table[at + HI]!) >= this.#levels[stage]!) count += 1;
        }
        this.#counts[stage] = count;
      }
    }
  }

  #forgetCells(): void {
    const table = this.#table;
    const entries: number[] = [];
    for (let at = 0; at < table.length; at += SLOT_WORDS) {
      for (let stage = 0; stage < STAGES; stage += 1) {
        const entry = at + STAGE + stage * STAGE_WORDS + CELL;
        if (table[entry]! > 0) entries.push(entry);
      }
    }
    const cells = Int32Array.from(entries, (entry) => table[entry]! - 1);
    this.#cells.keepOnly(cells, cells.length);
    entries.forEach((entry, i) => {
      table[entry] = cells[i]! + 1;
    });
  }
}

/** Where the content's slot begins, or the free one where it belongs. */
function slotOf(table: Uint32Array, slots: number, hi: number, lo: number): number {
  let slot = lo & (slots - 1);
  for (;;) {
    const at = slot * SLOT_WORDS;
    if ((table[at + LO] === lo && table[at + HI] === hi) || isFree(table, at)) return at;
    slot = (slot + 1) & (slots - 1);
  }
}

function isFree(table: Uint32Array, at: number): boolean {
  for (let entry = at + STAGE + CELL; entry < at + SLOT_WORDS; entry += STAGE_WORDS) {
    if (table[entry] !== 0) return false;
  }
  return true;
}

/** The number of a stage given as its bit. */
function stageNumber(stage: number): number {
  return 31 - Math.clz32(stage);
}
