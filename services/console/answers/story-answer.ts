/** What `/api/lane` says: one lane's whole story. Times are epoch ms. */
import type { LaneGate } from "./overview-answer.ts";

/** End of a window, value, lower and upper end of its interval; a window that could not tell has no value. */
export type StoryPoint = readonly [number, number | null, number | null, number | null];

export interface StorySeries {
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  /** "" is the whole window. */
  readonly bucket: string;
  /** Ascending in time. Where there are more windows than points, the least and the greatest value of each step are kept. */
  readonly points: readonly StoryPoint[];
}

export interface StoryTransition {
  readonly atMs: number;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly rule: string;
  readonly cause: string;
  readonly actor: string;
  readonly reason: string;
}

export interface StoryChange {
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  readonly actor: string;
  readonly reason: string;
}

export interface StoryVerdict {
  readonly window: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly verdict: string;
  readonly warn: boolean;
  readonly families: readonly string[];
  /** Rules with this verdict, where it is not a pass. */
  readonly rules: readonly string[];
}

export interface StoryMetric {
  readonly title: string;
  readonly why: string;
  readonly unit: string;
  readonly better: string;
}

export interface StoryAnswer {
  readonly lane: string;
  readonly nowMs: number;
  /** Of the windows shown: what was asked for, else the last week the lane has. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of everything there is of this kind of window. */
  readonly beginMs: number;
  readonly endMs: number;
  /** The kind of window shown, and the kinds there are. */
  readonly window: string;
  readonly windows: readonly string[];
  readonly gate: LaneGate | null;
  readonly held: readonly { readonly subject: string; readonly state: string }[];
  /** State of the lane's own gate at `fromMs`. */
  readonly stateBefore: string;
  /** Ascending; at most 1,000, the latest of them. */
  readonly transitions: readonly StoryTransition[];
  /** Ascending; at most 500, the latest of them. */
  readonly changes: readonly StoryChange[];
  /** Newest first; at most 100. */
  readonly verdicts: readonly StoryVerdict[];
  readonly series: readonly StorySeries[];
  /** By id, of the series shown. */
  readonly metrics: Readonly<Record<string, StoryMetric>>;
}
