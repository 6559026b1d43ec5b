import { describe, expect, it } from "vitest";
import { createCodec, FRAME_BYTES, VALUE_BYTES_MAX } from "../../../../services/adapters/avro/codec.ts";
import {
  loadSchemas,
  type SchemaTable,
  type WriterSchema,
} from "../../../../services/adapters/avro/schemas.ts";
import { TOPIC_NAMES } from "../../../../services/core/topics.ts";
import { RECORDS, SAMPLE } from "../../../support/wire-records.ts";

const codec = createCodec();

/** A framed record of a topic with the given body. */
function framed(topic: (typeof TOPIC_NAMES)[number], body: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(FRAME_BYTES), body]);
  bytes.writeUInt32BE(codec.wireId(topic), 1);
  return bytes;
}

describe("encode", () => {
  it("writes the Confluent frame: zero, then the id, most significant byte first", () => {
    const bytes = codec.encode("gates", RECORDS.gates);
    expect([...bytes.subarray(0, FRAME_BYTES)]).toEqual([0, 0x00, 0x6b, 0x06, 0x71]);
    expect(codec.wireId("gates")).toBe(7_014_001);
  });

  it("gives absent optional fields their default", () => {
    const decoded = codec.decodeGeneric(
      "samples",
      codec.encode("samples", { id: "a", eventTime: 1, lane: "l", output: "" }),
    );
    expect(decoded).toMatchObject({
      ok: true,
      record: {
        bucket: "",
        origin: "unknown",
        usage: "unknown",
        parents: [],
        fields: {},
        licence: null,
        embedding: null,
      },
    });
  });

  it("names topic, field and what was expected when a record does not fit", () => {
    expect(() =>
      codec.encode("samples", { ...SAMPLE, judgeScore: "high" as never, lane: undefined as never }),
    ).toThrow(
      new TypeError(
        'samples: lane: got nothing, expected string; judgeScore: got "high", expected union:unwrapped',
      ),
    );
  });

  it("takes bytes as plain arrays", () => {
    const decoded = codec.decodeGeneric("panes", codec.encode("panes", RECORDS.panes));
    expect(decoded.ok && [...decoded.record.body]).toEqual([0, 1, 254]);
  });

  it("keeps not-a-number and writes lone surrogates as U+FFFD", () => {
    const decoded = codec.decodeGeneric(
      "samples",
      codec.encode("samples", { ...SAMPLE, judgeScore: Number.NaN, output: "a\ud800b\u0000" }),
    );
    expect(decoded.ok && decoded.record.judgeScore).toBeNaN();
    expect(decoded.ok && decoded.record.output).toBe("a\ufffdb\u0000");
  });
});

describe("problemsOf", () => {
  it("is empty for a good record", () => {
    for (const topic of TOPIC_NAMES) expect(codec.problemsOf(topic, RECORDS[topic])).toEqual([]);
  });

  it("lists missing, wrong and undeclared fields, at most ten", () => {
    expect(codec.problemsOf("samples", { id: 7, eventTime: 1, lane: "l" })).toEqual([
      "id: got 7, expected string",
      "output: got nothing, expected string",
    ]);
    expect(codec.problemsOf("samples", { ...SAMPLE, teacher: "gen" })).toHaveLength(1);
    expect(codec.problemsOf("windows", {}).length).toBe(10);
  });

  it.each([[null], ["text"], [7]])("says of %j that it is no object", (value) => {
    expect(codec.problemsOf("samples", value)).toEqual(["the record is not an object"]);
  });
});

