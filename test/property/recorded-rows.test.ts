/** The recorder's rows, made from bytes, are those that decoding the record and writing objects would give. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { loadSchemas } from "../../services/adapters/avro/schemas.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { LogRecord, Row } from "../../services/ports.ts";
import { RECORDED_TOPICS, recordedTopic, tablesOf } from "../../services/recorder/rows-by-topic.ts";
import { TableBlock } from "../../services/recorder/table-block.ts";
import { createTopicReader } from "../../services/recorder/topic-reader.ts";
import { plainRows } from "../support/plain-rows.ts";
import { MIGRATED_TABLES, rowsOf } from "../support/table-rows.ts";
import { arbitraryOf, SAMPLE } from "../support/wire-records.ts";

const codec = createCodec({ valueBytesMax: 16_000_000 });
const schemas = loadSchemas();
const APPEND_MS = 4_000_000_000_000;
const ORIGIN = {
  _cluster: "c",
  _topic: "t",
  _epoch: 3,
  _partition: 2,
  _offset: 2 ** 40 + 1,
  _append_time: APPEND_MS,
  _day: 46_296,
};
const NOTE = { reasons: ["duplicate_id", "text_empty"], enforced: true, gate_revision: 9, source_offset: 7 };
/** What a record of a producer must have, or it is refused. */
const GOOD = {
  successes: 3,
  trials: 4,
  id: "r",
  lane: "lane/é",
  eventTime: 1,
  interactionTime: 2,
};

function logRecord(topic: string, value: Uint8Array): LogRecord {
  const headers = { plumbline: "7 9 1 duplicate_id,text_empty" };
  return { topic, partition: 0, offset: 0, appendMs: APPEND_MS, key: null, value, headers };
}

/** Rows of each table, as its block says them. */
function written(topic: TopicName, values: readonly Uint8Array[]): ReadonlyMap<string, readonly Row[]> {
  const reader = createTopicReader(topic, codec, MIGRATED_TABLES);
  const blocks = tablesOf(topic).map((table) => new TableBlock(table, MIGRATED_TABLES.get(table)!));
  for (const value of values) {
    expect(reader.read(logRecord(topic, value))).toBeNull();
    for (const block of blocks) if (reader.rowsIn(block.table) > 0) reader.append(block, ORIGIN);
  }
  return new Map(blocks.map((block) => [block.table, rowsOf(block.encode())]));
}

function expected(topic: TopicName, table: string, values: readonly Uint8Array[]): readonly Row[] {
  const judged = table === "samples" ? NOTE : {};
  return values.flatMap((value) => {
    const decoded = codec.decodeGeneric(topic, value);
    if (!decoded.ok) throw new Error(decoded.detail);
    const rows = plainRows(topic, table, decoded.record as Row);
    return rows.map((row) => ({ ...row, ...judged, ...ORIGIN, _day: "2096-10-02" }));
  });
}

describe.each(RECORDED_TOPICS)("rows of %s", (topic) => {
  it("are those of the plain way, whatever the record says", () => {
    const fields = (schemas.current.get(topic)!.schema as unknown as { fields: { name: string }[] }).fields;
    const good = Object.fromEntries(
      Object.entries(GOOD).filter(([name]) => fields.some((own) => own.name === name)),
    );
    const checked =
      recordedTopic(topic).rows === "flat" && (recordedTopic(topic) as { checked?: boolean }).checked;
    const record = arbitraryOf(schemas.current.get(topic)!.schema);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
        const values = records.map((own) =>
          codec.encode(topic, { ...(own as object), ...(checked ? good : {}) } as never),
        );
        for (const [table, rows] of written(topic, values)) {
          // Only what cannot be read goes there; the topic of that name apart.
          if (table === "rejected" && topic !== "rejected") continue;
          expect(rows, table).toEqual(expected(topic, table, values));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("texts", () => {
  /** A sample with a text; where `broken`, its tildes are bytes that are nowhere in UTF-8. */
  const values = (text: string, broken = false): Uint8Array => {
    const bytes = Buffer.from(codec.encode("admitted", { ...SAMPLE, bucket: text, output: text }));
    return broken ? bytes.map((byte) => (byte === 0x7e ? 0xff : byte)) : bytes;
  };

  it.each([
    ["short", "a~b"],
    ["long", `${"x".repeat(100)}~${"é".repeat(100)}`],
  ])("%s, that are no UTF-8 are stored as they read: with U+FFFD", (_name, text) => {
    const value = values(text, true);
    const rows = written("admitted", [value, value, values(text)]);
    const readable = text.replace("~", "\ufffd");
    expect(rows.get("texts")!.map((row) => row.output)).toEqual([readable, readable, text]);
    expect(rows.get("samples")!.map((row) => row.bucket)).toEqual([readable, readable, text]);
  });

  it("of every length around the widths of its prefix come back, repeated or not", () => {
    const lengths = [0, 1, 42, 43, 47, 48, 49, 126, 127, 128, 129, 16_383, 16_384, 20_000];
    const all = lengths.flatMap((length) => [..."aé"].map((char) => char.repeat(length)));
    const rows = written(
      "admitted",
      [...all, ...all].map((text) => values(text)),
    );
    expect(rows.get("texts")!.map((row) => row.output)).toEqual([...all, ...all]);
    expect(rows.get("samples")!.map((row) => row.bucket)).toEqual([...all, ...all]);
  });

  it("of few and of many kinds in one column come back", () => {
    for (const kinds of [1, 255, 256, 257, 65_535, 65_536, 65_537]) {
      const block = new TableBlock("t", [{ name: "a", type: "LowCardinality(String)" }]);
      for (let i = 0; i < kinds + 10; i += 1) block.appendRow({ a: `kind ${i % kinds}` });
      const rows = rowsOf(block.encode());
      expect(rows.every((row, i) => row.a === `kind ${i % kinds}`)).toBe(true);
      expect(rows).toHaveLength(kinds + 10);
    }
  });
});
