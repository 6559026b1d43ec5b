/**
 * A recorder in a process of its own, to be killed: reads an endless, always equal topic, stores it, and says after each
 * batch how far it came. Arguments: data directory, end offset (exclusive), seed of the batch sizes.
 */
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { migrate, migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import { openStore } from "../../services/adapters/store/open-store.ts";
import type { LogRecord } from "../../services/ports.ts";
import { createRecorder } from "../../services/recorder/recorder.ts";
import { readTables } from "../../services/recorder/table-block.ts";
import { noGauges, quietLogger, testClock } from "./test-store.ts";

const [dataDir, endText, seedText] = process.argv.slice(2);
const end = Number(endText);
const PARTITIONS = [0, 1];
const store = await openStore({ dataDir: dataDir!, database: "killed" });
await migrate(store, readMigrations(migrationsDir()));

const codec = createCodec();
const recorder = createRecorder({
  store,
  log: {
    clusterId: () => Promise.resolve("c"),
    topicId: () => Promise.resolve("t"),
    watermarks: (partitions) => Promise.resolve(partitions.map((own) => ({ ...own, low: 0, high: end }))),
  },
  codec,
  tables: await readTables(store),
  prefix: "",
  clock: testClock(),
  logger: quietLogger,
  gauges: noGauges,
  nonce: `${process.pid}-${performance.timeOrigin}`,
});

const appendMs = Date.now();
const next = new Map<number, number>();
for (const own of await recorder.resumeOffsets(
  PARTITIONS.map((partition) => ({ topic: "admitted.v1", partition })),
)) {
  next.set(own.partition, own.offset);
}
let random = Number(seedText) >>> 0;
while (PARTITIONS.some((partition) => next.get(partition)! < end)) {
  const batch: LogRecord[] = [];
  for (const partition of PARTITIONS) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const to = Math.min(end, next.get(partition)! + (random % 300));
    for (let offset = next.get(partition)!; offset < to; offset += 1) {
      const id = `${partition}-${offset}`;
      const record = { id, lane: "l", eventTime: appendMs, output: `text of ${id}` };
      batch.push({
        topic: "admitted.v1",
        partition,
        offset,
        appendMs,
        key: null,
        value: codec.encode("admitted", record),
        headers: {},
      });
    }
    next.set(partition, to);
  }
  await recorder.record(batch);
  process.stdout.write(`done ${PARTITIONS.map((partition) => next.get(partition)).join(" ")}\n`);
}
await recorder.flush();
await store.close();
process.stdout.write("end\n");
process.exit(0);
