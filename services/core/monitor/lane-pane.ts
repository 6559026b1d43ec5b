/** One lane in one pane, open in the stages that take the same records. */
import type { TextAnalysis } from "../analysis.ts";
import type { Catalogue, SegmentPlan } from "../catalogue.ts";
import type { CountsInputKind, CountsItems, CountsMetric, PaneIndex, PaneIndexes } from "../metric.ts";
import type { WatchFindings } from "../pattern/text-watch.ts";
import type { Stage } from "../sample.ts";
import { TokenArena } from "../sketches/token-arena.ts";
import { IdStages } from "./id-stages.ts";
import { type ClosedSegment, OpenSegment } from "./segment.ts";

/** Ids remembered per lane of an open pane; beyond it a repeated id would be counted. */
export const PANE_IDS_MAX = 1_000_000;

/** What the lanes and segments of one pane share: indexes, one `PaneIndexes` a metric, and room for sampled tokens. */
export class SharedPane {
  readonly arena = new TokenArena();
  readonly #opened = new Map<CountsMetric, PaneIndexes<unknown>>();

  /** An index for each metric of the plan that needs one, in its order. */
  openIndexes(plan: SegmentPlan): (PaneIndex<unknown> | null)[] {
    return plan.counts.map((metric) => {
      if (metric.openPane === undefined) return null;
      let indexes = this.#opened.get(metric);
      if (indexes === undefined) {
        indexes = metric.openPane();
        this.#opened.set(metric, indexes);
      }
      return indexes.open();
    });
  }
}

/**
 * Stages are given as sets of bits: bit i is the i-th of the pane's stages. A record that several stages take is analysed,
 * counted and remembered once.
 */
export class LanePane {
  readonly #stages: readonly Stage[];
  readonly #catalogue: Catalogue;
  readonly #shared: SharedPane;
  readonly #ids = new IdStages(PANE_IDS_MAX);
  readonly #segments = new Map<string, OpenSegment>();
  /** Stages in which the lane has this pane. */
  touched = 0;

  constructor(stages: readonly Stage[], catalogue: Catalogue, shared = new SharedPane()) {
    this.#stages = stages;
    this.#catalogue = catalogue;
    this.#shared = shared;
  }

  /** The stages among `stages` in which the id is new; in the others it is counted as repeated in `segment`. */
  claim(rank: number, stages: number, segment: string): number {
    const fresh = this.#ids.claim(rank, stages);
    if (fresh !== stages) this.repeated(stages & ~fresh, segment);
    return fresh;
  }

  late(stages: number, segment: string): void {
    this.#segment(segment).late(stages);
  }

  repeated(stages: number, segment: string): void {
    this.#segment(segment).repeated(stages);
  }

  add<K extends CountsInputKind>(
    stages: number,
    segment: string,
    cell: string,
    input: K,
    item: CountsItems[K],
  ): void {
    this.#segment(segment).add(stages, cell, input, item);
  }

  addText(
    stages: number,
    segment: string,
    cell: string,
    rank: number,
    id: string,
    bucket: string,
    text: TextAnalysis,
    findings: WatchFindings | null = null,
  ): void {
    const open = this.#segment(segment);
    open.add(stages, cell, "text", { text, bucket, findings });
    open.offer(stages, rank, id, cell, bucket, text);
  }

  /** Of an outcome that was counted in the segment. */
  addFailed(stages: number, segment: string, bucket: string, interactionId: string): void {
    this.#segment(segment).offerFailed(stages, bucket, interactionId);
  }

  /** The segments of a stage (one bit) by name. No record of it comes later. */
  close(stage: number): Map<string, ClosedSegment> {
    const name = this.#stages[31 - Math.clz32(stage)]!;
    return new Map(
      [...this.#segments]
        .filter(([, segment]) => segment.isIn(stage))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([segment, open]) => [segment, open.close(stage, this.#catalogue.plan(name, segment))]),
    );
  }

  #segment(name: string): OpenSegment {
    let segment = this.#segments.get(name);
    if (segment === undefined) {
      const plan = this.#catalogue.sharedPlan(this.#stages, name);
      segment = new OpenSegment(plan, this.#shared.openIndexes(plan), this.#shared.arena);
      this.#segments.set(name, segment);
    }
    return segment;
  }
}
