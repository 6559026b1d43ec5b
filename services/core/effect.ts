/** What the core asks its shell to do, as data. The shell performs one batch's effects in one transaction. */
import type { InputCut } from "./input.ts";
import type {
  CommandRecord,
  DecisionRecord,
  GateRecord,
  PaneRecord,
  ReferenceRecord,
  RejectedRecord,
  StateRecord,
  VerdictRecord,
  WindowRecord,
} from "./records.ts";

/** Typed records by the topic (without prefix and version) they go to. */
export interface RecordByTopic {
  windows: WindowRecord;
  series: WindowRecord;
  panes: PaneRecord;
  references: ReferenceRecord;
  state: StateRecord;
  verdicts: VerdictRecord;
  decisions: DecisionRecord;
  gates: GateRecord;
  commands: CommandRecord;
  rejected: RejectedRecord;
}
export type WrittenTopic = keyof RecordByTopic;

/** A typed record; the shell encodes it. `partition` null: by key (murmur2). */
export type PublishEffect = {
  [T in WrittenTopic]: {
    readonly type: "publish";
    readonly topic: T;
    readonly partition: number | null;
    readonly key: string;
    readonly record: RecordByTopic[T];
  };
}[WrittenTopic];

export type Effect =
  | PublishEffect
  /** A sample's own bytes, passed on unchanged. */
  | {
      readonly type: "forward";
      readonly topic: "admitted" | "quarantined";
      readonly partition: number;
      readonly key: string;
      readonly raw: Uint8Array;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** Removes a key of a compacted topic. */
  | {
      readonly type: "tombstone";
      readonly topic: "panes" | "state";
      readonly partition: number;
      readonly key: string;
    }
  /** A tick: record without value that carries a watermark. */
  | {
      readonly type: "tick";
      readonly topic: string;
      readonly partition: number;
      readonly watermarkMs: number;
    }
  /** First record of a transaction where two streams met. */
  | { readonly type: "cut"; readonly topic: string; readonly partition: number; readonly cut: InputCut }
  /** Sets a gauge or adds to a counter after the transaction. Labels are bounded by their maker. */
  | {
      readonly type: "gauge";
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number;
    }
  | {
      readonly type: "count";
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly by: number;
    };
