import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { loadSchemas } from "../../services/adapters/avro/schemas.ts";
import type { LogRecord, Row } from "../../services/ports.ts";
import { createRecorder } from "../../services/recorder/recorder.ts";
import { RECORDED_TOPICS, tablesOf } from "../../services/recorder/rows-by-topic.ts";
import { plainRows } from "../support/plain-rows.ts";
import { MIGRATED_TABLES } from "../support/table-rows.ts";
import {
  noGauges,
  openTestStore,
  quietLogger,
  type TestStore,
  testClock,
  wipe,
} from "../support/test-store.ts";
import { arbitraryOf } from "../support/wire-records.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.close();
});

const codec = createCodec();
const schemas = loadSchemas();
const RECORDS = 60;
/** What a record of a producer must have, or it is refused. */
const GOOD = { lane: "l", eventTime: 1, interactionTime: 1, successes: 3, trials: 4 };

/** Rows as the engine gives them back, as plain values: times in epoch ms, whole numbers as numbers. */
async function storedRows(table: string, names: readonly string[]): Promise<readonly Row[]> {
  const columns = MIGRATED_TABLES.get(table)!.filter((column) => names.includes(column.name));
  const row = columns.some((column) => column.name === "_row") ? ", _row" : "";
  const select = columns.map(({ name, type }) =>
    type.includes("DateTime64") ? `toUnixTimestamp64Milli(${name}) AS ${name}_ms` : name,
  );
  const rows = await test.store.query(`SELECT ${select.join(", ")} FROM ${table} ORDER BY _offset${row}`);
  const plain = (type: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => plain(type, item));
    return /Int64|DateTime64/.test(type) && typeof value === "string" ? Number(value) : value;
  };
  return rows.map((own) =>
    Object.fromEntries(
      columns.map(({ name, type }) => [
        name,
        plain(type, own[type.includes("DateTime64") ? `${name}_ms` : name]),
      ]),
    ),
  );
}

describe("whatever a schema can say, the engine holds", () => {
  it.each(RECORDED_TOPICS)("%s", async (topic) => {
    const tables = tablesOf(topic);
    await wipe(test.store, ["progress", ...tables]);
    const { schema } = schemas.current.get(topic)!;
    const recorder = createRecorder({
      store: test.store,
      log: {
        clusterId: () => Promise.resolve("c"),
        topicId: () => Promise.resolve("t"),
        watermarks: (partitions) =>
          Promise.resolve(partitions.map((own) => ({ ...own, low: 0, high: RECORDS }))),
      },
      codec,
      tables: MIGRATED_TABLES,
      prefix: "x.",
      clock: testClock(),
      logger: quietLogger,
      gauges: noGauges,
      nonce: `codec-${topic}-${Date.now()}`,
    });
    const fullTopic = `x.${topic}.v1`;
    await recorder.resumeOffsets([{ topic: fullTopic, partition: 0 }]);
    const records = fc.sample(arbitraryOf(schema), { numRuns: RECORDS, seed: 7 });
    const batch = records.map((random, offset): LogRecord => {
      const own = { ...(random as Record<string, unknown>) };
      // A text that comes twice under one id is one row, by the table's own rule.
      for (const [name, good] of Object.entries({ ...GOOD, id: `r-${offset}` }))
        if (name in own) own[name] = good;
      const value = codec.encode(topic, own as never);
      return { topic: fullTopic, partition: 0, offset, appendMs: Date.now(), key: null, value, headers: {} };
    });
    await recorder.record(batch);
    expect(recorder.counters).toMatchObject({ records: RECORDS, unreadable: 0 });
    for (const table of tables) {
      // Only what cannot be read goes there; the topic of that name apart.
      if (table === "rejected" && topic !== "rejected") continue;
      const expected = batch.flatMap(({ value, offset }) => {
        const decoded = codec.decodeGeneric(topic, value);
        if (!decoded.ok) throw new Error(decoded.detail);
        return plainRows(topic, table, decoded.record as Row).map((row) => ({ ...row, _offset: offset }));
      });
      expect(await storedRows(table, Object.keys(expected[0] ?? {})), table).toEqual(expected);
    }
  });
});
