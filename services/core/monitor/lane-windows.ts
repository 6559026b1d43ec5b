/**
 * The windows of one lane over its closed panes: decision windows, generations and windows of fixed length.
 *
 * Panes are folded in time order once every stage has closed them, so that one decision window covers the same panes
 * in all stages. Nothing here depends on how partitions interleaved.
 */
import type { Catalogue } from "../catalogue.ts";
import { FIXED_WINDOW_MS, type FixedWindowKind, type LanePolicy } from "../policy.ts";
import type { WindowKind } from "../records.ts";
import type { Stage } from "../sample.ts";
import { paneStart } from "../time.ts";
import type { ClosedSegment } from "./segment.ts";
import { WindowAccumulator } from "./window-accumulator.ts";

/** A window that has ended, ready to become rows. */
export interface FinishedWindow {
  readonly window: WindowAccumulator;
  readonly endMs: number;
  readonly generation: number;
}

/** A closed pane of one stage and segment. */
export interface ClosedPaneSegment {
  readonly stage: Stage;
  readonly segment: string;
  readonly state: ClosedSegment;
}

/** What a checkpoint keeps of a lane; the states themselves are in the changelog. */
export interface LaneCheckpoint {
  readonly lane: string;
  readonly generation: number;
  readonly windows: readonly (readonly [Exclude<WindowKind, "pane">, number])[];
}

export class LaneWindows {
  readonly lane: string;
  generation = 1;
  readonly #policy: LanePolicy;
  readonly #fixed: readonly FixedWindowKind[];
  readonly #catalogue: Catalogue;
  readonly #paneMs: number;
  /** Closed in at least one stage, not folded yet: by pane start. */
  readonly #pending = new Map<number, ClosedPaneSegment[]>();
  /** Ends of generations that manifests asked for, not reached yet. */
  readonly #boundaries = new Set<number>();
  readonly #windows = new Map<WindowKind, WindowAccumulator>();

  constructor(
    lane: string,
    policy: LanePolicy,
    fixed: readonly FixedWindowKind[],
    catalogue: Catalogue,
    paneMs: number,
  ) {
    this.lane = lane;
    this.#policy = policy;
    this.#fixed = fixed;
    this.#catalogue = catalogue;
    this.#paneMs = paneMs;
  }

  addPane(startMs: number, segment: ClosedPaneSegment): void {
    const pending = this.#pending.get(startMs);
    if (pending === undefined) this.#pending.set(startMs, [segment]);
    else pending.push(segment);
  }

  /** A manifest ends the generation at `endMs`; a second one for the same boundary changes nothing. */
  endGenerationAt(endMs: number): void {
    this.#boundaries.add(endMs);
  }

  /** Number of the generation a pane lies in, also before it is folded: `training` feeds every stage, so its end is known. */
  generationAt(startMs: number): number {
    let generation = this.generation;
    for (const end of this.#boundaries) if (end <= startMs) generation += 1;
    return generation;
  }

  /** Folds everything that all stages have closed through `throughMs`; returns the windows that ended, in order. */
  advance(throughMs: number): FinishedWindow[] {
    const finished: FinishedWindow[] = [];
    const due = [...this.#pending.keys()].filter((start) => start + this.#paneMs <= throughMs);
    for (const start of due.sort((a, b) => a - b)) {
      this.#finishBefore(start, finished);
      this.#foldPane(start);
      this.#pending.delete(start);
      const decision = this.#windows.get("decision");
      if (decision !== undefined && this.#decisionIsFull(decision))
        this.#finish(decision, decision.throughMs, finished);
    }
    this.#finishBefore(throughMs, finished);
    return finished;
  }

  /** Start of the earliest window still open; null when none is: older panes are no longer needed. */
  earliestStartMs(): number | null {
    let earliest: number | null = null;
    for (const window of this.#windows.values()) {
      if (earliest === null || window.startMs < earliest) earliest = window.startMs;
    }
    return earliest;
  }

  open(): readonly WindowAccumulator[] {
    return [...this.#windows.values()];
  }

  checkpoint(): LaneCheckpoint {
    return {
      lane: this.lane,
      generation: this.generation,
      windows: [...this.#windows.values()].map((window) => [window.kind, window.startMs] as const),
    };
  }

  /** Reopens the windows of a checkpoint, empty; `restorePane` and snapshots fill them. */
  restore(checkpoint: LaneCheckpoint): void {
    this.generation = checkpoint.generation;
    for (const [kind, startMs] of checkpoint.windows) {
      this.#windows.set(kind, new WindowAccumulator(kind, startMs, this.#catalogue));
    }
  }

  openWindow(kind: WindowKind): WindowAccumulator | undefined {
    return this.#windows.get(kind);
  }

  #decisionIsFull(decision: WindowAccumulator): boolean {
    return (
      decision.judgedTexts() >= this.#policy.decisionTextsMin &&
      decision.throughMs - decision.startMs >= this.#policy.decisionMs
    );
  }

  /** Ends what ends at or before a time, earliest first: fixed windows, over-age decision windows, generations. */
  #finishBefore(timeMs: number, finished: FinishedWindow[]): void {
    const boundaries = [...this.#boundaries].filter((end) => end <= timeMs).sort((a, b) => a - b);
    for (const end of boundaries) {
      this.#boundaries.delete(end);
      this.#finishAged(end, finished);
      const decision = this.#windows.get("decision");
      if (decision !== undefined) this.#finish(decision, decision.throughMs, finished);
      const generation = this.#windows.get("generation");
      if (generation !== undefined) this.#finish(generation, end, finished);
      this.generation += 1;
    }
    this.#finishAged(timeMs, finished);
  }

  #finishAged(timeMs: number, finished: FinishedWindow[]): void {
    for (const kind of this.#fixed) {
      const window = this.#windows.get(kind);
      if (window === undefined) continue;
      const end = window.startMs + FIXED_WINDOW_MS[kind];
      if (end <= timeMs) this.#finish(window, end, finished);
    }
    const decision = this.#windows.get("decision");
    if (decision !== undefined && timeMs - decision.startMs >= this.#policy.decisionMsMax) {
      this.#finish(decision, decision.throughMs, finished);
    }
  }

  #foldPane(startMs: number): void {
    this.#window("decision", startMs);
    this.#window("generation", startMs);
    for (const kind of this.#fixed) this.#window(kind, paneStart(startMs, FIXED_WINDOW_MS[kind]));
    for (const window of this.#windows.values()) {
      for (const { stage, segment, state } of this.#pending.get(startMs)!) window.fold(stage, segment, state);
      window.throughMs = startMs + this.#paneMs;
    }
  }

  #window(kind: Exclude<WindowKind, "pane">, startMs: number): void {
    if (!this.#windows.has(kind))
      this.#windows.set(kind, new WindowAccumulator(kind, startMs, this.#catalogue));
  }

  #finish(window: WindowAccumulator, endMs: number, finished: FinishedWindow[]): void {
    this.#windows.delete(window.kind);
    finished.push({ window, endMs, generation: this.generation });
  }
}