describe("decodeGeneric refuses", () => {
  const good = Buffer.from(codec.encode("samples", SAMPLE));

  it.each([
    ["no value", null, "value_missing"],
    ["an empty value", new Uint8Array(0), "frame_missing"],
    ["a frame cut off", good.subarray(0, 4), "frame_missing"],
    ["bare JSON", Buffer.from('{"id":"a"}'), "frame_missing"],
    ["an id nobody released", Buffer.from([0, 0, 0, 0, 1, 2, 97]), "schema_unknown"],
    ["another topic's id", Buffer.from(codec.encode("gates", RECORDS.gates)), "schema_unknown"],
    ["a frame without body", good.subarray(0, FRAME_BYTES), "decode_failed"],
    ["a body cut off", good.subarray(0, good.length - 1), "decode_failed"],
    ["bytes after the record", Buffer.concat([good, Buffer.from([0])]), "decode_failed"],
    ["a value over the bound", Buffer.alloc(VALUE_BYTES_MAX + 1), "value_too_large"],
    ["10 MB", Buffer.alloc(10_000_000), "value_too_large"],
  ])("%s", (_what, value, code) => {
    const decoded = codec.decodeGeneric("samples", value);
    expect(decoded).toMatchObject({ ok: false, code });
    expect(!decoded.ok && decoded.detail.length).toBeGreaterThan(10);
  });

  it("a cut at any byte", () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(codec.decodeGeneric("samples", good.subarray(0, length)).ok).toBe(false);
    }
  });

  it("an array of 50 million items announced in a few bytes, at once and in no memory", () => {
    // reviews: id, eventTime, lane, bucket, targetTopic, targetId, subject, reviewer, role, verdict; then labels.
    const head = [2, 97, 0, 2, 108, 0, 0, 0, 0, 0, 0, 0];
    const bomb = framed("reviews", Buffer.from([...head, 0x80, 0xe1, 0xeb, 0x2f]));
    const before = process.memoryUsage();
    const startedMs = performance.now();
    const decoded = codec.decodeGeneric("reviews", bomb);
    const tookMs = performance.now() - startedMs;
    const after = process.memoryUsage();
    expect(decoded).toEqual({
      ok: false,
      code: "decode_failed",
      detail: "field labels: more items announced than bytes remain",
    });
    expect(tookMs).toBeLessThan(50);
    expect(after.rss - before.rss).toBeLessThan(20_000_000);
  });

  it("more items than a record may have, though all are there", () => {
    const labels = Array.from({ length: 100_001 }, () => "");
    const decoded = codec.decodeGeneric("reviews", codec.encode("reviews", { ...RECORDS.reviews, labels }));
    expect(decoded).toMatchObject({
      ok: false,
      code: "decode_failed",
      detail: "field labels: more than 100000 items",
    });
  });
});

describe("another version", () => {
  const released = loadSchemas();
  const current = released.current.get("samples")!;

  /** The committed schemas with version 2 of samples beside version 1. */
  function withNewer(change: (fields: Record<string, unknown>[]) => Record<string, unknown>[]): SchemaTable {
    const schema = JSON.parse(JSON.stringify(current.schema)) as Record<string, unknown>;
    schema.fields = change(schema.fields as Record<string, unknown>[]);
    const newer: WriterSchema = { ...current, id: current.id + 1, version: 2, schema };
    return {
      byId: new Map([...released.byId, [newer.id, newer]]),
      current: new Map([
        ...released.current,
        ["samples", newer],
        ["admitted", newer],
        ["quarantined", newer],
      ]),
    };
  }

  const added = withNewer((fields) => [{ name: "mood", type: "string", default: "calm" }, ...fields]);

  it("older records are read as the newest, absent fields with their default", () => {
    const newer = createCodec({ schemas: added });
    expect(newer.wireId("samples")).toBe(current.id + 1);
    const decoded = newer.decodeGeneric("samples", codec.encode("samples", SAMPLE));
    expect(decoded).toMatchObject({ ok: true, record: { mood: "calm", id: "r-1", output: SAMPLE.output } });
  });

  it("older records are walked as the newest", () => {
    const newer = createCodec({ schemas: added });
    const walker = newer.walkerOf("samples");
    const row = walker.newRow();
    const walked = newer.walk("samples", codec.encode("samples", SAMPLE), row);
    if (!walked.ok) throw new Error(walked.detail);
    const textOf = (name: string) => {
      const i = walker.indexOf(name);
      return walked.bytes.toString("utf8", row.starts[i]!, row.ends[i]!);
    };
    expect([textOf("mood"), textOf("id"), textOf("output")]).toEqual(["calm", "r-1", SAMPLE.output]);
  });

  it("older records that are broken are refused before they are decoded", () => {
    const newer = createCodec({ schemas: added });
    const cut = codec.encode("samples", SAMPLE).subarray(0, 40);
    expect(newer.decodeGeneric("samples", cut)).toMatchObject({ ok: false, code: "decode_failed" });
    expect(newer.walk("samples", cut, newer.walkerOf("samples").newRow())).toMatchObject({
      ok: false,
      code: "decode_failed",
    });
  });

  it("newer records than ours are refused by id, not misread", () => {
    const newer = createCodec({ schemas: added });
    expect(codec.decodeGeneric("samples", newer.encode("samples", SAMPLE))).toMatchObject({
      ok: false,
      code: "schema_unknown",
    });
  });

  it("an origin that the newest schema no longer has reads as unknown", () => {
    const fewer = withNewer((fields) =>
      fields.map((f) =>
        f.name === "origin"
          ? {
              ...f,
              type: {
                type: "enum",
                name: "Origin",
                symbols: ["human_direct", "unknown"],
                default: "unknown",
              },
            }
          : f,
      ),
    );
    const decoded = createCodec({ schemas: fewer }).decodeGeneric("samples", codec.encode("samples", SAMPLE));
    expect(decoded).toMatchObject({ ok: true, record: { origin: "unknown" } });
  });

  it("a new field without default cannot be read from older records: the pair is refused at start", () => {
    const broken = withNewer((fields) => [...fields, { name: "mood", type: "string" }]);
    expect(() => createCodec({ schemas: broken })).toThrow(/samples v1 cannot be read as v2: .*mood/);
  });
});
