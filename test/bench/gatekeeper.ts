/**
 * What one sample costs the gatekeeper: decoded, judged and made a record to be written, as the service does it, beside its floor
 * in the same process, which decodes alone. Figures are CPU microseconds, the least of some rounds; Kafka's part is not in them
 * (gatekeeper-on-broker.ts measures it).
 *
 * Run it by `npx tsx --expose-gc test/bench/gatekeeper.ts`.
 */
import { pathToFileURL } from "node:url";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder, type RecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { observeEffects } from "../../services/adapters/prometheus/observe-effects.ts";
import { SeriesRegistry } from "../../services/adapters/prometheus/series-registry.ts";
import { GatekeeperPartition } from "../../services/core/gatekeeper/gatekeeper.ts";
import { type LanePolicy, Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { GateRecord } from "../../services/core/records.ts";
import { NO_WATERMARK } from "../../services/core/time.ts";
import type { LogRecord } from "../../services/ports.ts";
import { recordsOf } from "../../services/runtime/perform.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { LOAD_SHAPE, LoadSamples, type LoadShape } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";

const PREFIX = "bench.";
const START_MS = 1_750_000_000_000;
const SAMPLES = 30_000;
const BATCH_RECORDS = 1_000;
const ROUNDS = 5;

const codec = createCodec();
const names = new TopicNames(PREFIX);

/** CPU microseconds a sample; each step stands for the work up to and including it. */
export interface GatekeeperCost {
  readonly decodeUs: number;
  readonly judgedUs: number;
  readonly recordsUs: number;
  /** With the product series that are derived from the effects. */
  readonly observedUs: number;
}

export interface GatekeeperBench {
  /** Ten lanes, twenty buckets, one text in twenty a copy, no gates: the usual case. */
  readonly usual: GatekeeperCost;
  readonly usualPerSecond: number;
  readonly byLanes: Record<string, GatekeeperCost>;
  readonly byBuckets: Record<string, GatekeeperCost>;
  readonly duplicates: GatekeeperCost;
  readonly frozen: GatekeeperCost;
  readonly notEnforced: GatekeeperCost;
  /** Heap bytes allocated a sample by judging and by making records; null without `--expose-gc`. */
  readonly heapBytesPerSample: number | null;
}

interface Case {
  readonly shape?: Partial<LoadShape>;
  readonly policy?: Partial<LanePolicy>;
  readonly gates?: readonly GateRecord[];
  /** Of ten samples this many are sent twice, bytes and all. */
  readonly repeatedOfTen?: number;
}

export function sampleBatches(
  shape: LoadShape,
  count: number,
  topic: string,
  repeatedOfTen = 0,
): LogRecord[][] {
  const random = new Random("bench/gatekeeper");
  const samples = new LoadSamples(shape, random, "bench");
  const batches: LogRecord[][] = [];
  const key = Buffer.from(samples.laneName(0));
  let last: Buffer | null = null;
  for (let i = 0; i < count; i += 1) {
    if (i % BATCH_RECORDS === 0) batches.push([]);
    const eventMs = START_MS + i;
    const value: Buffer =
      last !== null && random.below(10) < repeatedOfTen ? last : samples.encoded(codec, eventMs);
    last = value;
    batches.at(-1)!.push({ topic, partition: 0, offset: i, appendMs: eventMs + 5, key, value, headers: {} });
  }
  return batches;
}

export function frozenGate(lane: string): GateRecord {
  return {
    subject: `lane:${lane}`,
    lane,
    state: "frozen",
    share: 0,
    sinceMs: START_MS,
    validUntilMs: START_MS + 86_400_000,
    revision: 7,
    rule: "",
    cause: "",
    decisionId: "d1",
    cleanWindows: 0,
  };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

type Step = keyof GatekeeperCost;

/** One pass over all batches; CPU µs. */
function pass(
  batches: readonly (readonly LogRecord[])[],
  policies: Policies,
  gates: readonly GateRecord[],
  decode: RecordDecoder,
  step: Step,
): number {
  const core = new GatekeeperPartition(
    { partition: 0, policies },
    { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
  );
  core.applyGates(gates);
  const registry = new SeriesRegistry({ processMetrics: false });
  const before = cpuUs();
  for (const batch of batches) {
    const inputs = [];
    for (const record of batch) inputs.push(decode(record));
    if (step === "decodeUs") continue;
    const effects = core.absorb(inputs);
    if (step === "judgedUs") continue;
    if (recordsOf(effects, names, codec).length < batch.length) throw new Error("a sample was lost");
    if (step === "observedUs") observeEffects(registry, effects);
  }
  return cpuUs() - before;
}

function cost(of: Case, decode: RecordDecoder, rounds: number): GatekeeperCost {
  const batches = sampleBatches(
    { ...LOAD_SHAPE, ...of.shape },
    SAMPLES,
    names.full("samples"),
    of.repeatedOfTen,
  );
  const policies = new Policies(testPolicy({}, of.policy));
  const least = (step: Step): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round += 1) {
      best = Math.min(best, pass(batches, policies, of.gates ?? [], decode, step));
    }
    return best / SAMPLES;
  };
  return {
    decodeUs: least("decodeUs"),
    judgedUs: least("judgedUs"),
    recordsUs: least("recordsUs"),
    observedUs: least("observedUs"),
  };
}

/** Growth of the heap over batches that were decoded before, while no collection may shrink it. */
function heapBytes(decode: RecordDecoder): number | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  const core = new GatekeeperPartition(
    { partition: 0, policies: new Policies(testPolicy()) },
    { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
  );
  let allocated = 0;
  let samples = 0;
  for (const [i, batch] of sampleBatches(LOAD_SHAPE, SAMPLES, names.full("samples")).entries()) {
    const inputs = batch.map(decode);
    gc();
    const before = process.memoryUsage().heapUsed;
    recordsOf(core.absorb(inputs), names, codec);
    const grown = process.memoryUsage().heapUsed - before;
    // The first batches compile and grow tables.
    if (i < 10 || grown < 0) continue;
    allocated += grown;
    samples += batch.length;
  }
  return allocated / samples;
}

export function benchGatekeeper(rounds = ROUNDS): GatekeeperBench {
  const decode = createRecordDecoder(codec, PREFIX);
  const usual = cost({}, decode, rounds);
  const heapBytesPerSample = heapBytes(decode);
  const byLanes: Record<string, GatekeeperCost> = {};
  for (const lanes of [1, 10, 1_000]) byLanes[lanes] = cost({ shape: { lanes } }, decode, rounds);
  const byBuckets: Record<string, GatekeeperCost> = {};
  for (const buckets of [1, 200]) byBuckets[buckets] = cost({ shape: { buckets } }, decode, rounds);
  const lanes = Array.from({ length: LOAD_SHAPE.lanes }, (_, i) => `load/lane-${i}`);
  return {
    usual,
    usualPerSecond: 1e6 / usual.observedUs,
    byLanes,
    byBuckets,
    duplicates: cost({ repeatedOfTen: 1 }, decode, rounds),
    frozen: cost({ gates: lanes.map(frozenGate) }, decode, rounds),
    notEnforced: cost({ gates: lanes.map(frozenGate), policy: { enforce: false } }, decode, rounds),
    heapBytesPerSample,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(benchGatekeeper(), null, 2)}\n`);
}
