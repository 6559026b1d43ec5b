/**
 * Cells: a sample is counted once, in the cell of its subject tuple (template x teacher x judge x source, law 6),
 * so that leaving a subject out is a subtraction. A reply is counted in the cell of the model version that gave it.
 */
import { rankOfId } from "./hash.ts";
import { OTHER } from "./policy.ts";
import type { SampleView } from "./sample.ts";

/** Cells of an open pane. Beyond it the tuples of smallest hash keep cells of their own, whatever order they came in. */
export const CELLS_OPEN_MAX = 1_024;
/** Cells of a closed pane or window: the largest by n. */
export const CELLS_MAX = 64;

const SEPARATOR = "\u001f";
const KINDS = ["template", "teacher", "judge", "source", "model"] as const;

/** The tuple as one key. */
export function cellKey(sample: SampleView): string {
  return sample.template + SEPARATOR + sample.teacher + SEPARATOR + sample.judge + SEPARATOR + sample.source;
}

/** The cell of what a model version said; "" where the producer names none. */
export function modelCellKey(model: string): string {
  return model === "" ? "" : SEPARATOR.repeat(KINDS.indexOf("model")) + model;
}

/** Tuples remembered; forgotten all at once when full. */
const CELL_KEYS_MAX = 16_384;

type Tuples = Map<string, Map<string, Map<string, Map<string, string>>>>;

/**
 * Cell keys of records, one string object a tuple: a key made anew for each record would be hashed and compared anew by
 * every map it is looked up in.
 */
export class CellKeys {
  #tuples: Tuples = new Map();
  #held = 0;
  readonly #models = new Map<string, string>();

  ofModel(model: string): string {
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    if (this.#models.size === CELL_KEYS_MAX) this.#models.clear();
    const key = modelCellKey(model);
    this.#models.set(model, key);
    return key;
  }

  of(sample: SampleView): string {
    const { template, teacher, judge, source } = sample;
    const known = this.#tuples.get(template)?.get(teacher)?.get(judge)?.get(source);
    if (known !== undefined) return known;
    if (this.#held === CELL_KEYS_MAX) {
      this.#tuples = new Map();
      this.#held = 0;
    }
    const teachers = entry(this.#tuples, template, () => new Map());
    const judges = entry(teachers, teacher, () => new Map());
    const sources = entry(judges, judge, () => new Map());
    const key = cellKey(sample);
    sources.set(source, key);
    this.#held += 1;
    return key;
  }
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
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
