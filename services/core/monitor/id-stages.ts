const SLOTS_MIN = 64;
/** A rank's upper half has 21 bits; the bits of the stages stand above it. */
const HI_MASK = 0x1f_ffff;
const STAGES_SHIFT = 24;

/**
 * Which ids a pane has seen, and in which of its stages: a table from rank (53-bit hash of the id) to a set of stages.
 *
 * Bound  `idsMax` ids; beyond it an id that is not among them is new every time.
 * State  open addressing, 8 bytes a slot, at most half full.
 */
export class IdStages {
  readonly #idsMax: number;
  /** Two words a slot: upper half of the rank with the stages above it, 0 where the slot is free; lower half. */
  #table = new Uint32Array(2 * SLOTS_MIN);
  #count = 0;

  constructor(idsMax: number) {
    this.#idsMax = idsMax;
  }

  /** Notes the id in `stages` (bits) and returns those among them in which it is new. */
  claim(rank: number, stages: number): number {
    const table = this.#table;
    const mask = table.length / 2 - 1;
    const hi = Math.floor(rank / 0x1_0000_0000);
    const lo = rank >>> 0;
    let slot = lo & mask;
    for (;;) {
      const word = table[2 * slot]!;
      if (word === 0) break;
      if (table[2 * slot + 1] === lo && (word & HI_MASK) === hi) {
        table[2 * slot] = word | (stages << STAGES_SHIFT);
        return stages & ~(word >>> STAGES_SHIFT);
      }
      slot = (slot + 1) & mask;
    }
    if (this.#count >= this.#idsMax) return stages;
    table[2 * slot] = hi | (stages << STAGES_SHIFT);
    table[2 * slot + 1] = lo;
    this.#count += 1;
    if (this.#count * 2 > mask) this.#grow();
    return stages;
  }

  #grow(): void {
    const old = this.#table;
    const table = new Uint32Array(old.length * 2);
    const mask = table.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue;
      let slot = old[at + 1]! & mask;
      while (table[2 * slot] !== 0) slot = (slot + 1) & mask;
      table[2 * slot] = old[at]!;
      table[2 * slot + 1] = old[at + 1]!;
    }
    this.#table = table;
  }
}
