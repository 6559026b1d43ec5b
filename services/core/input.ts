/** What the core absorbs: decoded records and the in-band control records, each with its place in the log. */

import type { CommandRecord, GateRecord, WindowRecord } from "./records.ts";
import type {
  EvaluationView,
  InteractionView,
  OutcomeView,
  Position,
  SampleView,
  TrainingView,
} from "./sample.ts";

/** A record without value that moves a silent partition's watermark (law 1). */
export interface TickInput {
  readonly kind: "tick";
  readonly at: Position;
  /** What the writer vouches for: no later record of this partition's source is older. Epoch ms. */
  readonly watermarkMs: number;
}

/** The first record of a transaction in which two streams met: what its writer had read (law 1). */
export interface CutInput {
  readonly kind: "cut";
  readonly at: Position;
  readonly cut: InputCut;
}

export interface InputCut {
  readonly ranges: readonly CutRange[];
  /** Latest revision of each compacted input: gates by governor revision, references by version. */
  readonly revisions: Readonly<Record<string, string>>;
  /**
   * Of a monitor's transaction that left panes for the next one: through where it had closed each of `STAGES`, epoch ms, null
   * before the first. Absent where everything was closed that the ranges allow.
   */
  readonly closedThrough?: readonly (number | null)[];
}

/** Half-open offsets [from, to) of one topic-partition. */
export interface CutRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** A sample as producers wrote it, with the bytes that are passed on unchanged. */
export interface SampleInput {
  readonly kind: "sample";
  readonly at: Position;
  readonly sample: SampleView;
  readonly raw: Uint8Array;
}

/** A sample after the gatekeeper: `admitted` tells which of the two topics it came from. */
export interface JudgedInput {
  readonly kind: "judged";
  readonly at: Position;
  readonly sample: SampleView;
  readonly admitted: boolean;
  readonly reasons: readonly string[];
}

export interface InteractionInput {
  readonly kind: "interaction";
  readonly at: Position;
  readonly interaction: InteractionView;
}

export interface OutcomeInput {
  readonly kind: "outcome";
  readonly at: Position;
  readonly outcome: OutcomeView;
}

export interface EvaluationInput {
  readonly kind: "evaluation";
  readonly at: Position;
  readonly evaluation: EvaluationView;
}

export interface TrainingInput {
  readonly kind: "training";
  readonly at: Position;
  readonly training: TrainingView;
}

export interface WindowInput {
  readonly kind: "window";
  readonly at: Position;
  readonly window: WindowRecord;
}

export interface CommandInput {
  readonly kind: "command";
  readonly at: Position;
  readonly command: CommandRecord;
}

export interface GateInput {
  readonly kind: "gate";
  readonly at: Position;
  readonly gate: GateRecord;
}

/** Bytes that could not be read, already with their reason; the core only passes it on to `rejected`. */
export interface UnreadableInput {
  readonly kind: "unreadable";
  readonly at: Position;
  readonly code: RejectCode;
  readonly detail: string;
  readonly key: Uint8Array | null;
  readonly raw: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a record was set aside unread. Stable: users alert on these. */
export const REJECT_CODES = [
  "frame_missing",
  "schema_unknown",
  "decode_failed",
  "value_too_large",
  "value_missing",
  "lane_invalid",
  "id_invalid",
  "event_time_invalid",
  "event_time_future",
  "counts_contradict",
] as const;
export type RejectCode = (typeof REJECT_CODES)[number];

/** Why a readable sample was not admitted. Stable: users alert on these. */
export const QUARANTINE_REASONS = [
  "text_empty",
  "text_too_long",
  "duplicate_id",
  "duplicate_text",
  "provenance_missing",
  "judge_score_not_finite",
  "lane_not_declared",
  "lane_frozen",
  "subject_frozen",
  "share_throttled",
  "gate_stale",
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export type Input =
  | TickInput
  | CutInput
  | SampleInput
  | JudgedInput
  | InteractionInput
  | OutcomeInput
  | EvaluationInput
  | TrainingInput
  | WindowInput
  | CommandInput
  | GateInput
  | UnreadableInput;
