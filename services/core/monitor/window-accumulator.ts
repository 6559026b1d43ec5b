/** A window under way: closed panes merged, per stage and segment. */
import type { Catalogue } from "../catalogue.ts";
import { GENERATED } from "../catalogue.ts";
import type { WindowKind } from "../records.ts";
import type { Stage } from "../sample.ts";
import type { TextSample } from "../sketches/text-sample.ts";
import { ClosedSegment } from "./segment.ts";

export interface SegmentKey {
  readonly stage: Stage;
  readonly segment: string;
}

interface HeldSegment {
  readonly key: SegmentKey;
  state: ClosedSegment;
  /** Whether `state` is a pane's, which other windows hold, too. */
  isShared: boolean;
}

export class WindowAccumulator {
  readonly kind: Exclude<WindowKind, "pane">;
  readonly startMs: number;
  /** End of the last pane folded in. */
  throughMs: number;
  /** Through where a snapshot read back after a restart covers it; panes before that are in the snapshot. */
  snapshotThroughMs = 0;
  readonly #catalogue: Catalogue;
  readonly #segments = new Map<string, HeldSegment>();

  constructor(kind: Exclude<WindowKind, "pane">, startMs: number, catalogue: Catalogue) {
    this.kind = kind;
    this.startMs = startMs;
    this.throughMs = startMs;
    this.#catalogue = catalogue;
  }

  /** Adds a pane's state, which must not change afterwards: a window of one pane is that pane's state. */
  fold(stage: Stage, segment: string, from: ClosedSegment): void {
    const name = `${stage}/${segment}`;
    const held = this.#segments.get(name);
    if (held === undefined) {
      this.#segments.set(name, { key: { stage, segment }, state: from, isShared: true });
      return;
    }
    if (held.isShared) {
      const own = new ClosedSegment(this.#catalogue.plan(stage, segment));
      own.merge(held.state);
      held.state = own;
      held.isShared = false;
    }
    held.state.merge(from);
  }

  /** Segments by (stage, segment) name. */
  entries(): readonly { readonly key: SegmentKey; readonly state: ClosedSegment }[] {
    return [...this.#segments].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, held]) => held);
  }

  /** The sample of generated texts of a stage; null where it has none. */
  generatedSample(stage: Stage): TextSample | null {
    return this.#segments.get(`${stage}/${GENERATED}`)?.state.sample ?? null;
  }

  /** Generated candidates, or replies where there are none: what a decision window counts. */
  judgedTexts(): number {
    const candidates = this.#segments.get(`candidate/${GENERATED}`)?.state.n ?? 0;
    return candidates > 0 ? candidates : (this.#segments.get(`reply/${GENERATED}`)?.state.n ?? 0);
  }
}
