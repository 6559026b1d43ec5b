/**
 * Records to framed bytes and back: Confluent framing (`0x00`, 4-byte big-endian schema id, Avro body; ops.md 3.1).
 *
 * Guarantee: decoding never throws on bytes, whatever they are; it returns the record or a stable code. No value over
 * `valueBytesMax` is looked at, and no value is decoded before the walker found that it fits its schema, so time and
 * memory are bounded by its length. Records of an older released schema are read as the newest one.
 *
 * Bound: one reader a released schema, made at start, so that a schema no newer one can read fails there.
 */
import avro from "avsc";
import type { RecordByTopic } from "../../core/effect.ts";
import type { RejectCode } from "../../core/input.ts";
import type { TopicName } from "../../core/topics.ts";
import type { ProducedRecordByTopic } from "../../core/wire-types.generated.ts";
import { loadSchemas, type SchemaTable, type WriterSchema } from "./schemas.ts";
import { compileWalker, type WalkedRow, type Walker } from "./walker.ts";
import { asBuffer, writable } from "./writable.ts";

/** Default bound on one value, framing included; the topics' `maxMessageBytes`. */
export const VALUE_BYTES_MAX = 1_048_576;
export const FRAME_BYTES = 5;

/** The record type of each topic: what producers write, what Plumbline writes. */
export type RecordOf<T extends TopicName> = T extends keyof ProducedRecordByTopic
  ? ProducedRecordByTopic[T]
  : T extends keyof RecordByTopic
    ? RecordByTopic[T]
    : never;

/** As read: every field is there, absent ones with their default. */
export type ReadRecordOf<T extends TopicName> = Required<RecordOf<T>>;

export interface Refusal {
  readonly ok: false;
  readonly code: RejectCode;
  /** What is wrong, in words; at most a few hundred characters. */
  readonly detail: string;
}

export type Decoded<R> = { readonly ok: true; readonly record: R } | Refusal;

/** A walked record in the newest schema's layout: `bytes` and the field positions the walker noted in `row`. */
export type Walked = { readonly ok: true; readonly bytes: Buffer } | Refusal;

export interface Codec {
  /** The wire id written for a topic. */
  wireId(topic: TopicName): number;
  /**
   * Frames one record. Absent optional fields get their default; undeclared fields are dropped.
   * Throws TypeError, naming topic and field, for a record that does not fit: for records from outside ask
   * `problemsOf` first. The bytes are the caller's.
   */
  encode<T extends TopicName>(topic: T, record: RecordOf<T>): Uint8Array;
  /** Why a record from outside cannot be written: `field.path: got …, expected …`; empty when it can. */
  problemsOf(topic: TopicName, record: unknown): readonly string[];
  /** Decodes any record of a topic, whole. `bytes` fields may share memory with the input. */
  decodeGeneric<T extends TopicName>(topic: T, value: Uint8Array | null): Decoded<ReadRecordOf<T>>;
  /** Checks a record and finds its fields without decoding them; see `walkerOf` for the indexes. */
  walk(topic: TopicName, value: Uint8Array | null, row: WalkedRow): Walked;
  walkerOf(topic: TopicName): Walker;
}

export interface CodecOptions {
  /** Default: the committed schemas. */
  readonly schemas?: SchemaTable;
  readonly valueBytesMax?: number;
}

type Resolver = ReturnType<avro.Type["createResolver"]>;

/** What is needed to read one writer schema. */
interface WriterReader {
  readonly writer: WriterSchema;
  readonly walker: Walker;
  readonly row: WalkedRow;
  /** null where the writer schema is the newest. */
  readonly resolver: Resolver | null;
}

/** What is needed to write one topic and to read it from its newest schema. */
interface TopicType {
  readonly current: WriterSchema;
  readonly type: avro.Type;
  readonly walker: Walker;
}

