import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCodec, FRAME_BYTES, type RecordOf } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { loadSchemas } from "../../services/adapters/avro/schemas.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import { ABSORBED, arbitraryOf, framedExamples, logRecord } from "../support/wire-records.ts";

const schemas = loadSchemas();
const codec = createCodec({ schemas });
const decode = createRecordDecoder(codec, "t.");
const MUTATIONS = 100_000;
const DECODE_MS_MAX = 50;

function timed(topic: TopicName, value: Uint8Array): number {
  const startedMs = performance.now();
  decode(logRecord(topic, value));
  codec.decodeGeneric(topic, value);
  return performance.now() - startedMs;
}

describe("the wire", () => {
  it.each(TOPIC_NAMES)("%s: decode(encode(record)) is the record", (topic) => {
    fc.assert(
      fc.property(arbitraryOf(schemas.current.get(topic)!.schema), (record) => {
        const decoded = codec.decodeGeneric(topic, codec.encode(topic, record as RecordOf<typeof topic>));
        expect(decoded.ok && { ...decoded.record }).toEqual(record);
      }),
      { numRuns: 60 },
    );
  });

  it.each(TOPIC_NAMES)("%s: what the walker finds is what the Avro library decodes", (topic) => {
    const walker = codec.walkerOf(topic);
    const row = walker.newRow();
    fc.assert(
      fc.property(arbitraryOf(schemas.current.get(topic)!.schema), (drawn) => {
        const record = drawn as Record<string, unknown>;
        const walked = codec.walk(topic, codec.encode(topic, drawn as RecordOf<typeof topic>), row);
        if (!walked.ok) throw new Error(walked.detail);
        walker.fields.forEach((field, i) => {
          const wanted = record[field.name];
          const start = row.starts[i]!;
          const end = row.ends[i]!;
          if (wanted === null) expect(start).toBe(-1);
          else if (field.symbols.length > 0) expect(field.symbols[row.numbers[i]!]).toBe(wanted);
          else if (typeof wanted === "string") expect(walked.bytes.toString("utf8", start, end)).toBe(wanted);
          else if (Buffer.isBuffer(wanted)) expect(walked.bytes.subarray(start, end)).toEqual(wanted);
          else if (typeof wanted === "boolean") expect(row.numbers[i]).toBe(wanted ? 1 : 0);
          else if (Array.isArray(wanted)) expect(row.numbers[i]).toBe(wanted.length);
          else if (typeof wanted === "object") expect(row.numbers[i]).toBe(Object.keys(wanted!).length);
          else if (end - start === 8 && walked.bytes.readDoubleLE(start) === wanted) return;
          else if (Number.isNaN(wanted)) expect(walked.bytes.readDoubleLE(start)).toBeNaN();
          else expect(row.numbers[i]).toBe(wanted);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("whatever bytes come, nothing is thrown and nothing takes long", () => {
    const examples = framedExamples(codec).filter(([topic]) => ABSORBED.includes(topic));
    const seen = new Set<string>();
    let slowestMs = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...examples),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.option(fc.nat(), { nil: null, freq: 3 }),
        ([topic, framed], edits, cut) => {
          const bytes = Buffer.from(framed);
          for (const [where, byte] of edits) bytes[where % bytes.length] = byte;
          // The frame is kept in most cases: behind it is the part worth hitting.
          if (edits.length % 4 !== 0) framed.copy(bytes, 0, 0, FRAME_BYTES);
          const value = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
          const input = decode(logRecord(topic, value));
          let tookMs = timed(topic, value);
          // A pause of the machine does not come back; a slow input does.
          for (let i = 0; i < 3 && tookMs > DECODE_MS_MAX; i += 1)
            tookMs = Math.min(tookMs, timed(topic, value));
          slowestMs = Math.max(slowestMs, tookMs);
          seen.add(input.kind === "unreadable" ? input.code : input.kind);
        },
      ),
      { numRuns: MUTATIONS },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(["decode_failed", "frame_missing", "schema_unknown", "judged"]),
    );
    expect(slowestMs).toBeLessThan(DECODE_MS_MAX);
  });

  it("random bytes behind a good frame are refused, or read whole", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ABSORBED), fc.uint8Array({ maxLength: 400 }), (topic, body) => {
        const framed = Buffer.concat([Buffer.alloc(FRAME_BYTES), body]);
        framed.writeUInt32BE(codec.wireId(topic), 1);
        const input = decode(logRecord(topic, framed));
        if (input.kind === "unreadable") expect(input.raw).toBe(framed);
      }),
      { numRuns: 5_000 },
    );
  });
});
