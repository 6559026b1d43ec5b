import avro from "avsc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { loadSchemas } from "../../services/adapters/avro/schemas.ts";
import type { LogRecord } from "../../services/ports.ts";
import { createRecorder } from "../../services/recorder/recorder.ts";
import { RECORDED_TOPICS, tablesOf } from "../../services/recorder/rows-by-topic.ts";
import { MIGRATED_TABLES } from "../support/table-rows.ts";
import {
  noGauges,
  openTestStore,
  quietLogger,
  type TestStore,
  testClock,
  wipe,
} from "../support/test-store.ts";

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
const GOOD = { id: "r", lane: "l", eventTime: 1, interactionTime: 1 };

describe("whatever a schema can say, the tables can hold", () => {
  it.each(RECORDED_TOPICS)("%s", async (topic) => {
    const tables = tablesOf(topic);
    await wipe(test.store, ["progress", ...tables]);
    const schema = schemas.current.get(topic)!;
    const type = avro.Type.forSchema(schema.schema as unknown as avro.Schema);
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
    const batch = Array.from({ length: RECORDS }, (_, offset): LogRecord => {
      const frame = Buffer.alloc(5);
      frame.writeUInt32BE(schema.id, 1);
      const random = type.random() as unknown as Record<string, unknown>;
      for (const [name, good] of Object.entries(GOOD)) if (name in random) random[name] = good;
      const value = Buffer.concat([frame, type.toBuffer(random)]);
      return { topic: fullTopic, partition: 0, offset, appendMs: Date.now(), key: null, value, headers: {} };
    });
    await recorder.record(batch);
    expect(recorder.counters).toMatchObject({ records: RECORDS, unreadable: 0 });
    const [first] = tables;
    const rows = await test.store.query(
      `SELECT uniqExact(_offset) AS n FROM ${first} WHERE _topic = {topic:String}`,
      {
        topic: fullTopic,
      },
    );
    // A window without results is no row.
    if (topic !== "windows") expect(rows).toEqual([{ n: String(RECORDS) }]);
  });
});
