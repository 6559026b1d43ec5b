/**
 * What one judged sample costs the monitor: decode and absorb as the service does them, beside the floor in the same
 * process, which decodes and tokenises. Figures are CPU microseconds, the least of some rounds; consumption is not in them
 * (end-to-end.ts measures it).
 *
 * Two parts are kept apart: the *record path*, which must not depend on how many lanes and buckets there are, and the *close*
 * of panes and windows, whose cost is a lane's. Run it by `npx tsx --expose-gc test/bench/monitor.ts`.
 */
import { pathToFileURL } from "node:url";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder, type RecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { Input } from "../../services/core/input.ts";
import { MONITOR_TOPICS } from "../../services/core/monitor/feeds.ts";
import { MonitorPartition } from "../../services/core/monitor/monitor.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import { TICK_HEADER } from "../../services/core/record-headers.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";
import { recordsOf } from "../../services/runtime/perform.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { forwardedHeaders } from "../support/forwarded-headers.ts";
import { LOAD_SHAPE, LoadSamples, type LoadShape } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";

const PREFIX = "bench.";
const START_MS = 1_750_000_000_000 - (1_750_000_000_000 % 60_000);
const PANE_MS = 60_000;
const BATCH_RECORDS = 1_000;
const ROUNDS = 5;

export interface MonitorCost {
  /** CPU µs a record: decode and absorb, without what opens and closes panes. */
  readonly recordUs: number;
  /** CPU µs a record, opening, closes and the encoding of what they publish included. */
  readonly fullUs: number;
  /** CPU ms of one lane's first samples in a pane, over what as many others cost. */
  readonly openMsPerLane: number;
  /** CPU ms of one lane's pane close, with the windows that end with it. */
  readonly closeMsPerLane: number;
}

export interface MonitorBench {
  /** Decode and tokenise, µs a sample. */
  readonly floorUs: number;
  readonly full: MonitorCost;
  readonly fullOverFloor: number;
  /** Record path by number of lanes, and over the one of a single lane. */
  readonly byLanes: Record<string, MonitorCost & { readonly ratio: number }>;
  readonly byBuckets: Record<string, MonitorCost & { readonly ratio: number }>;
  /** All kinds of topics mixed: µs a record. */
  readonly mixed: MonitorCost;
  /** Heap bytes allocated a sample; null without `--expose-gc`. */
  readonly heapBytesPerSample: number | null;
}

/** Records in batches; after each pane's come the ticks that close it, as a batch of their own. */
interface Stream {
  readonly panes: readonly {
    readonly records: readonly LogRecord[][];
    readonly ticks: readonly LogRecord[];
  }[];
  readonly records: number;
  readonly lanes: number;
}

const codec = createCodec();
const names = new TopicNames(PREFIX);
const catalogue = new Catalogue(METRICS);

class StreamMaker {
  readonly #offsets = new Map<TopicName, number>();
  readonly #samples: LoadSamples;
  readonly #random: Random;
  readonly #mixed: boolean;
  #made = 0;

  constructor(shape: LoadShape, mixed: boolean) {
    this.#random = new Random("bench/monitor");
    this.#samples = new LoadSamples(shape, this.#random, "bench");
    this.#mixed = mixed;
  }

  record(eventMs: number): LogRecord {
    const kind = this.#mixed ? this.#random.below(20) : 0;
    this.#made += 1;
    const head = {
      id: `x-${this.#made}-77aa`,
      eventTime: eventMs,
      lane: this.#samples.laneName(this.#made),
      bucket: `topic-${this.#made % 20}`,
    };
    const model = { modelId: "served", modelVersion: "7" };
    if (kind < 12)
      return this.#of("admitted", eventMs, this.#samples.encoded(codec, eventMs), forwardedHeaders([]));
    if (kind < 14) {
      const value = this.#samples.encoded(codec, eventMs);
      return this.#of("quarantined", eventMs, value, forwardedHeaders(["provenance_missing"]));
    }
    if (kind < 17) {
      const response = this.#samples.text();
      return this.#of("interactions", eventMs, codec.encode("interactions", { ...head, ...model, response }));
    }
    if (kind < 19) {
      const joined = { interactionId: "i", interactionTime: eventMs - 60_000, resolved: this.#made % 3 > 0 };
      return this.#of("outcomes", eventMs, codec.encode("outcomes", { ...head, ...model, ...joined }));
    }
    const result = { runId: "run", suite: "main", successes: 3, trials: 4 } as const;
    return this.#of("evaluations", eventMs, codec.encode("evaluations", { ...head, ...model, ...result }));
  }

