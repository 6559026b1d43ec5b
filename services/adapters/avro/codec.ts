/**
 * Records to framed bytes and back: Confluent framing (`0x00`, 4-byte big-endian schema id, Avro body; ops.md 3.1).
 *
 * Guarantee: decoding never throws on bytes, whatever they are; it returns the record or a stable code. No value over
 * `valueBytesMax` is looked at, and no value is decoded before the walker found that it fits its schema, so time and
 * memory are bounded by its length. Records of an older released schema are read as the newest one.
 *
 * Bound: one reader per (writer id, topic), made at first use; there are as many as released schemas.
 */
import avro from "avsc";
import type { RecordByTopic } from "../../core/effect.ts";
import type { RejectCode } from "../../core/input.ts";
import type { TopicName } from "../../core/topics.ts";
import type { ProducedRecordByTopic } from "../../core/wire-types.generated.ts";
import { loadSchemas, type SchemaTable, type WriterSchema } from "./schemas.ts";
import { compileWalker, type WalkedRow, type Walker } from "./walker.ts";

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

/** What is needed to read one writer schema. */
interface WriterReader {
  readonly writer: WriterSchema;
  readonly walker: Walker;
  readonly row: WalkedRow;
  /** null where the writer schema is the newest. */
  readonly resolver: avro.Type["createResolver"] extends (type: avro.Type) => infer R ? R | null : never;
}

/** What is needed to write one topic and to read it from its newest schema. */
interface TopicType {
  readonly current: WriterSchema;
  readonly type: avro.Type;
  readonly walker: Walker;
  readonly bytesFields: readonly string[];
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
        bytesFields: bytesFieldsOf(current),
      };
      typesById.set(current.id, type);
    }
    topics.set(topic, type);
  }
  const readers = new Map<number, WriterReader>();

  function topicType(topic: TopicName): TopicType {
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`no schema for topic ${topic}`);
    return found;
  }

  /** The reader of a writer id, if that id was released for this topic (or the one whose bytes it carries). */
  function readerOf(id: number, topic: TopicType): WriterReader | null {
    const known = readers.get(id);
    if (known !== undefined) return known.writer.topic === topic.current.topic ? known : null;
    const writer = schemas.byId.get(id);
    if (writer === undefined || writer.topic !== topic.current.topic) return null;
    const isCurrent = writer.id === topic.current.id;
    const walker = isCurrent ? topic.walker : compileWalker(writer.schema);
    const resolver = isCurrent ? null : topic.type.createResolver(typeOf(writer));
    const reader: WriterReader = { writer, walker, row: walker.newRow(), resolver };
    readers.set(id, reader);
    return reader;
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
    const reader = readerOf(id, topic);
    if (reader === null)
      return refusal("schema_unknown", `schema id ${id} is not one of ${topic.current.topic}`);
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
      const { type, current, bytesFields } = topicType(topic);
      let body: Buffer;
      try {
        body = type.toBuffer(withBuffers(record, bytesFields));
      } catch (error) {
        const problems = problemsIn(type, withBuffers(record, bytesFields), false);
        throw new TypeError(`${topic}: ${problems.join("; ") || String(error)}`);
      }
      const framed = Buffer.allocUnsafe(FRAME_BYTES + body.length);
      framed[0] = 0;
      framed.writeUInt32BE(current.id, 1);
      body.copy(framed, FRAME_BYTES);
      return framed;
    },

    problemsOf(topic, record) {
      const { type, bytesFields } = topicType(topic);
      if (typeof record !== "object" || record === null) return ["the record is not an object"];
      return problemsIn(type, withBuffers(record, bytesFields), true);
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

function refusal(code: RejectCode, detail: string): Refusal {
  return { ok: false, code, detail };
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Logical types are documentation for other readers: we read the plain number. */
function typeOf(writer: WriterSchema): avro.Type {
  return avro.Type.forSchema(writer.schema as avro.Schema, { wrapUnions: "never" });
}

/** The library takes Buffers only; our records say Uint8Array. Bytes stand at the top level alone (a tested law). */
function withBuffers(record: object, fields: readonly string[]): object {
  if (fields.length === 0) return record;
  const copy: Record<string, unknown> = { ...record };
  for (const field of fields) {
    const value = copy[field];
    if (value instanceof Uint8Array) copy[field] = asBuffer(value);
  }
  return copy;
}

/** Names of the top-level fields that hold bytes, nullable or not. */
function bytesFieldsOf(writer: WriterSchema): readonly string[] {
  const { fields } = writer.schema as {
    readonly fields: readonly { readonly name: string; readonly type: unknown }[];
  };
  return fields
    .filter((f) => f.type === "bytes" || (Array.isArray(f.type) && f.type[1] === "bytes"))
    .map((f) => f.name);
}

const PROBLEMS_MAX = 10;

function problemsIn(type: avro.Type, record: object, noUndeclaredFields: boolean): readonly string[] {
  const problems: string[] = [];
  type.isValid(record, {
    noUndeclaredFields,
    errorHook(path: string[], value: unknown, expected: avro.Type) {
      if (problems.length >= PROBLEMS_MAX) return;
      const got = value === undefined ? "nothing" : (JSON.stringify(value)?.slice(0, 60) ?? typeof value);
      problems.push(`${path.join(".") || "record"}: got ${got}, expected ${expected.typeName}`);
    },
  });
  return problems;
}
