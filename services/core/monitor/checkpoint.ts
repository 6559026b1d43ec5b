/** The monitor's checkpoint: written with every transaction, read at a restart (law 3). */

import { STAGES, type Stage } from "../sample.ts";
import { NO_WATERMARK } from "../time.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import { MONITOR_TOPICS, type MonitorTopic } from "./feeds.ts";
import type { LaneCheckpoint } from "./lane-windows.ts";

export const MONITOR_CHECKPOINT = "checkpoint";

export interface FeedCheckpoint {
  readonly topic: MonitorTopic;
  /** Committed offset: the lowest that holds a record of an open pane, else the next to read. */
  readonly offset: number;
  /** Watermark just before that offset, so that lateness is judged alike when it is read again. */
  readonly watermarkMs: number;
  /** Next offset to read when the transaction was made: unreadable records below it are already set aside. */
  readonly readThrough: number;
}

export interface MonitorCheckpoint {
  readonly closedThrough: Readonly<Record<Stage, number>>;
  readonly foldedThroughMs: number;
  readonly feeds: readonly FeedCheckpoint[];
  readonly lanes: readonly LaneCheckpoint[];
}

/** JSON has no -Infinity; null stands for "no watermark yet". */
function toJson(ms: number): number | null {
  return ms === NO_WATERMARK ? null : ms;
}

function fromJson(ms: number | null): number {
  return ms ?? NO_WATERMARK;
}

export function encodeMonitorCheckpoint(checkpoint: MonitorCheckpoint): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      closedThrough: STAGES.map((stage) => toJson(checkpoint.closedThrough[stage])),
      foldedThrough: toJson(checkpoint.foldedThroughMs),
      feeds: checkpoint.feeds.map((feed) => [
        feed.topic,
        feed.offset,
        toJson(feed.watermarkMs),
        feed.readThrough,
      ]),
      lanes: checkpoint.lanes.map((lane) => [lane.lane, lane.generation, lane.windows]),
    }),
  );
}

/** Throws on anything but what `encodeMonitorCheckpoint` wrote: a checkpoint is ours. */
export function decodeMonitorCheckpoint(bytes: Uint8Array): MonitorCheckpoint {
  const json = JSON.parse(decodeUtf8(bytes)) as {
    closedThrough: (number | null)[];
    foldedThrough: number | null;
    feeds: [MonitorTopic, number, number | null, number][];
    lanes: [string, number, LaneCheckpoint["windows"]][];
  };
  const [candidate, admitted, reply] = json.closedThrough.map(fromJson);
  const feeds = json.feeds.map(([topic, offset, watermarkMs, readThrough]) => {
    if (!MONITOR_TOPICS.includes(topic))
      throw new Error(`the monitor's checkpoint names an unknown topic ${topic}`);
    return { topic, offset, watermarkMs: fromJson(watermarkMs), readThrough };
  });
  return {
    closedThrough: { candidate: candidate!, admitted: admitted!, reply: reply! },
    foldedThroughMs: fromJson(json.foldedThrough),
    feeds,
    lanes: json.lanes.map(([lane, generation, windows]) => ({ lane, generation, windows })),
  };
}
