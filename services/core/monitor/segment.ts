/** State of one (lane, stage, segment) over a pane or a window: counts per cell and the one sample of texts. */
import type { TextAnalysis } from "../analysis.ts";
import type { SegmentPlan } from "../catalogue.ts";
import { CELLS_MAX, OpenCells } from "../cell.ts";
import type { JsonShape } from "../json-shape.ts";
import type { CountsInputKind, CountsItems, Json, PaneIndex } from "../metric.ts";
import { OTHER } from "../policy.ts";
import { TextSampleBuilder } from "../sketches/text-sample.ts";

/** Ids kept per segment as a way back from a value to records. */
export const EVIDENCE_MAX = 5;

/** `states` stand in the order of the plan's counts metrics. */
export interface CellState {
  n: number;
  readonly states: unknown[];
}

export function emptyCell(plan: SegmentPlan): CellState {
  return { n: 0, states: plan.counts.map((metric) => metric.empty()) };
}

function mergeCell(plan: SegmentPlan, into: CellState, from: CellState): void {
  into.n += from.n;
  for (let i = 0; i < plan.counts.length; i += 1) plan.counts[i]!.merge(into.states[i], from.states[i]);
}

/** A pane that still takes records. */
export class OpenSegment {
  readonly plan: SegmentPlan;
  late = 0;
  repeated = 0;
  readonly #cells: OpenCells<CellState>;
  readonly #sample: TextSampleBuilder | null;
  /** In the order of the plan's counts; null for metrics that need none. */
  readonly #indexes: readonly (PaneIndex<unknown> | null)[];

  constructor(plan: SegmentPlan) {
    this.plan = plan;
    this.#indexes = plan.counts.map((metric) => metric.openIndex?.() ?? null);
    this.#cells = new OpenCells(
      () => emptyCell(plan),
      (into, from) => mergeCell(plan, into, from),
    );
    this.#sample = plan.samples.length > 0 ? new TextSampleBuilder() : null;
  }

  /** Counts one record in its cell, for every metric of that kind of input. */
  add<K extends CountsInputKind>(cell: string, input: K, item: CountsItems[K]): void {
    const state = this.#cells.get(cell);
    state.n += 1;
    const { counts } = this.plan;
    for (let i = 0; i < counts.length; i += 1) {
      if (counts[i]!.input === input) counts[i]!.add(state.states[i], item);
    }
  }

  /** Offers a text to the sample and the indexes; `rank` is the hash of its event id, which comes once at most. */
  offer(rank: number, id: string, cell: string, bucket: string, text: TextAnalysis): void {
    for (const index of this.#indexes) index?.add(rank, cell, text);
    this.#sample?.offer(rank, id, cell, bucket, text);
  }

  close(): ClosedSegment {
    this.#indexes.forEach((index, i) => {
      if (index === null) return;
      for (const [cell, counts] of index.close()) {
        this.plan.counts[i]!.merge(this.#cells.get(cell).states[i], counts);
      }
    });
    const closed = new ClosedSegment(this.plan);
    closed.late = this.late;
    closed.repeated = this.repeated;
    for (const [key, cell] of this.#cells.cells) {
      closed.cells.set(key, cell);
      closed.n += cell.n;
    }
    if (this.#sample !== null) closed.sample?.merge(this.#sample.toSample());
    closed.boundCells();
    return closed;
  }
}

/** A closed pane, or a window of merged ones. Merging adds; nothing is ever taken out again. */
export class ClosedSegment {
  readonly plan: SegmentPlan;
  n = 0;
  late = 0;
  repeated = 0;
  readonly cells = new Map<string, CellState>();
  /** null where the segment has no texts. */
  readonly sample: TextSampleBuilder | null;

  constructor(plan: SegmentPlan) {
    this.plan = plan;
    this.sample = plan.samples.length > 0 ? new TextSampleBuilder() : null;
  }

  merge(from: ClosedSegment): void {
    this.n += from.n;
    this.late += from.late;
    this.repeated += from.repeated;
    for (const [key, cell] of from.cells) {
      let into = this.cells.get(key);
      if (into === undefined) {
        into = emptyCell(this.plan);
        this.cells.set(key, into);
      }
      mergeCell(this.plan, into, cell);
    }
    if (from.sample !== null) this.sample?.merge(from.sample.toSample());
    this.boundCells();
  }

  /** All cells added up: a state the caller owns. */
  total(leavingOut: (cell: string) => boolean = () => false): CellState {
    const total = emptyCell(this.plan);
    for (const [key, cell] of this.cells) if (!leavingOut(key)) mergeCell(this.plan, total, cell);
    return total;
  }

  /** Keeps the `CELLS_MAX` largest cells (ties by name), adds the rest to `__other__`. */
  boundCells(): void {
    if (this.cells.size <= CELLS_MAX) return;
    const ranked = [...this.cells]
      .filter(([key]) => key !== OTHER)
      .sort(([keyA, a], [keyB, b]) => b.n - a.n || (keyA < keyB ? -1 : 1));
    let other = this.cells.get(OTHER);
    if (other === undefined) {
      other = emptyCell(this.plan);
      this.cells.set(OTHER, other);
    }
    for (const [key, cell] of ranked.slice(CELLS_MAX - 1)) {
      mergeCell(this.plan, other, cell);
      this.cells.delete(key);
    }
  }
}

/** Counts of a closed segment as JSON; the sample is encoded beside it. */
export function encodeCells(segment: ClosedSegment): Json {
  return [...segment.cells]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, cell]) => [
      key,
      cell.n,
      cell.states.map((state, i) => segment.plan.counts[i]!.encode(state)),
    ]);
}

/**
 * Inverse of `encodeCells`, into an empty segment. `metricIds` name the states' order when they were written. Throws what
 * `shape` and the metrics throw for anything else.
 */
export function decodeCells(
  segment: ClosedSegment,
  json: unknown,
  metricIds: readonly string[],
  shape: JsonShape,
): void {
  const { counts } = segment.plan;
  shape.array(json, "cells", (entry, name) => {
    const [key, n, encoded] = shape.tuple(entry, name, 3);
    const states = shape.tuple(encoded, `${name} states`, metricIds.length) as readonly Json[];
    const cell = emptyCell(segment.plan);
    cell.n = shape.count(n, `${name} n`);
    for (let i = 0; i < counts.length; i += 1) {
      const at = metricIds.indexOf(counts[i]!.id);
      // A metric added since the pane was written starts empty in it.
      if (at >= 0) cell.states[i] = counts[i]!.decode(states[at]!);
    }
    segment.cells.set(shape.string(key, `${name} key`), cell);
    segment.n += cell.n;
  });
}
