/**
 * The whole road under load: pre-encoded samples of 500 characters through gatekeeper, monitor and recorder, each a process,
 * over a real broker into the real engine. The clock stops when every sample is a row in ClickHouse and counted in a closed
 * pane. Run it by `npx tsx test/bench/end-to-end.ts SECONDS RATE`: rate in samples a second, 0 as fast as the broker takes them.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Codec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import type { BrokerOwner } from "../../services/adapters/kafka/broker-owner.ts";
import { Random } from "../../services/core/random.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import type { Log, OutgoingRecord } from "../../services/ports.ts";
import { loadConfig } from "../../services/runtime/config.ts";
import { type EmbeddedRun, RUN_SERVICES, startEmbeddedRun } from "../../services/runtime/embedded-run.ts";
import { Lifecycle } from "../../services/runtime/lifecycle.ts";
import { POLL_RECORDS_MAX } from "../../services/runtime/partition-loop.ts";
import { versioned } from "../../services/runtime/policy-files.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { processFigures } from "../reliability/process-figures.ts";
import { KeptLogger, testLibDir } from "../support/kafka-broker.ts";
import { LOAD_SHAPE, LoadSamples } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";

const PREFIX = "load.";
const PARTITIONS = 2;
const PANE_MS = 10_000;
const LATENESS_MS = 5_000;
const BATCH_RECORDS = 1_000;
/** Samples a second prepared where no rate is asked for. */
const UNPACED_PER_SECOND = 20_000;
const DRAINED_WITHIN_MS_MAX = 600_000;
const ID_CHARS = 14;
/** The frame and the id's length stand before the id, the event time behind it. */
const ID_START = 6;
const TIME_START = ID_START + ID_CHARS;

export interface ServiceLoad {
  /** CPU microseconds of the process a sample. */
  readonly cpuUs: number;
  /** Resident megabytes before the load, in the middle of it, and at its end. */
  readonly rssMb: readonly [number, number, number];
}

export interface EndToEndBench {
  readonly cores: number;
  readonly samples: number;
  /** From the first sample written to the last one stored and counted in a closed pane, pane length and lateness included. */
  readonly seconds: number;
  /** The same until the last sample was stored. */
  readonly storedSeconds: number;
  /** Samples a second until the last one was stored. */
  readonly perSecond: number;
  /** By service; beside them the broker, and the process that produces the load. */
  readonly services: Readonly<Record<string, ServiceLoad>>;
  /** Consume, decode and tokenise `admitted` and nothing more: CPU microseconds a sample. */
  readonly floorUs: number;
  readonly monitorOverFloor: number;
}

export interface EndToEndOptions {
  readonly seconds: number;
  /** Samples a second; 0 for as fast as the broker takes them. */
  readonly rate: number;
}