  ticks(watermarkMs: number): LogRecord[] {
    return MONITOR_TOPICS.map((topic) =>
      this.#of(topic, watermarkMs, null, { [TICK_HEADER]: String(watermarkMs) }),
    );
  }

  #of(
    topic: TopicName,
    appendMs: number,
    value: Uint8Array | null,
    headers: Readonly<Record<string, string>> = {},
  ): LogRecord {
    const offset = this.#offsets.get(topic) ?? 0;
    this.#offsets.set(topic, offset + 1);
    return {
      topic: names.full(topic),
      partition: 0,
      offset,
      appendMs: appendMs + 5,
      key: null,
      value,
      headers,
    };
  }
}

export function makeStream(shape: LoadShape, panes: number, samplesPerPane: number, mixed = false): Stream {
  const maker = new StreamMaker(shape, mixed);
  const made = Array.from({ length: panes }, (_, pane) => {
    const startMs = START_MS + pane * PANE_MS;
    const records: LogRecord[][] = [];
    for (let i = 0; i < samplesPerPane; i += 1) {
      if (i % BATCH_RECORDS === 0) records.push([]);
      records.at(-1)!.push(maker.record(startMs + Math.floor((i * PANE_MS) / samplesPerPane)));
    }
    return { records, ticks: maker.ticks(startMs + PANE_MS + 30_000) };
  });
  return { panes: made, records: panes * samplesPerPane, lanes: shape.lanes };
}

