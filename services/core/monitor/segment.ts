/** State of one (lane, stage, segment) over a pane or a window: counts per cell and the one sample of texts. */
import type { TextAnalysis } from "../analysis.ts";
import type { SegmentPlan } from "../catalogue.ts";
import { CELLS_MAX, OpenCells } from "../cell.ts";
import type { JsonShape } from "../json-shape.ts";
import {
  type CountsInputKind,
  type CountsItems,
  type Json,
  type PaneIndex,
  SHARED_STAGES_MAX,
} from "../metric.ts";
import { OTHER } from "../policy.ts";
import type { Reference } from "../reference.ts";
import type { MetricResult } from "../result.ts";
import { FailedIds } from "../sketches/failed-ids.ts";
import { EMPTY_SAMPLE, mergeSamples, type TextSample, TextSampleBuilder } from "../sketches/text-sample.ts";
import type { TokenArena } from "../sketches/token-arena.ts";

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

/** Records that one and the same set of stages takes: counted once, added to each of them at close. */
interface Part {
  readonly cells: OpenCells<CellState>;
  readonly sample: TextSampleBuilder | null;
  /** null before the first. */
  failed: FailedIds | null;
}

/** One lane's segment of a pane that still takes records, for all stages that share the pane; `stages` are their bits. */
export class OpenSegment {
  /** Counts metrics of any of the stages. */
  readonly #plan: SegmentPlan;
  /** By set of stages. */
  readonly #parts: (Part | undefined)[] = [];
  /** In the order of the plan's counts; null for metrics that need none. */
  readonly #indexes: readonly (PaneIndex<unknown> | null)[];
  readonly #arena: TokenArena;
  readonly #late = new Array<number>(SHARED_STAGES_MAX).fill(0);
  readonly #repeated = new Array<number>(SHARED_STAGES_MAX).fill(0);
  /** Stages in which anything came. */
  #touched = 0;

  constructor(plan: SegmentPlan, indexes: readonly (PaneIndex<unknown> | null)[], arena: TokenArena) {
    this.#plan = plan;
    this.#indexes = indexes;
    this.#arena = arena;
  }

  late(stages: number): void {
    this.#count(this.#late, stages);
  }

  repeated(stages: number): void {
    this.#count(this.#repeated, stages);
  }

