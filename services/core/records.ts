/**
 * Records Plumbline writes, in the exact shape of `schemas/*.avsc`. Times are epoch ms, event time unless named otherwise.
 */
import type { MetricResult } from "./result.ts";
import type { Stage } from "./sample.ts";

export type WindowKind = "pane" | "decision" | "generation" | "5m" | "1h" | "1d" | "14d";

/** All metric values of one (lane, stage, segment, window). `[startMs, endMs)`. */
export interface WindowRecord {
  readonly lane: string;
  readonly stage: Stage;
  /** `all`, `generated`, `real`, `training`, or `suite:<name>`. */
  readonly segment: string;
  readonly window: WindowKind;
  readonly startMs: number;
  readonly endMs: number;
  /** Number of the lane's generation the window lies in; the first is 1. */
  readonly generation: number;
  /** Records counted; late ones and repeated ids are counted beside it, not in it. */
  readonly n: number;
  readonly late: number;
  readonly repeated: number;
  /** Late share above 1 %. */
  readonly incomplete: boolean;
  readonly referenceVersion: string;
  readonly policyVersion: string;
  /** A decision or generation window of a lane is several records: this one is `rowIndex` of `rowCount`. */
  readonly rowIndex: number;
  readonly rowCount: number;
  readonly results: readonly MetricResult[];
  /** Only where a rule's per-metric condition was met: the same metrics with one subject left out. */
  readonly leftOut: readonly LeftOut[];
  /** Ids of a few records behind the row, never text. */
  readonly evidence: readonly string[];
  /** Only of decision and generation windows of outcomes; absent for none. */
  readonly failed?: readonly FailedOfBucket[];
}

/** Interactions of one bucket that failed: the ids of smallest hash. Bucket "" stands for all. */
export interface FailedOfBucket {
  readonly bucket: string;
  readonly ids: readonly string[];
}

export interface LeftOut {
  readonly subject: string;
  readonly n: number;
  readonly results: readonly MetricResult[];
}

export type Verdict = "pass" | "inconclusive" | "error" | "breach";

/** What one rule says of one window, with its arithmetic. */
export interface RuleResult {
  readonly rule: string;
  readonly metric: string;
  readonly family: string;
  readonly stage: Stage;
  readonly segment: string;
  readonly bucket: string;
  readonly verdict: Verdict;
  readonly warn: boolean;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly ratio: number | null;
  readonly z: number | null;
  readonly anchorRatio: number | null;
  /** The comparison in words, e.g. `value 0.43 < 0.7 and z -21.3 < -4`. */
  readonly arithmetic: string;
}

/** All rules over one decision or generation window of a lane. */
export interface VerdictRecord {
  readonly lane: string;
  readonly window: "decision" | "generation";
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  readonly verdict: Verdict;
  readonly warn: boolean;
  /** Families in breach, sorted. */
  readonly families: readonly string[];
  readonly rulesVersion: string;
  readonly referenceVersion: string;
  readonly results: readonly RuleResult[];
  /** The smallest subject set that, left out, restores the null; the lane where none does. */
  readonly blamed: readonly string[];
  readonly evidence: readonly string[];
}

export const GATE_STATES = ["open", "watch", "throttled", "frozen", "rolled_back", "probation"] as const;
export type GateState = (typeof GATE_STATES)[number];

/** The latest state and lease of one subject's gate. `validUntilMs` is append time. */
export interface GateRecord {
  /** `lane:<lane>`, `template:<id@v>`, `teacher:…`, `judge:…`, `model:…`, `source:…`, `dataset:…`, `mixture:…`. */
  readonly subject: string;
  readonly lane: string;
  readonly state: GateState;
  /** Share of generated arrivals let through while throttled or on probation, 0..1. */
  readonly share: number;
  readonly sinceMs: number;
  readonly validUntilMs: number;
  /** Counter over all gates of one governor; grows by one a record. */
  readonly revision: number;
  readonly rule: string;
  readonly cause: string;
  readonly decisionId: string;
  /** Clean decision windows in a row while frozen. */
  readonly cleanWindows: number;
}

/** One gate transition. `prevHash` and `hash` chain the log; they are set when the record is written. */
export interface DecisionRecord {
  readonly decisionId: string;
  readonly subject: string;
  readonly lane: string;
  readonly from: GateState;
  readonly to: GateState;
  readonly rule: string;
  readonly cause: string;
  readonly actor: string;
  readonly reason: string;
  readonly window: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly generation: number;
  readonly evidence: readonly string[];
  readonly revision: number;
  /** The governor's clock: append time of its last tick. */
  readonly atMs: number;
  readonly cut: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** A signed request of a person or a webhook. */
export interface CommandRecord {
  readonly commandId: string;
  readonly kind: "freeze" | "resume";
  readonly subject: string;
  readonly lane: string;
  readonly actor: string;
  readonly reason: string;
  readonly issuedMs: number;
  readonly keyId: string;
  readonly signature: string;
}

/**
 * Bounded state of one segment of a closed pane (`window` "pane"), or of a window merged from many of them (its kind):
 * what open windows are rebuilt from after a restart. `[startMs, endMs)` is what it covers so far.
 */
export interface PaneRecord {
  readonly lane: string;
  readonly stage: Stage;
  readonly segment: string;
  readonly window: WindowKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  readonly body: Uint8Array;
}

/** A checkpoint. `body` is UTF-8 JSON; memory segments of the gatekeeper are binary. */
export interface StateRecord {
  readonly service: string;
  readonly partition: number;
  readonly name: string;
  readonly body: Uint8Array;
}

/** One chunk of a published reference, rules file or lanes file. */
export interface ReferenceRecord {
  readonly kind: "reference" | "rules" | "lanes";
  readonly lane: string;
  readonly version: string;
  readonly chunk: number;
  readonly chunks: number;
  readonly body: Uint8Array;
}

export interface RejectedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly code: string;
  readonly detail: string;
  readonly key: Uint8Array | null;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}
