/** The monitor's checkpoint: written with every transaction, read at a restart (law 3). */

import { JsonShape } from "../json-shape.ts";
import { STAGES, type Stage } from "../sample.ts";
import { requireFormat } from "../state-format.ts";
import { NO_WATERMARK } from "../time.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import { MONITOR_TOPICS, type MonitorTopic } from "./feeds.ts";
import type { LaneCheckpoint } from "./lane-windows.ts";

export const MONITOR_CHECKPOINT = "checkpoint";
const FORMAT = 1;
const WINDOW_KINDS = ["decision", "generation", "5m", "1h", "1d", "14d"] as const;
const shape = new JsonShape((message) => new Error(`the monitor's checkpoint cannot be read: ${message}`));

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

function fromJson(ms: unknown, name: string): number {
  return shape.finiteOrNull(ms, name) ?? NO_WATERMARK;
}

export function encodeMonitorCheckpoint(checkpoint: MonitorCheckpoint): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      format: FORMAT,
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

/**
 * Throws, naming the field, on anything but what `encodeMonitorCheckpoint` wrote: a checkpoint is ours. One without a number is
 * of format 1. `StateFormatError` for another format.
 */
export function decodeMonitorCheckpoint(bytes: Uint8Array): MonitorCheckpoint {
  const json = shape.object(shape.parse(decodeUtf8(bytes), "it"), "it");
  requireFormat("the monitor's checkpoint", json.format ?? 1, FORMAT);
  const [candidate, admitted, reply] = shape
    .tuple(json.closedThrough, "closedThrough", STAGES.length)
    .map((ms, i) => fromJson(ms, `closedThrough[${i}]`));
  return {
    closedThrough: { candidate: candidate!, admitted: admitted!, reply: reply! },
    foldedThroughMs: fromJson(json.foldedThrough, "foldedThrough"),
    feeds: shape.array(json.feeds, "feeds", feedOf),
    lanes: shape.array(json.lanes, "lanes", laneOf),
  };
}

function feedOf(value: unknown, name: string): FeedCheckpoint {
  const [topic, offset, watermarkMs, readThrough] = shape.tuple(value, name, 4);
  return {
    topic: shape.oneOf(topic, `${name} topic`, MONITOR_TOPICS),
    offset: shape.count(offset, `${name} offset`),
    watermarkMs: fromJson(watermarkMs, `${name} watermark`),
    readThrough: shape.count(readThrough, `${name} readThrough`),
  };
}

function laneOf(value: unknown, name: string): LaneCheckpoint {
  const [lane, generation, windows] = shape.tuple(value, name, 3);
  return {
    lane: shape.string(lane, `${name} lane`),
    generation: shape.count(generation, `${name} generation`),
    windows: shape.array(windows, `${name} windows`, (window, at) => {
      const [kind, startMs] = shape.tuple(window, at, 2);
      return [shape.oneOf(kind, at, WINDOW_KINDS), shape.finite(startMs, at)];
    }),
  };
}
