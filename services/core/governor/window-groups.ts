/** Puts the rows of one window of a lane together again: they come one after the other in one partition. */
import { compareText } from "../compare-text.ts";
import type { WindowInput } from "../input.ts";
import type { WindowRecord } from "../records.ts";

export interface WindowGroup {
  readonly lane: string;
  readonly window: "decision" | "generation";
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  readonly partition: number;
  readonly rows: readonly WindowRecord[];
}

/** Rows of unfinished groups; at most one group per partition is under way, as a group is written in one piece. */
export class WindowGroups {
  readonly #open = new Map<number, { readonly offset: number; readonly rows: WindowRecord[] }>();

  /** Takes one row; returns the group when it was the last. Rows of windows no rule judges are passed over. */
  add(input: WindowInput): WindowGroup | null {
    const { window, at } = input;
    if (window.window !== "decision" && window.window !== "generation") return null;
    if (window.rowIndex === 0) this.#open.set(at.partition, { offset: at.offset, rows: [] });
    const open = this.#open.get(at.partition);
    // A row without its first one: its group was judged before a restart.
    if (open === undefined || open.rows.length !== window.rowIndex) return null;
    open.rows.push(window);
    if (open.rows.length < window.rowCount) return null;
    this.#open.delete(at.partition);
    return {
      lane: window.lane,
      window: window.window,
      startMs: window.startMs,
      endMs: window.endMs,
      generation: window.generation,
      partition: at.partition,
      rows: open.rows,
    };
  }

  /** Offset of the first row of the group under way in a partition; null when there is none. */
  hold(partition: number): number | null {
    return this.#open.get(partition)?.offset ?? null;
  }
}

/** Canonical order of a cut's windows: by end, lane, kind, start; so it does not depend on how partitions interleaved. */
export function compareGroups(a: WindowGroup, b: WindowGroup): number {
  return (
    a.endMs - b.endMs ||
    compareText(a.lane, b.lane) ||
    compareText(a.window, b.window) ||
    a.startMs - b.startMs
  );
}
