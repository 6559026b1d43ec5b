/**
 * What one sample costs the recorder: pre-made records of `admitted`, as the Kafka client hands them over, into the real
 * embedded engine in a directory of its own. No Kafka. CPU is that of the whole process, so the engine's work, background
 * merges included, is in it. Run it by `npx tsx test/bench/recorder.ts`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { migrate, migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import { type OpenStore, openStore } from "../../services/adapters/store/open-store.ts";
import { Random } from "../../services/core/random.ts";
import type { Log, LogRecord, Store } from "../../services/ports.ts";
import { createRecorder, type Recorder } from "../../services/recorder/recorder.ts";
import { readTables, type Tables } from "../../services/recorder/table-block.ts";
import { forwardedHeaders } from "../support/forwarded-headers.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";
import { noGauges, quietLogger } from "../support/test-store.ts";

const SAMPLES = 120_000;
const CHARACTERS = 500;
const BATCH = 10_000;
const PARTITIONS = 4;
const TOPIC = "admitted.v1";

export interface RecorderBench {
  /** Rows written a second of wall time, all tables together. */
  readonly rowsPerSecond: number;
  /** Samples written a second of wall time; each is a row of facts and a row of text. */
  readonly samplesPerSecond: number;
  /** CPU microseconds of the process for each row, engine and merges included. */
  readonly cpuMicrosPerRow: number;
  /** CPU microseconds a sample of making what is inserted, without the engine. */
  readonly steps: Record<string, number>;
}

type BenchLog = Pick<Log, "clusterId" | "topicId" | "watermarks">;

const LOG: BenchLog = {
  clusterId: () => Promise.resolve("bench"),
  topicId: () => Promise.resolve("bench"),
  watermarks: (partitions) =>
    Promise.resolve(partitions.map((own) => ({ ...own, low: 0, high: Number.MAX_SAFE_INTEGER }))),
};

/** Batches in the order they are stored; every record once. */
export function makeBatches(nowMs: number): readonly (readonly LogRecord[])[] {
  const random = new Random("bench/recorder");
  const texts = new SyntheticTexts(random);
  const codec = createCodec();
  const pool = Array.from({ length: 5_000 }, () => texts.text(CHARACTERS));
  const records: LogRecord[] = [];
  for (let i = 0; i < SAMPLES; i += 1) {
    const value = codec.encode("admitted", {
      id: `sample-${i}-${random.below(1_000_000)}`,
      eventTime: nowMs - random.below(60_000),
      lane: `lane-${i % 8}`,
      bucket: `bucket-${random.below(20)}`,
      origin: "model_generated",
      makerKind: "model",
      usage: "adds",
      source: "vendor-a/tickets",
      teacherId: "generator",
      teacherVersion: String(random.below(4)),
      templateId: `template-${random.below(12)}`,
      templateVersion: "3",
      judgeId: "strict",
      judgeVersion: "1",
      judgeScore: random.nextFloat(),
      judgeVerdict: "accept",
      datasetId: "support",
      datasetVersion: "7",
      promptHash: random.below(2 ** 30).toString(16),
      seed: String(random.below(2 ** 30)),
      licence: "CC0-1.0",
      sources: [`doc-${random.below(1_000)}`],
      filters: ["length@1", "language@2"],
      language: "en",
      output: pool[random.below(pool.length)]!,
    });
    records.push({
      topic: TOPIC,
      partition: i % PARTITIONS,
      offset: Math.floor(i / PARTITIONS),
      appendMs: nowMs,
      key: null,
      value,
      headers: forwardedHeaders([]),
    });
  }
  const batches: LogRecord[][] = [];
  for (let i = 0; i < SAMPLES; i += BATCH) batches.push(records.slice(i, i + BATCH));
  return batches;
}

async function openRecorder(store: Store, tables: Tables, nonce: string): Promise<Recorder> {
  const recorder = createRecorder({
    store,
    log: LOG,
    codec: createCodec(),
    tables,
    prefix: "",
    clock: { nowMs: () => Date.now(), sleep: () => Promise.resolve() },
    logger: quietLogger,
    gauges: noGauges,
    nonce,
  });
  await recorder.resumeOffsets(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition })),
  );
  return recorder;
}

function cpuMicros(since: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(since);
  return used.user + used.system;
}

/** The recorder with a store that takes everything and keeps nothing: the share of the cost that is ours. */
async function makingOnly(batches: readonly (readonly LogRecord[])[], tables: Tables): Promise<number> {
  const nowhere: Store = {
    command: () => Promise.resolve(),
    query: () => Promise.resolve([]),
    insert: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const recorder = await openRecorder(nowhere, tables, `nowhere-${round}`);
    const before = process.cpuUsage();
    for (const batch of batches) await recorder.record(batch);
    best = Math.min(best, cpuMicros(before) / SAMPLES);
  }
  return best;
}

/** A recorder on the embedded engine in `dataDir`, with its tables. The caller closes the store. */
export async function openBenchRecorder(
  dataDir: string,
): Promise<{ readonly recorder: Recorder; readonly store: OpenStore }> {
  const store = await openStore({ dataDir });
  await migrate(store, readMigrations(migrationsDir()));
  return { recorder: await openRecorder(store, await readTables(store), `bench-${process.pid}`), store };
}

export async function benchRecorder(): Promise<RecorderBench> {
  const batches = makeBatches(Date.now());
  const dataDir = mkdtempSync(join(tmpdir(), "plumbline-bench-recorder-"));
  const store = await openStore({ dataDir });
  try {
    await migrate(store, readMigrations(migrationsDir()));
    const tables = await readTables(store);
    const making = await makingOnly(batches, tables);
    const recorder = await openRecorder(store, tables, `bench-${process.pid}`);
    // The first two batches warm the engine and the compiler.
    for (const batch of batches.slice(0, 2)) await recorder.record(batch);
    const samples = SAMPLES - 2 * BATCH;
    const before = process.cpuUsage();
    const startMs = performance.now();
    for (const batch of batches.slice(2)) await recorder.record(batch);
    const seconds = (performance.now() - startMs) / 1_000;
    const cpu = cpuMicros(before);
    return {
      rowsPerSecond: Math.round((2 * samples) / seconds),
      samplesPerSecond: Math.round(samples / seconds),
      cpuMicrosPerRow: cpu / (2 * samples),
      steps: {
        "making what is inserted": making,
        "inserting, engine and merges": cpu / samples - making,
      },
    };
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(await benchRecorder(), null, 2)}\n`);
  // The engine's threads outlive its last connection.
  process.exit(0);
}