export function benchReference(): Reference {
  const random = new Random("bench/reference");
  const samples = new LoadSamples({ ...LOAD_SHAPE, copyEvery: 1_000 }, random, "reference");
  const texts = Array.from({ length: 5_000 }, (_, i) => ({
    id: `r${i}`,
    text: samples.text(),
    bucket: `topic-${i % 20}`,
  }));
  return buildReference({ lane: "bench", texts, seed: 1, nullDraws: 20, metrics: METRICS });
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Samples of each lane that open its pane: cells, tables and samples are made with them. */
const OPENING_SAMPLES = 16;

export interface Spent {
  /** CPU µs of the samples that open panes, of all others, and of the closes. */
  readonly opening: number;
  readonly record: number;
  readonly close: number;
  /** Records counted in `record`. */
  readonly records: number;
}

/** One pass over a stream through a new partition. */
export function runMonitor(stream: Stream, reference: Reference, decode: RecordDecoder): Spent {
  const policies = new Policies(
    testPolicy({ paneMs: PANE_MS, latenessMs: 30_000, lanesMax: 2_000, windows: ["5m", "1h"] }),
  );
  const config = { partition: 0, catalogue, policies, rules: [], referenceOf: () => reference };
  const core = new MonitorPartition(config, null);
  const openingBatches = Math.ceil((stream.lanes * OPENING_SAMPLES) / BATCH_RECORDS);
  let opening = 0;
  let record = 0;
  let close = 0;
  let records = 0;
  for (const pane of stream.panes) {
    const begun = cpuUs();
    for (const batch of pane.records.slice(0, openingBatches)) core.absorb(decoded(batch, decode));
    const opened = cpuUs();
    for (const batch of pane.records.slice(openingBatches)) {
      core.absorb(decoded(batch, decode));
      records += batch.length;
    }
    const between = cpuUs();
    const effects = core.absorb(decoded(pane.ticks, decode));
    recordsOf(effects, names, codec);
    opening += opened - begun;
    record += between - opened;
    close += cpuUs() - between;
    if (effects.length === 0) throw new Error("the ticks closed no pane");
  }
  return { opening, record, close, records };
}

function decoded(batch: readonly LogRecord[], decode: RecordDecoder): Input[] {
  const inputs: Input[] = [];
  for (const record of batch) inputs.push(decode(record));
  return inputs;
}

export function runFloor(stream: Stream, decode: RecordDecoder, tokeniser: Tokeniser): number {
  const before = cpuUs();
  for (const pane of stream.panes) {
    for (const batch of pane.records) {
      for (const input of decoded(batch, decode)) {
        if (input.kind !== "judged") continue;
        const { bytes, start, end } = input.sample.output;
        tokeniser.read(bytes, start, end);
      }
    }
  }
  return cpuUs() - before;
}

function cost(stream: Stream, reference: Reference, decode: RecordDecoder, rounds: number): MonitorCost {
  let opening = Number.POSITIVE_INFINITY;
  let record = Number.POSITIVE_INFINITY;
  let close = Number.POSITIVE_INFINITY;
  let records = 0;
  for (let round = 0; round < rounds; round += 1) {
    const spent = runMonitor(stream, reference, decode);
    opening = Math.min(opening, spent.opening);
    record = Math.min(record, spent.record);
    close = Math.min(close, spent.close);
    records = spent.records;
  }
  const lanePanes = stream.panes.length * stream.lanes;
  const recordUs = record / records;
  return {
    recordUs,
    fullUs: (opening + record + close) / stream.records,
    openMsPerLane: Math.max(0, opening - recordUs * (stream.records - records)) / 1_000 / lanePanes,
    closeMsPerLane: close / 1_000 / lanePanes,
  };
}

function withRatios(costs: Record<string, MonitorCost>): Record<string, MonitorCost & { ratio: number }> {
  const base = Object.values(costs)[0]!.recordUs;
  return Object.fromEntries(
    Object.entries(costs).map(([name, at]) => [name, { ...at, ratio: at.recordUs / base }]),
  );
}

/** Heap bytes a sample of the record path: growth of the heap over one pane's batches while no collection may shrink it. */
function heapBytes(stream: Stream, reference: Reference, decode: RecordDecoder): number | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  const policies = new Policies(testPolicy({ paneMs: PANE_MS, latenessMs: 30_000, lanesMax: 2_000 }));
  const config = { partition: 0, catalogue, policies, rules: [], referenceOf: () => reference };
  const core = new MonitorPartition(config, null);
  let allocated = 0;
  let records = 0;
  let counted = 0;
  for (const batch of stream.panes[0]!.records) {
    gc();
    const before = process.memoryUsage().heapUsed;
    core.absorb(decoded(batch, decode));
    const grown = process.memoryUsage().heapUsed - before;
    counted += 1;
    // The first batches fill the sample and grow tables; they are a pane's cost, not a sample's.
    if (counted <= 10 || grown < 0) continue;
    allocated += grown;
    records += batch.length;
  }
  return allocated / records;
}

export async function benchMonitor(rounds = ROUNDS): Promise<MonitorBench> {
  const decode = createRecordDecoder(codec, PREFIX);
  const reference = benchReference();
  const tokeniser = new Tokeniser();
  const usual = makeStream(LOAD_SHAPE, 2, 50_000);
  let floor = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) floor = Math.min(floor, runFloor(usual, decode, tokeniser));
  const full = cost(usual, reference, decode, rounds);
  const heapBytesPerSample = heapBytes(usual, reference, decode);
  const byLanes: Record<string, MonitorCost> = {};
  for (const lanes of [1, 10, 100, 1_000]) {
    byLanes[lanes] = cost(makeStream({ ...LOAD_SHAPE, lanes }, 1, 50_000), reference, decode, rounds);
  }
  const byBuckets: Record<string, MonitorCost> = {};
  for (const buckets of [1, 20, 200]) {
    byBuckets[buckets] = cost(makeStream({ ...LOAD_SHAPE, buckets }, 1, 50_000), reference, decode, rounds);
  }
  const mixed = cost(makeStream(LOAD_SHAPE, 1, 50_000, true), reference, decode, rounds);
  const floorUs = floor / usual.records;
  return {
    floorUs,
    full,
    fullOverFloor: full.fullUs / floorUs,
    byLanes: withRatios(byLanes),
    byBuckets: withRatios(byBuckets),
    mixed,
    heapBytesPerSample,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(await benchMonitor(), null, 2)}\n`);
}