export async function benchEndToEnd({ seconds, rate }: EndToEndOptions): Promise<EndToEndBench> {
  const life = new Lifecycle();
  const home = await mkdtemp(join(tmpdir(), "plumbline-load-"));
  try {
    const env = { ...process.env, PLUMBLINE_HOME: home, PLUMBLINE_PREFIX: PREFIX, PLUMBLINE_SQL_PORT: "0" };
    const loaded = loadConfig(env, "cli");
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    const { version: _, ...lanes } = testPolicy(
      { paneMs: PANE_MS, latenessMs: LATENESS_MS, windows: ["5m"] },
      { idleMs: 1_000, decisionMs: PANE_MS },
    );
    const run = await startEmbeddedRun({
      config: loaded.config,
      env: process.env,
      libDir: testLibDir(),
      logger: new KeptLogger(),
      life,
      prefix: PREFIX,
      partitions: PARTITIONS,
      policy: versioned(lanes, []),
      references: [],
    });
    const others = { broker: await brokerPid(home), producer: process.pid };
    return await load(run, others, Math.round(seconds * (rate === 0 ? UNPACED_PER_SECOND : rate)), rate);
  } finally {
    await life.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Processes of the run that are no services, by name. */
type Others = Readonly<Record<string, number>>;

async function brokerPid(home: string): Promise<number> {
  const owner = JSON.parse(await readFile(join(home, "kafka", "owner.json"), "utf8")) as BrokerOwner;
  return owner.brokerPid;
}

async function load(run: EmbeddedRun, others: Others, samples: number, rate: number): Promise<EndToEndBench> {
  const prepared = prepare(run.codec, samples);
  const before = await figures(run, others);
  const startMs = performance.now();
  const middle = await produce(run, prepared, rate, startMs, () => figures(run, others));
  await until(run, samples, "SELECT count() FROM samples");
  const storedSeconds = (performance.now() - startMs) / 1_000;
  const stored = await figures(run, others);
  await until(
    run,
    samples,
    `SELECT sum(n) FROM windows
      WHERE stage = 'candidate' AND segment = 'all' AND window = 'pane' AND metric = 'volume' AND bucket = ''`,
  );
  const seconds = (performance.now() - startMs) / 1_000;
  const after = await figures(run, others);
  const services: Record<string, ServiceLoad> = {};
  for (const [service, { rssMb, cpuSeconds }] of after) {
    const began = before.get(service)!;
    services[service] = {
      cpuUs: ((cpuSeconds - began.cpuSeconds) * 1e6) / samples,
      rssMb: [began.rssMb, middle.get(service)!.rssMb, Math.max(rssMb, stored.get(service)!.rssMb)],
    };
  }
  const floorUs = await consumeOnly(run.log, run.codec);
  return {
    cores: availableParallelism(),
    samples,
    seconds,
    storedSeconds,
    perSecond: samples / storedSeconds,
    services,
    floorUs,
    monitorOverFloor: services.monitor!.cpuUs / floorUs,
  };
}

interface Prepared {
  readonly lane: string;
  readonly value: Buffer;
}

/** Encoded once; the event time is written into the bytes when a sample is sent: it takes six bytes for centuries. */
function prepare(codec: Codec, samples: number): Prepared[] {
  const maker = new LoadSamples(LOAD_SHAPE, new Random("bench/end-to-end"), "load");
  const nowMs = Date.now();
  return Array.from({ length: samples }, (_, i) => {
    const sample = { ...maker.next(nowMs), id: `load-${String(i).padStart(ID_CHARS - 5, "0")}` };
    return { lane: sample.lane, value: Buffer.from(codec.encode("samples", sample)) };
  });
}

/** Avro's zigzag varint of a time in ms. */
function writeTime(value: Buffer, timeMs: number): void {
  let rest = timeMs * 2;
  for (let at = TIME_START; ; at += 1) {
    const group = rest % 128;
    rest = Math.floor(rest / 128);
    value[at] = rest > 0 ? group | 0x80 : group;
    if (rest === 0) return;
  }
}

async function produce(
  run: EmbeddedRun,
  prepared: readonly Prepared[],
  rate: number,
  startMs: number,
  measure: () => Promise<Figures>,
): Promise<Figures> {
  const writer = await run.log.writer();
  const topic = new TopicNames(PREFIX).full("samples");
  let middle: Figures | null = null;
  for (let from = 0; from < prepared.length; from += BATCH_RECORDS) {
    const dueMs = rate === 0 ? 0 : startMs + (from / rate) * 1_000;
    const early = dueMs - performance.now();
    if (early > 1) await delay(early);
    const nowMs = Date.now();
    const batch = prepared.slice(from, from + BATCH_RECORDS).map(({ lane, value }): OutgoingRecord => {
      writeTime(value, nowMs);
      return { topic, partition: null, key: lane, value };
    });
    await writer.write(batch);
    if (middle === null && from >= prepared.length / 2) middle = await measure();
  }
  await writer.close();
  return middle ?? (await measure());
}

type Figures = ReadonlyMap<string, { readonly rssMb: number; readonly cpuSeconds: number }>;

async function figures(run: EmbeddedRun, others: Others): Promise<Figures> {
  const all = new Map<string, { rssMb: number; cpuSeconds: number }>();
  const services = RUN_SERVICES.map((service) => [service, run.pid(service)] as const);
  for (const [service, pid] of [...services, ...Object.entries(others)]) {
    if (pid === null) throw new Error(`${service} is down`);
    const { rssBytes, cpuSeconds } = await processFigures(pid);
    all.set(service, { rssMb: Math.round(rssBytes / 1_048_576), cpuSeconds });
  }
  return all;
}

async function until(run: EmbeddedRun, samples: number, statement: string): Promise<void> {
  const deadlineMs = performance.now() + DRAINED_WITHIN_MS_MAX;
  for (;;) {
    const response = await fetch(`${run.sqlUrl}/?default_format=TSV`, { method: "POST", body: statement });
    const text = (await response.text()).trim();
    if (!response.ok) throw new Error(text);
    if (Number(text) > samples) throw new Error(`${text} of ${samples} samples: ${statement}`);
    if (Number(text) === samples) return;
    if (performance.now() > deadlineMs) throw new Error(`only ${text} of ${samples} samples: ${statement}`);
    await delay(200);
  }
}

/** CPU microseconds a sample of a process that consumes what the monitor consumes, and tokenises it. */
async function consumeOnly(log: Log, codec: Codec): Promise<number> {
  const topic = new TopicNames(PREFIX).full("admitted");
  const decode = createRecordDecoder(codec, PREFIX);
  const tokeniser = new Tokeniser();
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await log.watermarks(partitions);
  const reader = await log.reader();
  await reader.assign(partitions.map((at) => ({ ...at, offset: 0 })));
  const { user, system } = process.cpuUsage();
  let read = 0;
  for (;;) {
    for (const record of await reader.poll(POLL_RECORDS_MAX, 100)) {
      const input = decode(record);
      if (input.kind !== "judged") continue;
      const { bytes, start, end } = input.sample.output;
      tokeniser.read(bytes, start, end);
      read += 1;
    }
    const done = reader
      .positions()
      .every(({ partition, offset }) => offset >= ends.find((end) => end.partition === partition)!.high);
    if (done) break;
  }
  const used = process.cpuUsage({ user, system });
  await reader.close();
  return (used.user + used.system) / read;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [seconds = 60, rate = 0] = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(await benchEndToEnd({ seconds, rate }), null, 2)}\n`);
}
