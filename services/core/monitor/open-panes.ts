/** Panes that still take records, per stage, with the offsets that hold them back. */
import type { TextAnalysis } from "../analysis.ts";
import type { Catalogue } from "../catalogue.ts";
import type { CountsInputKind, CountsItems } from "../metric.ts";
import type { Stage } from "../sample.ts";
import { STAGES } from "../sample.ts";
import type { Feed, MonitorTopic } from "./feeds.ts";
import { type ClosedSegment, OpenSegment } from "./segment.ts";

/** Ids remembered per (lane, stage) of an open pane; beyond it a repeated id would be counted. */
export const PANE_IDS_MAX = 1_000_000;

/** First record of a pane in one topic-partition, with the watermark just before it: where a restart begins. */
export interface Hold {
  readonly offset: number;
  readonly watermarkMs: number;
}

/** One lane in one stage of one pane. */
export class OpenPane {
  readonly stage: Stage;
  readonly segments = new Map<string, OpenSegment>();
  readonly #catalogue: Catalogue;
  readonly #ids = new Set<number>();

  constructor(stage: Stage, catalogue: Catalogue) {
    this.stage = stage;
    this.#catalogue = catalogue;
  }

  /** True the first time an id comes; later it is counted as repeated and dropped. */
  isNew(rank: number, segment: string): boolean {
    if (this.#ids.has(rank)) {
      this.#segment(segment).repeated += 1;
      return false;
    }
    if (this.#ids.size < PANE_IDS_MAX) this.#ids.add(rank);
    return true;
  }

  late(segment: string): void {
    this.#segment(segment).late += 1;
  }

  repeated(segment: string): void {
    this.#segment(segment).repeated += 1;
  }

  add<K extends CountsInputKind>(segment: string, cell: string, input: K, item: CountsItems[K]): void {
    this.#segment(segment).add(cell, input, item);
  }

  addText(segment: string, cell: string, rank: number, id: string, bucket: string, text: TextAnalysis): void {
    const open = this.#segment(segment);
    open.add(cell, "text", { text, bucket });
    open.offer(rank, id, cell, bucket, text);
  }

  close(): Map<string, ClosedSegment> {
    return new Map(
      [...this.segments].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, s]) => [name, s.close()]),
    );
  }

  #segment(name: string): OpenSegment {
    let segment = this.segments.get(name);
    if (segment === undefined) {
      segment = new OpenSegment(this.#catalogue.plan(this.stage, name));
      this.segments.set(name, segment);
    }
    return segment;
  }
}

/** All lanes of one stage in one pane. */
interface PaneSlot {
  readonly startMs: number;
  readonly lanes: Map<string, OpenPane>;
  readonly holds: Map<MonitorTopic, Hold>;
}

export interface ClosedPane {
  readonly lane: string;
  readonly stage: Stage;
  readonly startMs: number;
  readonly segments: ReadonlyMap<string, ClosedSegment>;
}

/** Open panes of all stages of one partition number. */
export class OpenPanes {
  readonly #catalogue: Catalogue;
  readonly #slots: Record<Stage, Map<number, PaneSlot>>;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    this.#slots = { candidate: new Map(), admitted: new Map(), reply: new Map() };
  }

  /** The pane of a lane, made when it is first needed; `feed` as it was before the record at `offset`. */
  pane(
    stage: Stage,
    startMs: number,
    lane: string,
    topic: MonitorTopic,
    offset: number,
    feed: Feed,
  ): OpenPane {
    const slots = this.#slots[stage];
    let slot = slots.get(startMs);
    if (slot === undefined) {
      slot = { startMs, lanes: new Map(), holds: new Map() };
      slots.set(startMs, slot);
    }
    if (!slot.holds.has(topic)) slot.holds.set(topic, { offset, watermarkMs: feed.watermarkMs });
    let pane = slot.lanes.get(lane);
    if (pane === undefined) {
      pane = new OpenPane(stage, this.#catalogue);
      slot.lanes.set(lane, pane);
    }
    return pane;
  }

  /** Takes the panes of a stage that end at or before `throughMs` out, by start, then lane. */
  close(stage: Stage, throughMs: number, paneMs: number): ClosedPane[] {
    const closed: ClosedPane[] = [];
    const due = [...this.#slots[stage].values()].filter((slot) => slot.startMs + paneMs <= throughMs);
    for (const slot of due.sort((a, b) => a.startMs - b.startMs)) {
      this.#slots[stage].delete(slot.startMs);
      for (const lane of [...slot.lanes.keys()].sort()) {
        closed.push({ lane, stage, startMs: slot.startMs, segments: slot.lanes.get(lane)!.close() });
      }
    }
    return closed;
  }

  /** The lowest hold of any open pane in a topic; null when none is open there. */
  hold(topic: MonitorTopic): Hold | null {
    let lowest: Hold | null = null;
    for (const stage of STAGES) {
      for (const slot of this.#slots[stage].values()) {
        const hold = slot.holds.get(topic);
        if (hold !== undefined && (lowest === null || hold.offset < lowest.offset)) lowest = hold;
      }
    }
    return lowest;
  }

  /** Open panes, all lanes and stages: a gauge. */
  get size(): number {
    let size = 0;
    for (const stage of STAGES) for (const slot of this.#slots[stage].values()) size += slot.lanes.size;
    return size;
  }
}
