/** Which topics feed which stage, and how far each of them has come. */
import type { Stage } from "../sample.ts";
import { STAGES } from "../sample.ts";
import { closedThrough, NO_WATERMARK } from "../time.ts";

/** Topics the monitor reads; the records of one partition number meet in one monitor. */
export const MONITOR_TOPICS = [
  "admitted",
  "quarantined",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
] as const;
export type MonitorTopic = (typeof MONITOR_TOPICS)[number];

/** `training` feeds every stage: its manifests end generations. */
export const STAGE_FEEDS: Readonly<Record<Stage, readonly MonitorTopic[]>> = {
  candidate: ["admitted", "quarantined", "training"],
  admitted: ["admitted", "training"],
  reply: ["interactions", "outcomes", "evaluations", "training"],
};

/** In these only ticks move the watermark: their order is the gatekeeper's, their clock the samples' (law 1). */
export const TICKED_TOPICS: ReadonlySet<MonitorTopic> = new Set<MonitorTopic>(["admitted", "quarantined"]);

/** Progress in one topic-partition. */
export interface Feed {
  /** Place of the topic in `MONITOR_TOPICS`. */
  readonly number: number;
  watermarkMs: number;
  nextOffset: number;
  /** Unreadable records below it are already in `rejected`. */
  rejectedThrough: number;
  /** Where the last transaction stopped reading: start of the next input cut. */
  cutFrom: number;
}

export function newFeeds(): Record<MonitorTopic, Feed> {
  const feeds = MONITOR_TOPICS.map((topic, number): [MonitorTopic, Feed] => [
    topic,
    { number, watermarkMs: NO_WATERMARK, nextOffset: 0, rejectedThrough: 0, cutFrom: 0 },
  ]);
  return Object.fromEntries(feeds) as Record<MonitorTopic, Feed>;
}

/**
 * End of the last pane of a stage that every feeding partition has passed by the lateness bound. After a restart nothing
 * closes before a feed is read again up to where it was: a transaction's cut then tells all that went into it.
 */
export function stageClosedThrough(
  stage: Stage,
  feeds: Readonly<Record<MonitorTopic, Feed>>,
  paneMs: number,
  latenessMs: number,
): number {
  let slowest = Number.POSITIVE_INFINITY;
  for (const topic of STAGE_FEEDS[stage]) {
    const { watermarkMs, nextOffset, cutFrom } = feeds[topic];
    if (nextOffset < cutFrom) return NO_WATERMARK;
    slowest = Math.min(slowest, watermarkMs);
  }
  return closedThrough(slowest, paneMs, latenessMs);
}

export function isMonitorTopic(topic: string): topic is MonitorTopic {
  return (MONITOR_TOPICS as readonly string[]).includes(topic);
}

/** The smallest of a number per stage. */
export function slowestStage(through: Readonly<Record<Stage, number>>): number {
  return Math.min(...STAGES.map((stage) => through[stage]));
}
