/**
 * The monitor's changelog of one lane in the compacted topic `panes`: which keys are live, and when they may go.
 *
 * A closed pane stays until no open window needs it. A window that stays open for long (a generation without manifest)
 * would keep them all, so every `PANES_BETWEEN_SNAPSHOTS` panes the open windows are written instead, and the panes go: each lane
 * in its turn, and after what the turn's pane closed is published, since decisions wait for that.
 */
import type { Effect } from "../effect.ts";
import { tokenHash } from "../hash.ts";
import type { PaneRecord, WindowKind } from "../records.ts";
import type { Stage } from "../sample.ts";
import type { LaneWindows } from "./lane-windows.ts";
import { encodeSegment, type SampleEncodings } from "./pane-codec.ts";
import type { ClosedSegment } from "./segment.ts";

/** A start reads and merges the live panes of a lane again, about a millisecond a segment: twice this many at most. */
export const PANES_BETWEEN_SNAPSHOTS = 16;

/** Live keys of the panes of one start. */
interface LivePanes {
  endMs: number;
  readonly keys: Set<string>;
}

/** A window's snapshot that is live. */
interface LiveSnapshot {
  readonly window: Exclude<WindowKind, "pane">;
  readonly startMs: number;
}

export function paneKey(record: Omit<PaneRecord, "body" | "generation" | "endMs">): string {
  const what = record.window === "pane" ? String(record.startMs) : `~${record.window}`;
  return `${record.lane}/${record.stage}/${record.segment}/${what}`;
}

export class Changelog {
  readonly #partition: number;
  readonly #paneMs: number;
  /** The lane's turn to write snapshots, among as many panes as lie between two. */
  readonly #turn: number;
  /** By pane start. */
  readonly #panes = new Map<number, LivePanes>();
  readonly #snapshots = new Map<string, LiveSnapshot>();

  constructor(partition: number, lane: string, paneMs: number) {
    this.#partition = partition;
    this.#paneMs = paneMs;
    this.#turn = tokenHash(lane) % PANES_BETWEEN_SNAPSHOTS;
  }

  /** Notes a record read back after a restart. */
  noteRestored(record: PaneRecord): void {
    this.#note(paneKey(record), record);
  }

  /** Writes a closed pane. */
  write(
    lane: string,
    stage: Stage,
    segment: string,
    window: WindowKind,
    span: { readonly startMs: number; readonly endMs: number },
    generation: number,
    state: ClosedSegment,
    effects: Effect[],
    encodings?: SampleEncodings,
  ): void {
    const record: PaneRecord = {
      lane,
      stage,
      segment,
      window,
      ...span,
      generation,
      body: encodeSegment(state, encodings),
    };
    const key = paneKey(record);
    this.#note(key, record);
    effects.push({ type: "publish", topic: "panes", partition: this.#partition, key, record });
  }

  /**
   * After windows advanced: whether the lane's open windows are to be written, at once where it passed over its turn with the
   * panes of a catching up, else when nobody waits for anything else.
   */
  snapshotDue(foldedThroughMs: number): "now" | "soon" | null {
    const panes = this.#panes.size;
    if (panes >= 2 * PANES_BETWEEN_SNAPSHOTS) return "now";
    const turn = Math.floor(foldedThroughMs / this.#paneMs) % PANES_BETWEEN_SNAPSHOTS;
    return panes >= PANES_BETWEEN_SNAPSHOTS && turn === this.#turn ? "soon" : null;
  }

  /** After windows advanced: tombstones for what nobody needs any more. */
  trim(windows: LaneWindows, foldedThroughMs: number, effects: Effect[]): void {
    this.#drop(windows, windows.earliestStartMs() ?? foldedThroughMs, effects);
  }

  /** Writes the open windows and drops the panes that are in them: all through `foldedThroughMs`. */
  snapshot(windows: LaneWindows, foldedThroughMs: number, effects: Effect[]): void {
    for (const window of windows.open()) {
      for (const { key, state } of window.entries()) {
        const span = { startMs: window.startMs, endMs: window.throughMs };
        const { stage, segment } = key;
        this.write(windows.lane, stage, segment, window.kind, span, windows.generation, state, effects);
      }
    }
    this.#drop(windows, foldedThroughMs, effects);
  }

  /** Tombstones for panes that ended by `needed`, and for snapshots of windows that are closed. */
  #drop(windows: LaneWindows, needed: number, effects: Effect[]): void {
    for (const [startMs, { endMs, keys }] of this.#panes) {
      if (endMs > needed) continue;
      this.#panes.delete(startMs);
      for (const key of keys) this.#bury(key, effects);
    }
    for (const [key, { window, startMs }] of this.#snapshots) {
      if (windows.openWindow(window)?.startMs === startMs) continue;
      this.#snapshots.delete(key);
      this.#bury(key, effects);
    }
  }

  get size(): number {
    let size = this.#snapshots.size;
    for (const { keys } of this.#panes.values()) size += keys.size;
    return size;
  }

  #note(key: string, { window, startMs, endMs }: PaneRecord): void {
    if (window !== "pane") {
      this.#snapshots.set(key, { window, startMs });
      return;
    }
    let panes = this.#panes.get(startMs);
    if (panes === undefined) {
      panes = { endMs, keys: new Set() };
      this.#panes.set(startMs, panes);
    }
    // Panes of one start may differ in length where a policy changed between them.
    panes.endMs = Math.max(panes.endMs, endMs);
    panes.keys.add(key);
  }

  #bury(key: string, effects: Effect[]): void {
    effects.push({ type: "tombstone", topic: "panes", partition: this.#partition, key });
  }
}
