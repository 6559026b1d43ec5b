/** What `/api/window` says: one window, judged. Times are epoch ms. */
import type { StoryMetric } from "./story-answer.ts";

/** One rule over the window, with its arithmetic. */
export interface WindowResult {
  readonly rule: string;
  readonly verdict: string;
  readonly warn: boolean;
  readonly metric: string;
  readonly family: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly ratio: number | null;
  readonly z: number | null;
  readonly arithmetic: string;
}

/** One measured value; only one whose status is `ok` is judged. */
export interface WindowValue {
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** The metric on real windows of the same n. */
  readonly real: number | null;
  readonly ratio: number | null;
  readonly z: number | null;
  readonly status: string;
}

export interface WindowDecision {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly rule: string;
  readonly cause: string;
  readonly actor: string;
}

export interface WindowAnswer {
  readonly lane: string;
  readonly window: string;
  readonly nowMs: number;
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly generation: number;
  /** null where it was not judged: a pane, or a window of fixed length. */
  readonly verdict: {
    readonly verdict: string;
    readonly warn: boolean;
    readonly families: readonly string[];
    readonly blamed: readonly string[];
    readonly rulesVersion: string;
    readonly referenceVersion: string;
  } | null;
  readonly referenceVersion: string;
  /** The worst first. */
  readonly results: readonly WindowResult[];
  /** Of the whole window, by stage, segment and metric; at most 400. */
  readonly values: readonly WindowValue[];
  readonly decisions: readonly WindowDecision[];
  readonly previousEndMs: number | null;
  readonly nextEndMs: number | null;
  readonly metrics: Readonly<Record<string, StoryMetric>>;
}
