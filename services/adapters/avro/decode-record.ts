/**
 * Any record of our topics as what the core absorbs.
 *
 * Guarantee: never throws on a record's bytes or headers. What cannot be read becomes an `unreadable` input with a
 * stable code, and the caller goes on. Views keep the record's buffer: it must not be changed or reused afterwards.
 */
import type { Input, RejectCode } from "../../core/input.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../core/record-headers.ts";
import type { Position } from "../../core/sample.ts";
import { TOPIC_NAMES, type TopicName, topicName } from "../../core/topics.ts";
import type { LogRecord } from "../../ports.ts";
import type { Codec, ReadRecordOf } from "./codec.ts";
import { controlInput } from "./control-input.ts";
import { commandProblem, gateProblem, windowProblem } from "./record-words.ts";
import { createViewReaders, type ViewReader } from "./views.ts";

export type RecordDecoder = (record: LogRecord) => Input;

/** Reads a record that has a value. */
type ValueDecoder = (record: LogRecord, at: Position, value: Uint8Array) => Input;

/**
 * A decoder for one run's topics. Throws, as a mistake of the caller, on a record of a topic that is not ours or that
 * the core does not absorb (panes, references, state, verdicts, decisions, reviews, changes, rejected): those are
 * read with `codec.decodeGeneric`.
 */
export function createRecordDecoder(codec: Codec, prefix: string): RecordDecoder {
  const decoders = decodersByTopic(codec);
  const byFullName = new Map(
    TOPIC_NAMES.map((name) => [topicName(prefix, name), { name, decode: decoders.get(name) ?? null }]),
  );
  return (record) => {
    const known = byFullName.get(record.topic);
    if (known === undefined) throw new Error(`${record.topic} is not a topic of this run`);
    const { name, decode } = known;
    const at: Position = {
      topic: name,
      partition: record.partition,
      offset: record.offset,
      appendMs: record.appendMs,
    };
    if (record.value === null) {
      const control = controlInput(record.headers, at);
      if (control === null) return unreadable(record, at, "value_missing", "no value, and no header of ours");
      return typeof control === "string" ? unreadable(record, at, "decode_failed", control) : control;
    }
    if (decode === null) throw new Error(`the core does not absorb records of ${record.topic}`);
    return decode(record, at, record.value);
  };
}

function decodersByTopic(codec: Codec): ReadonlyMap<TopicName, ValueDecoder> {
  const views = createViewReaders(codec);
  const judged = (admitted: boolean): ValueDecoder =>
    viewed(views.sample, (at, sample, record) => ({
      kind: "judged",
      at,
      sample,
      admitted,
      reasons: reasonsOf(record.headers[FORWARD_HEADER]),
    }));
  return new Map<TopicName, ValueDecoder>([
    [
      "samples",
      viewed(views.sample, (at, sample, record) => ({ kind: "sample", at, sample, raw: record.value! })),
    ],
    ["admitted", judged(true)],
    ["quarantined", judged(false)],
    [
      "interactions",
      viewed(views.interaction, (at, interaction) => ({ kind: "interaction", at, interaction })),
    ],
    ["outcomes", viewed(views.outcome, (at, outcome) => ({ kind: "outcome", at, outcome }))],
    ["evaluations", viewed(views.evaluation, (at, evaluation) => ({ kind: "evaluation", at, evaluation }))],
    ["training", viewed(views.training, (at, training) => ({ kind: "training", at, training }))],
    ["windows", whole(codec, "windows", windowProblem, (at, window) => ({ kind: "window", at, window }))],
    [
      "commands",
      whole(codec, "commands", commandProblem, (at, command) => ({ kind: "command", at, command })),
    ],
    ["gates", whole(codec, "gates", gateProblem, (at, gate) => ({ kind: "gate", at, gate }))],
  ]);
}

function viewed<V>(
  read: ViewReader<V>,
  input: (at: Position, view: V, record: LogRecord) => Input,
): ValueDecoder {
  return (record, at, value) => {
    const result = read(value, record.appendMs);
    return result.ok ? input(at, result.view, record) : unreadable(record, at, result.code, result.detail);
  };
}

function whole<T extends "windows" | "commands" | "gates">(
  codec: Codec,
  topic: T,
  problemOf: (record: ReadRecordOf<T>) => string | null,
  input: (at: Position, decoded: ReadRecordOf<T>) => Input,
): ValueDecoder {
  return (record, at, value) => {
    const decoded = codec.decodeGeneric(topic, value);
    if (!decoded.ok) return unreadable(record, at, decoded.code, decoded.detail);
    const problem = problemOf(decoded.record);
    return problem === null ? input(at, decoded.record) : unreadable(record, at, "decode_failed", problem);
  };
}

const NO_REASONS: readonly string[] = [];

/** A note without reasons ends in a space: most are told by that, without reading the rest. */
function reasonsOf(note: string | undefined): readonly string[] {
  if (note === undefined || note.endsWith(" ")) return NO_REASONS;
  return decodeForwardNote(note)?.reasons ?? NO_REASONS;
}

const NO_BYTES = new Uint8Array(0);

function unreadable(record: LogRecord, at: Position, code: RejectCode, detail: string): Input {
  const { key, headers } = record;
  return { kind: "unreadable", at, code, detail, key, raw: record.value ?? NO_BYTES, headers };
}
