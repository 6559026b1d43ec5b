/**
 * What the gatekeeper remembers of ids and texts: two tables that rotate by count, so the horizon is between one and
 * two times `DUPLICATE_MEMORY_MAX` samples of a partition. A restart rebuilds it from the gatekeeper's own outputs.
 */

/** Samples per table; each sample is two entries. */
export const DUPLICATE_MEMORY_MAX = 500_000;

export interface DuplicateMemoryStart {
  /** Offset in `samples` of the first sample in the older table, and in the younger one. */
  readonly previousFrom: number;
  readonly currentFrom: number;
}

export class DuplicateMemory {
  #previous = new Set<number>();
  #current = new Set<number>();
  #samples = 0;
  #start: DuplicateMemoryStart;

  constructor(start: DuplicateMemoryStart = { previousFrom: 0, currentFrom: 0 }) {
    this.#start = start;
  }

  get start(): DuplicateMemoryStart {
    return this.#start;
  }

  has(key: number): boolean {
    return this.#current.has(key) || this.#previous.has(key);
  }

  /** Remembers a sample's keys. Returns true when the tables rotated: the new start must be checkpointed. */
  remember(offset: number, keys: readonly number[]): boolean {
    const rotate = this.#samples >= DUPLICATE_MEMORY_MAX;
    if (rotate) {
      this.#previous = this.#current;
      this.#current = new Set();
      this.#samples = 0;
      this.#start = { previousFrom: this.#start.currentFrom, currentFrom: offset };
    }
    for (const key of keys) this.#current.add(key);
    this.#samples += 1;
    return rotate;
  }

  /** While rebuilding: puts a sample into the table its offset belongs to. */
  restore(offset: number, keys: readonly number[]): void {
    if (offset < this.#start.previousFrom) return;
    if (offset < this.#start.currentFrom) {
      for (const key of keys) this.#previous.add(key);
      return;
    }
    for (const key of keys) this.#current.add(key);
    this.#samples += 1;
  }

  get size(): number {
    return this.#current.size + this.#previous.size;
  }
}