  isIn(stage: number): boolean {
    return (this.#touched & stage) !== 0;
  }

  /** Counts one record in its cell, for every metric of that kind of input. */
  add<K extends CountsInputKind>(stages: number, cell: string, input: K, item: CountsItems[K]): void {
    const state = this.#part(stages).cells.get(cell);
    state.n += 1;
    const { counts } = this.#plan;
    for (let i = 0; i < counts.length; i += 1) {
      if (counts[i]!.input === input) counts[i]!.add(state.states[i], item);
    }
  }

  /** Offers a text to the sample and the indexes; `rank` is the hash of its event id, which comes once at most in a stage. */
  offer(stages: number, rank: number, id: string, cell: string, bucket: string, text: TextAnalysis): void {
    for (let i = 0; i < this.#indexes.length; i += 1) this.#indexes[i]?.add(stages, rank, cell, text);
    this.#part(stages).sample?.offer(rank, id, cell, bucket, text);
  }

  /** Keeps the way back to an interaction that failed. */
  offerFailed(stages: number, bucket: string, id: string): void {
    const part = this.#part(stages);
    part.failed ??= new FailedIds();
    part.failed.offer(bucket, id);
  }

  /** What a stage (one bit) took, as a state of its own; `plan` is the stage's. No record of it comes later. */
  close(stage: number, plan: SegmentPlan): ClosedSegment {
    const at = 31 - Math.clz32(stage);
    const closed = new ClosedSegment(plan);
    closed.late = this.#late[at]!;
    closed.repeated = this.#repeated[at]!;
    const parts = this.#parts.filter(
      (part, stages) => part !== undefined && (stages & stage) !== 0,
    ) as Part[];
    const cells = new OpenCells<CellState>(
      () => emptyCell(plan),
      (into, from) => mergeCell(plan, into, from),
    );
    const places = plan.counts.map((metric) => this.#plan.counts.indexOf(metric));
    // The cell of everything else last: a cell's place in the bound must not depend on it.
    for (const others of [false, true]) {
      for (const part of parts) {
        for (const [key, cell] of part.cells.cells) {
          if ((key === OTHER) !== others) continue;
          const into = cells.get(key);
          into.n += cell.n;
          for (let i = 0; i < places.length; i += 1)
            plan.counts[i]!.merge(into.states[i], cell.states[places[i]!]);
        }
      }
    }
    places.forEach((place, i) => {
      for (const [cell, counts] of this.#indexes[place]?.close(stage) ?? []) {
        plan.counts[i]!.merge(cells.get(cell).states[i], counts);
      }
    });
    for (const [key, cell] of cells.cells) {
      closed.cells.set(key, cell);
      closed.n += cell.n;
    }
    if (closed.sample !== null) {
      for (const { sample } of parts) {
        if (sample !== null) closed.sample = mergeSamples(closed.sample, sample.toSample());
      }
    }
    for (const { failed } of parts) if (failed !== null) closed.mergeFailed(failed);
    closed.boundCells();
    return closed;
  }

  #part(stages: number): Part {
    let part = this.#parts[stages];
    if (part === undefined) {
      const plan = this.#plan;
      part = {
        cells: new OpenCells(
          () => emptyCell(plan),
          (into, from) => mergeCell(plan, into, from),
        ),
        sample: plan.samples.length > 0 ? new TextSampleBuilder(this.#arena) : null,
        failed: null,
      };
      this.#parts[stages] = part;
      this.#touched |= stages;
    }
    return part;
  }

  #count(counters: number[], stages: number): void {
    this.#touched |= stages;
    for (let at = 0; at < SHARED_STAGES_MAX; at += 1) if ((stages & (1 << at)) !== 0) counters[at]! += 1;
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
  sample: TextSample | null;
  #counted: { readonly reference: Reference | null; readonly results: readonly MetricResult[] } | null = null;
  /** Interactions that failed; null where none did. */
  failed: FailedIds | null = null;

  constructor(plan: SegmentPlan) {
    this.plan = plan;
    this.sample = plan.samples.length > 0 ? EMPTY_SAMPLE : null;
  }

  merge(from: ClosedSegment): void {
    this.#counted = null;
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
    if (from.sample !== null && this.sample !== null) this.sample = mergeSamples(this.sample, from.sample);
    if (from.failed !== null) this.mergeFailed(from.failed);
    this.boundCells();
  }

  /** What the counts metrics say of all cells; worked out once, as a pane's row and that of a window of one pane say the same. */
  counted(reference: Reference | null): readonly MetricResult[] {
    if (this.#counted?.reference !== reference) {
      const { states } = this.total();
      const results = this.plan.counts.flatMap((metric, i) => metric.value(states[i], reference));
      this.#counted = { reference, results };
    }
    return this.#counted!.results;
  }

  mergeFailed(from: FailedIds): void {
    this.failed ??= new FailedIds();
    this.failed.merge(from);
  }

  /** All cells added up: a state the caller owns. */
  total(leavingOut: (cell: string) => boolean = () => false): CellState {
    const total = emptyCell(this.plan);
    for (const [key, cell] of this.cells) if (!leavingOut(key)) mergeCell(this.plan, total, cell);
    return total;
  }

  /** Keeps the `cellsMax` largest cells (ties by name), adds the rest to `__other__`, which is one of them. */
  boundCells(cellsMax: number = CELLS_MAX): void {
    if (this.cells.size <= cellsMax) return;
    const ranked = [...this.cells]
      .filter(([key]) => key !== OTHER)
      .sort(([keyA, a], [keyB, b]) => b.n - a.n || (keyA < keyB ? -1 : 1));
    let other = this.cells.get(OTHER);
    if (other === undefined) {
      other = emptyCell(this.plan);
      this.cells.set(OTHER, other);
    }
    for (const [key, cell] of ranked.slice(cellsMax - 1)) {
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
