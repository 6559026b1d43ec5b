/** Panes that still take records, with the offsets that hold them back. */
import type { Catalogue } from "../catalogue.ts";
import type { Stage } from "../sample.ts";
import type { Feed, MonitorTopic } from "./feeds.ts";
import { MONITOR_TOPICS } from "./feeds.ts";
import { LanePane, SharedPane } from "./lane-pane.ts";
import type { ClosedSegment } from "./segment.ts";

/** First record of a pane in one topic-partition, with the watermark just before it: where a restart begins. */
export interface Hold {
  readonly offset: number;
  readonly watermarkMs: number;
}

export interface ClosedPane {
  readonly lane: string;
  readonly stage: Stage;
  readonly startMs: number;
  readonly segments: ReadonlyMap<string, ClosedSegment>;
}

/** All lanes of one pane. */
interface PaneSlot {
  readonly startMs: number;
  readonly lanes: Map<string, LanePane>;
  readonly shared: SharedPane;
  /** By stage, then topic. */
  readonly holds: readonly (Hold | undefined)[][];
  /** Stages (bits) that took a record here and have not closed. */
  open: number;
}

/** Open panes of stages that take the same records: of one partition number. Sets of them are given as bits. */
export class OpenPanes {
  readonly #catalogue: Catalogue;
  readonly #stages: readonly Stage[];
  readonly #opened: (startMs: number) => void;
  readonly #slots = new Map<number, PaneSlot>();
  #last: PaneSlot | null = null;

  /** `opened` hears of each pane start, once while it is open. */
  constructor(catalogue: Catalogue, stages: readonly Stage[], opened: (startMs: number) => void) {
    this.#catalogue = catalogue;
    this.#stages = stages;
    this.#opened = opened;
  }

  /** The pane of a lane, made when it is first needed; `feed` as it was before the record at `offset`. */
  pane(stages: number, startMs: number, lane: string, offset: number, feed: Feed): LanePane {
    const slot = this.#slot(startMs);
    slot.open |= stages;
    for (let stage = 0; stage < this.#stages.length; stage += 1) {
      if ((stages & (1 << stage)) === 0 || slot.holds[stage]![feed.number] !== undefined) continue;
      slot.holds[stage]![feed.number] = { offset, watermarkMs: feed.watermarkMs };
    }
    let pane = slot.lanes.get(lane);
    if (pane === undefined) {
      pane = new LanePane(this.#stages, this.#catalogue, slot.shared);
      slot.lanes.set(lane, pane);
    }
    pane.touched |= stages;
    return pane;
  }

  /** Closes the panes of a stage that end at or before `throughMs`, by start, then lane; of other stages nothing is. */
  close(stage: Stage, throughMs: number, paneMs: number): ClosedPane[] {
    const number = this.#stages.indexOf(stage);
    if (number < 0) return [];
    const bit = 1 << number;
    const closed: ClosedPane[] = [];
    const due = [...this.#slots.values()].filter(
      (slot) => (slot.open & bit) !== 0 && slot.startMs + paneMs <= throughMs,
    );
    for (const slot of due.sort((a, b) => a.startMs - b.startMs)) {
      for (const lane of [...slot.lanes.keys()].sort()) {
        const pane = slot.lanes.get(lane)!;
        if ((pane.touched & bit) === 0) continue;
        closed.push({ lane, stage, startMs: slot.startMs, segments: pane.close(bit) });
        pane.touched &= ~bit;
      }
      slot.open &= ~bit;
      if (slot.open !== 0) continue;
      this.#slots.delete(slot.startMs);
      if (this.#last === slot) this.#last = null;
    }
    return closed;
  }

  /** Ends at or before `throughMs` of panes that are open in a stage, in any order. */
  dueEnds(stage: Stage, throughMs: number, paneMs: number): number[] {
    const number = this.#stages.indexOf(stage);
    if (number < 0) return [];
    return [...this.#slots.values()]
      .filter((slot) => (slot.open & (1 << number)) !== 0 && slot.startMs + paneMs <= throughMs)
      .map((slot) => slot.startMs + paneMs);
  }

  /** The lowest hold of any open pane in a topic; null when none is open there. */
  hold(topic: MonitorTopic): Hold | null {
    const at = MONITOR_TOPICS.indexOf(topic);
    let lowest: Hold | null = null;
    for (const slot of this.#slots.values()) {
      for (let stage = 0; stage < this.#stages.length; stage += 1) {
        const hold = (slot.open & (1 << stage)) === 0 ? undefined : slot.holds[stage]![at];
        if (hold !== undefined && (lowest === null || hold.offset < lowest.offset)) lowest = hold;
      }
    }
    return lowest;
  }

  /** Open panes, all lanes and stages: a gauge. */
  get size(): number {
    let size = 0;
    for (const { lanes } of this.#slots.values()) {
      for (const { touched } of lanes.values()) {
        for (let stage = 0; stage < this.#stages.length; stage += 1) size += (touched >> stage) & 1;
      }
    }
    return size;
  }

  #slot(startMs: number): PaneSlot {
    if (this.#last?.startMs === startMs) return this.#last;
    let slot = this.#slots.get(startMs);
    if (slot === undefined) {
      slot = {
        startMs,
        lanes: new Map(),
        shared: new SharedPane(),
        holds: this.#stages.map(() => []),
        open: 0,
      };
      this.#slots.set(startMs, slot);
      this.#opened(startMs);
    }
    this.#last = slot;
    return slot;
  }
}