export function createCodec(options: CodecOptions = {}): Codec {
  const schemas = options.schemas ?? loadSchemas();
  const valueBytesMax = options.valueBytesMax ?? VALUE_BYTES_MAX;
  const typesById = new Map<number, TopicType>();
  const topics = new Map<TopicName, TopicType>();
  for (const [topic, current] of schemas.current) {
    let type = typesById.get(current.id);
    if (type === undefined) {
      type = {
        current,
        type: typeOf(current),
        walker: compileWalker(current.schema),
      };
      typesById.set(current.id, type);
    }
    topics.set(topic, type);
  }
  const readers = new Map<number, WriterReader>();
  for (const writer of schemas.byId.values())
    readers.set(writer.id, readerOf(writer, topicType(writer.topic)));

  function topicType(topic: TopicName): TopicType {
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`no schema for topic ${topic}`);
    return found;
  }

  /** Frame, id and size, in the order in which they can be told. */
  function open(
    topic: TopicType,
    value: Uint8Array | null,
  ): Refusal | { ok: true; bytes: Buffer; reader: WriterReader } {
    if (value === null) return refusal("value_missing", "the record has no value");
    if (value.length > valueBytesMax) {
      return refusal("value_too_large", `${value.length} bytes, at most ${valueBytesMax} are read`);
    }
    if (value.length < FRAME_BYTES || value[0] !== 0) {
      return refusal("frame_missing", "the value does not start with 0x00 and a 4-byte schema id");
    }
    const bytes = asBuffer(value);
    const id = bytes.readUInt32BE(1);
    const reader = readers.get(id);
    if (reader === undefined || reader.writer.topic !== topic.current.topic) {
      return refusal("schema_unknown", `schema id ${id} is not one of ${topic.current.topic}`);
    }
    return { ok: true, bytes, reader };
  }

  function read(topic: TopicType, bytes: Buffer, reader: WriterReader): Decoded<unknown> {
    try {
      const body = bytes.subarray(FRAME_BYTES);
      const record: unknown =
        reader.resolver === null ? topic.type.fromBuffer(body) : topic.type.fromBuffer(body, reader.resolver);
      return { ok: true, record };
    } catch (error) {
      // The walker found the bytes sound, so this is the library refusing a value: the record's fault all the same.
      return refusal("decode_failed", error instanceof Error ? error.message.slice(0, 200) : "not decodable");
    }
  }

  return {
    wireId: (topic) => topicType(topic).current.id,

    encode(topic, record) {
      const { type, current } = topicType(topic);
      const value = writable(record);
      let body: Buffer;
      try {
        body = type.toBuffer(value);
      } catch (error) {
        const problems = problemsIn(type, value, false);
        throw new TypeError(`${topic}: ${problems.join("; ") || String(error)}`);
      }
      const framed = Buffer.allocUnsafe(FRAME_BYTES + body.length);
      framed[0] = 0;
      framed.writeUInt32BE(current.id, 1);
      body.copy(framed, FRAME_BYTES);
      return framed;
    },

    problemsOf(topic, record) {
      if (typeof record !== "object" || record === null) return ["the record is not an object"];
      return problemsIn(topicType(topic).type, writable(record), true);
    },

    decodeGeneric<T extends TopicName>(name: T, value: Uint8Array | null) {
      const topic = topicType(name);
      const opened = open(topic, value);
      if (!opened.ok) return opened;
      const { bytes, reader } = opened;
      if (!reader.walker.walk(bytes, FRAME_BYTES, reader.row)) {
        return refusal("decode_failed", reader.row.problem);
      }
      return read(topic, bytes, reader) as Decoded<ReadRecordOf<T>>;
    },

    walk(name, value, row) {
      const topic = topicType(name);
      const opened = open(topic, value);
      if (!opened.ok) return opened;
      const { bytes, reader } = opened;
      if (reader.resolver === null) {
        return reader.walker.walk(bytes, FRAME_BYTES, row) ? opened : refusal("decode_failed", row.problem);
      }
      if (!reader.walker.walk(bytes, FRAME_BYTES, reader.row)) {
        return refusal("decode_failed", reader.row.problem);
      }
      // An older schema: written again in the newest layout, so that there is one way to read fields.
      const decoded = read(topic, bytes, reader);
      if (!decoded.ok) return decoded;
      const body = topic.type.toBuffer(decoded.record);
      return topic.walker.walk(body, 0, row)
        ? { ok: true, bytes: body }
        : refusal("decode_failed", row.problem);
    },

    walkerOf: (topic) => topicType(topic).walker,
  };
}

/** Throws, naming both versions, where the newest schema cannot read what the writer wrote. */
function readerOf(writer: WriterSchema, topic: TopicType): WriterReader {
  if (writer.id === topic.current.id) {
    return { writer, walker: topic.walker, row: topic.walker.newRow(), resolver: null };
  }
  const walker = compileWalker(writer.schema);
  try {
    return { writer, walker, row: walker.newRow(), resolver: topic.type.createResolver(typeOf(writer)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${writer.topic} v${writer.version} cannot be read as v${topic.current.version}: ${why}`);
  }
}

function refusal(code: RejectCode, detail: string): Refusal {
  return { ok: false, code, detail };
}

/** Logical types are documentation for other readers: we read the plain number. */
function typeOf(writer: WriterSchema): avro.Type {
  return avro.Type.forSchema(writer.schema as avro.Schema, { wrapUnions: "never" });
}

const PROBLEMS_MAX = 10;
const SHOWN_CHARS_MAX = 60;

/** A value in a problem: objects and lists by their kind, since one from outside may be large, or nested without end. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return (JSON.stringify(value) ?? typeof value).slice(0, SHOWN_CHARS_MAX);
}

function problemsIn(type: avro.Type, record: unknown, noUndeclaredFields: boolean): readonly string[] {
  const problems: string[] = [];
  type.isValid(record, {
    noUndeclaredFields,
    errorHook(path: string[], value: unknown, expected: avro.Type) {
      if (problems.length >= PROBLEMS_MAX) return;
      const got = shown(value);
      problems.push(`${path.join(".") || "record"}: got ${got}, expected ${expected.typeName}`);
    },
  });
  return problems;
}
