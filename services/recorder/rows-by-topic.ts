import { decodeForwardNote, FORWARD_HEADER, type ForwardNote } from "../core/record-headers.ts";
import type { TopicName } from "../core/topics.ts";
import type { Fields, Headers, Source, Sources } from "./flat-table.ts";
import { type TableRows, verdictRows, windowRows } from "./nested-rows.ts";

interface Recorded {
  /**
   * True where no other service reads the topic: a record that cannot be read is then kept in `rejected` by the recorder
   * itself. Elsewhere the service that reads it sends it to the topic `rejected`.
   */
  readonly keepsUnreadable?: boolean;
}

/** One record is one row in each of its tables. */
export interface FlatTopic extends Recorded {
  readonly rows: "flat";
  /** In the order they are written; what each column takes, where its name does not say it. */
  readonly tables: Readonly<Record<string, Sources>>;
  /**
   * True where producers write to it: records whose lane, id or event time the monitor refuses (law 1) are refused here, too,
   * so that history holds what windows count, and `rejected` the rest. The gatekeeper has checked what it forwards.
   */
  readonly checked?: boolean;
  /** More fields that must be event times. */
  readonly times?: readonly string[];
  /** True where `successes` and `trials` must agree. */
  readonly trialCounts?: boolean;
}

/** One record is several rows. */
export interface NestedTopic extends Recorded {
  readonly rows: "nested";
  readonly tables: readonly string[];
  readonly make: (record: Fields) => TableRows;
}

export type RecordedTopic = FlatTopic | NestedTopic;

const field = (name: string): Source => ({ from: "field", field: name });
const items = (name: string): Source => ({ from: "items", field: name });
const size = (name: string): Source => ({ from: "size", field: name });
const base64 = (name: string): Source => ({ from: "base64", field: name });
const always = (value: string): Source => ({ from: "headers", make: () => value });

/** A list of records as JSON text, so that its shape survives; the empty list is the empty string. */
const json = (name: string): Source => ({
  from: "decoded",
  field: name,
  make: (list) => JSON.stringify(list),
});
const map = (name: string): Source => ({ from: "decoded", field: name, make: (entries) => entries });

/** One column out of a list of records. */
function each(name: string, value: (item: Fields) => unknown): Source {
  return { from: "decoded", field: name, make: (list) => (list as readonly Fields[]).map(value) };
}

/** Of a record that somebody else wrote into the gatekeeper's topics. */
const NO_NOTE: ForwardNote = { sourceOffset: 0, gateRevision: 0, enforced: false, reasons: [] };

/** Four columns ask for the note of one record, one after the other. */
let lastHeader: string | undefined;
let lastNote = NO_NOTE;

function noteOf(headers: Headers): ForwardNote {
  const header = headers[FORWARD_HEADER];
  if (header !== lastHeader) {
    lastHeader = header;
    lastNote = decodeForwardNote(header) ?? NO_NOTE;
  }
  return lastNote;
}

const noted = (column: (note: ForwardNote) => unknown): Source => ({
  from: "headers",
  make: (headers) => column(noteOf(headers)),
});

/** A sample's facts, and its text once. */
function judged(decision: "admitted" | "quarantined"): RecordedTopic {
  return {
    rows: "flat",
    tables: {
      samples: {
        decision: always(decision),
        reasons: noted((note) => note.reasons),
        enforced: noted((note) => note.enforced),
        gate_revision: noted((note) => note.gateRevision),
        source_offset: noted((note) => note.sourceOffset),
        tool_calls: items("toolCalls"),
        context_turns: items("context"),
        input_bytes: size("input"),
        output_bytes: size("output"),
      },
      texts: {
        kind: always("sample"),
        context: json("context"),
        fields: map("fields"),
        tool_calls: json("toolCalls"),
      },
    },
  };
}

/**
 * What is stored of each topic. `samples` is missing, as each of its records comes out as admitted, quarantined or
 * rejected; `panes`, `references` and `state` are working state, not history.
 */
const RECORDED: Readonly<Partial<Record<TopicName, RecordedTopic>>> = {
  admitted: judged("admitted"),
  quarantined: judged("quarantined"),
  interactions: {
    rows: "flat",
    checked: true,
    tables: {
      interactions: {
        tool_calls: items("toolCalls"),
        context_turns: items("context"),
        request_bytes: size("request"),
        response_bytes: size("response"),
      },
      texts: {
        kind: always("interaction"),
        input: field("request"),
        output: field("response"),
        context: json("context"),
        fields: map("fields"),
        tool_calls: json("toolCalls"),
      },
    },
  },
  outcomes: { rows: "flat", checked: true, times: ["interactionTime"], tables: { outcomes: {} } },
  evaluations: { rows: "flat", checked: true, trialCounts: true, tables: { evaluations: {} } },
  training: {
    rows: "flat",
    checked: true,
    tables: {
      training: {
        data_dataset: each("data", (use) => `${String(use.datasetId)}@${String(use.datasetVersion ?? "")}`),
        data_origin: each("data", (use) => use.origin ?? ""),
        data_weight: each("data", (use) => use.weight ?? 0),
        data_epochs: each("data", (use) => use.epochs ?? 0),
        data_samples: each("data", (use) => use.samples),
        data_tokens: each("data", (use) => use.tokens),
      },
    },
  },
  reviews: { rows: "flat", checked: true, keepsUnreadable: true, tables: { reviews: {} } },
  changes: {
    rows: "flat",
    checked: true,
    keepsUnreadable: true,
    tables: { changes: { details: map("details") } },
  },
  windows: { rows: "nested", tables: ["windows", "window_left_out"], make: windowRows },
  series: { rows: "nested", keepsUnreadable: true, tables: ["windows", "window_left_out"], make: windowRows },
  verdicts: { rows: "nested", keepsUnreadable: true, tables: ["verdicts"], make: verdictRows },
  decisions: {
    rows: "flat",
    keepsUnreadable: true,
    tables: {
      decisions: {
        at: field("atMs"),
        from_state: field("from"),
        to_state: field("to"),
        window_start: field("windowStartMs"),
        window_end: field("windowEndMs"),
      },
    },
  },
  gates: { rows: "flat", tables: { gates: { since: field("sinceMs"), valid_until: field("validUntilMs") } } },
  commands: { rows: "flat", tables: { commands: { issued_at: field("issuedMs") } } },
  rejected: {
    rows: "flat",
    keepsUnreadable: true,
    tables: {
      rejected: {
        append_time: field("appendMs"),
        key_base64: base64("key"),
        bytes_base64: base64("bytes"),
        headers: map("headers"),
      },
    },
  },
};

export const RECORDED_TOPICS = Object.keys(RECORDED) as readonly TopicName[];

/** Throws for a topic that is not stored. */
export function recordedTopic(topic: TopicName): RecordedTopic {
  const found = RECORDED[topic];
  if (found === undefined) throw new Error(`topic ${topic} is not one the recorder stores`);
  return found;
}

/** Every table the topic's rows go to, in the order they are written. */
export function tablesOf(topic: TopicName): readonly string[] {
  const recorded = recordedTopic(topic);
  const tables = recorded.rows === "flat" ? Object.keys(recorded.tables) : recorded.tables;
  return recorded.keepsUnreadable === true ? [...new Set([...tables, "rejected"])] : tables;
}
