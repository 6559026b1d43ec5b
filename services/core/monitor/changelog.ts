/**
 * The monitor's changelog of one lane in the compacted topic `panes`: which keys are live, and when they may go.
 *
 * A closed pane stays until no open window needs it. A window that stays open for long (a generation without manifest)
 * would keep them all, so every `PANES_BEFORE_SNAPSHOT_MAX` panes the open windows are written instead, and the panes go.
 */
import type { Effect } from "../effect.ts";
import type { PaneRecord, WindowKind } from "../records.ts";
import type { Stage } from "../sample.ts";
import type { LaneWindows } from "./lane-windows.ts";
import { encodeSegment, type SampleEncodings } from "./pane-codec.ts";
import type { ClosedSegment } from "./segment.ts";

export const PANES_BEFORE_SNAPSHOT_MAX = 64;

interface LiveKey {
  readonly startMs: number;
  readonly endMs: number;
  readonly window: WindowKind;
}

export function paneKey(record: Omit<PaneRecord, "body" | "generation" | "endMs">): string {
  const what = record.window === "pane" ? String(record.startMs) : `~${record.window}`;
  return `${record.lane}/${record.stage}/${record.segment}/${what}`;
}

export class Changelog {
  readonly #partition: number;
  readonly #live = new Map<string, LiveKey>();

  constructor(partition: number) {
    this.#partition = partition;
  }

  /** Notes a record read back after a restart. */
  noteRestored(record: PaneRecord): void {
    this.#live.set(paneKey(record), record);
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
    this.#live.set(key, { ...span, window });
    effects.push({ type: "publish", topic: "panes", partition: this.#partition, key, record });
  }

  /** After windows advanced: snapshots where too many panes are held, then tombstones for what nobody needs. */
  trim(windows: LaneWindows, foldedThroughMs: number, effects: Effect[]): void {
    let needed = windows.earliestStartMs() ?? foldedThroughMs;
    const starts = new Set<number>();
    for (const key of this.#live.values()) if (key.window === "pane") starts.add(key.startMs);
    if (starts.size > PANES_BEFORE_SNAPSHOT_MAX) {
      for (const window of windows.open()) {
        for (const { key, state } of window.entries()) {
          const span = { startMs: window.startMs, endMs: window.throughMs };
          this.write(
            windows.lane,
            key.stage,
            key.segment,
            window.kind,
            span,
            windows.generation,
            state,
            effects,
          );
        }
      }
      needed = foldedThroughMs;
    }
    for (const [key, live] of this.#live) {
      const open = live.window === "pane" ? null : windows.openWindow(live.window);
      const stale =
        live.window === "pane" ? live.endMs <= needed : open === undefined || open?.startMs !== live.startMs;
      if (!stale) continue;
      this.#live.delete(key);
      effects.push({ type: "tombstone", topic: "panes", partition: this.#partition, key });
    }
  }

  get size(): number {
    return this.#live.size;
  }
}
