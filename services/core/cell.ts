/**
 * Cells: a sample is counted once, in the cell of its subject tuple (template x teacher x judge x source, law 6),
 * so that leaving a subject out is a subtraction.
 */
import { rankOfId } from "./hash.ts";
import { OTHER } from "./policy.ts";
import type { SampleView } from "./sample.ts";

/** Cells of an open pane. Beyond it the tuples of smallest hash keep cells of their own, whatever order they came in. */
export const CELLS_OPEN_MAX = 1_024;
/** Cells of a closed pane or window: the largest by n. */
export const CELLS_MAX = 64;

const SEPARATOR = "\u001f";
const KINDS = ["template", "teacher", "judge", "source"] as const;

/** The tuple as one key. */
export function cellKey(sample: SampleView): string {
  return sample.template + SEPARATOR + sample.teacher + SEPARATOR + sample.judge + SEPARATOR + sample.source;
}

/** The subjects of a cell, e.g. `template:qa@3`; none for the cell of everything else. */
export function subjectsOf(cell: string): readonly string[] {
  if (cell === OTHER) return [];
  return cell.split(SEPARATOR).flatMap((name, i) => (name === "" ? [] : [`${KINDS[i]!}:${name}`]));
}

/** A map of cells with a bound that does not depend on the order of arrival. */
export class OpenCells<T> {
  readonly cells = new Map<string, T>();
  readonly #empty: () => T;
  readonly #merge: (into: T, from: T) => void;
  #largestRank = -1;
  #largestKey = "";

  constructor(empty: () => T, merge: (into: T, from: T) => void) {
    this.#empty = empty;
    this.#merge = merge;
  }

  get(key: string): T {
    const known = this.cells.get(key);
    if (known !== undefined) return known;
    if (key !== OTHER && this.cells.size >= CELLS_OPEN_MAX) {
      if (this.#largestRank < 0) this.#findLargest();
      if (rankOfId(key) >= this.#largestRank) return this.get(OTHER);
      const evicted = this.cells.get(this.#largestKey)!;
      this.cells.delete(this.#largestKey);
      this.#largestRank = -1;
      this.#merge(this.get(OTHER), evicted);
    }
    const made = this.#empty();
    this.cells.set(key, made);
    return made;
  }

  #findLargest(): void {
    this.#largestRank = -1;
    for (const key of this.cells.keys()) {
      if (key === OTHER) continue;
      const rank = rankOfId(key);
      if (rank > this.#largestRank) {
        this.#largestRank = rank;
        this.#largestKey = key;
      }
    }
  }
}
