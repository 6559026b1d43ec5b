/**
 * What one sample costs the gatekeeper's process on a real broker: consuming, judging, forwarding in transactions. CPU is that
 * of this process, the client's threads included; the broker is a process of its own. Run it by
 * `npx tsx test/bench/gatekeeper-on-broker.ts`.
 */
import { pathToFileURL } from "node:url";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { openClock } from "../../services/adapters/clock.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import { ensureTopics, warmCoordinators } from "../../services/adapters/kafka/topics-admin.ts";
import { observeEffects } from "../../services/adapters/prometheus/observe-effects.ts";
import { SeriesRegistry } from "../../services/adapters/prometheus/series-registry.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { Effect } from "../../services/core/effect.ts";
import { Policies } from "../../services/core/policy.ts";
import { FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { Log } from "../../services/ports.ts";
import { POLL_RECORDS_MAX } from "../../services/runtime/partition-loop.ts";
import type { ServiceDependencies } from "../../services/runtime/services/dependencies.ts";
import { runGatekeeper } from "../../services/runtime/services/gatekeeper.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { startTestBroker } from "../support/kafka-broker.ts";
import { LOAD_SHAPE } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";
import { quietLogger } from "../support/test-store.ts";
import { sampleBatches } from "./gatekeeper.ts";

const PREFIX = "bench.";
const SAMPLES = 200_000;
/** What is forwarded before the figures start: compiles the code and fills the client's queues. */
const WARM_SAMPLES = 40_000;

interface Forwarded {
  /** CPU microseconds of the service's process a sample. */
  readonly cpuUs: number;
  /** Of them in user space. */
  readonly userUs: number;
  /** Samples a second that one core would carry. */
  readonly perCoreSecond: number;
  /** Samples a second by the wall clock, with the broker on the same machine. */
  readonly wallPerSecond: number;
  readonly samplesPerTransaction: number;
}

export interface GatekeeperOnBrokerBench extends Forwarded {
  /** The floor: the same records consumed and written again with one header, in transactions as large, and nothing judged. */
  readonly passedCpuUs: number;
  readonly overPassed: number;
}

interface Mark {
  readonly samples: number;
  readonly transactions: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly wallMs: number;
}

function dependencies(
  log: Log,
  instance: string,
  signal: AbortSignal,
  observe: (effects: readonly Effect[]) => void,
) {
  const codec = createCodec();
  const registry = new SeriesRegistry({ processMetrics: false });
  return {
    log,
    codec,
    names: new TopicNames(PREFIX),
    catalogue: new Catalogue(METRICS),
    published: {
      policies: new Policies(testPolicy()),
      rules: [],
      rulesVersion: "bench",
      referenceOf: () => null,
    },
    clock: openClock(),
    logger: quietLogger,
    gauges: registry,
    decode: createRecordDecoder(codec, PREFIX),
    observe: (effects) => {
      observeEffects(registry, effects);
      observe(effects);
    },
    instance,
    signal,
  } satisfies ServiceDependencies;
}

export async function benchGatekeeperOnBroker(samples = SAMPLES): Promise<GatekeeperOnBrokerBench> {
  const running = await startTestBroker();
  try {
    const connection = { brokers: [running.broker.bootstrap] };
    await ensureTopics({ connection, prefix: PREFIX, partitions: 1 });
    await warmCoordinators(connection);
    const log = await openRdkafkaLog(connection, running.logger);
    try {
      const names = new TopicNames(PREFIX);
      const writer = await log.writer();
      for (const batch of sampleBatches(LOAD_SHAPE, samples, names.full("samples"))) {
        await writer.write(
          batch.map(({ topic, partition, value }) => ({ topic, partition, key: "load/lane", value })),
        );
      }
      await writer.close();
      const passedCpuUs = await passAll(log, samples);
      const judged = await forwardAll(log, samples);
      return { ...judged, passedCpuUs, overPassed: judged.cpuUs / passedCpuUs };
    } finally {
      await log.close();
    }
  } finally {
    await running.close();
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU microseconds a sample of the Kafka client alone. */
async function passAll(log: Log, samples: number): Promise<number> {
  const names = new TopicNames(PREFIX);
  const topic = names.full("samples");
  const reader = await log.groupReader({ group: "floor", instance: "floor", topics: [topic] });
  const writer = await log.transactionalWriter("floor");
  let passed = 0;
  let warm = { passed: 0, cpu: 0 };
  while (passed < samples) {
    const polled = await reader.poll(POLL_RECORDS_MAX, 100);
    if (polled.kind === "assigned") await reader.resume([{ topic, partition: 0, offset: 0 }]);
    if (polled.kind !== "records" || polled.records.length === 0) continue;
    const { records } = polled;
    await writer.transact(
      records.map(({ value, offset }) => ({
        topic: names.full("rejected"),
        partition: 0,
        key: "load/lane",
        value,
        headers: { [FORWARD_HEADER]: `${offset} 0 1 ` },
      })),
      [{ topic, partition: 0, offset: records.at(-1)!.offset + 1 }],
      reader,
    );
    passed += records.length;
    if (warm.cpu === 0 && passed >= Math.min(WARM_SAMPLES, samples / 2)) warm = { passed, cpu: cpuUs() };
  }
  const spent = cpuUs() - warm.cpu;
  await Promise.all([reader.close(), writer.close()]);
  return spent / (passed - warm.passed);
}

async function forwardAll(log: Log, samples: number): Promise<Forwarded> {
  const stop = new AbortController();
  let judged = 0;
  let transactions = 0;
  let start: Mark | null = null;
  let end: Mark | null = null;
  const mark = (): Mark => ({
    samples: judged,
    transactions,
    cpu: process.cpuUsage(),
    wallMs: performance.now(),
  });
  const deps = dependencies(log, "bench", stop.signal, (effects) => {
    transactions += 1;
    for (const effect of effects) {
      if (effect.type === "count" && effect.name === "samples_judged") judged += effect.by;
    }
    if (start === null && judged >= Math.min(WARM_SAMPLES, samples / 2)) start = mark();
    if (end === null && judged >= samples) {
      end = mark();
      stop.abort();
    }
  });
  await runGatekeeper(deps);
  if (start === null || end === null) throw new Error("the gatekeeper ended before all samples were judged");
  const from: Mark = start;
  const to: Mark = end;
  const count = to.samples - from.samples;
  const userUs = (to.cpu.user - from.cpu.user) / count;
  const cpuUs = userUs + (to.cpu.system - from.cpu.system) / count;
  return {
    cpuUs,
    userUs,
    perCoreSecond: 1e6 / cpuUs,
    wallPerSecond: (count * 1_000) / (to.wallMs - from.wallMs),
    samplesPerTransaction: count / (to.transactions - from.transactions),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(await benchGatekeeperOnBroker(), null, 2)}\n`);
}
