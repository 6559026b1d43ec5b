/** The named benchmarks: each returns its figures round by round. */
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { GatekeeperPartition } from "../../services/core/gatekeeper/gatekeeper.ts";
import { rankOfId } from "../../services/core/hash.ts";
import { MonitorPartition } from "../../services/core/monitor/monitor.ts";
import { judge } from "../../services/core/null.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { Reference } from "../../services/core/reference.ts";
import { TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { NO_WATERMARK } from "../../services/core/time.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import { encodeUtf8 } from "../../services/core/utf8.ts";
import type { LogRecord } from "../../services/ports.ts";
import { recordsOf } from "../../services/runtime/perform.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { LOAD_SHAPE } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";
import { cookbookRounds, cookbookTitle } from "./cookbook.ts";
import { heapBytesPerRecord, tableOperations } from "./counting.ts";
import type { Measured } from "./figure.ts";
import { sampleBatches } from "./gatekeeper.ts";
import { benchReference, makeStream, runFloor, runMonitor } from "./monitor.ts";
import { textPathPasses } from "./text-path.ts";
import { scaled, timedRounds } from "./timing.ts";

export interface Bench {
  readonly name: string;
  readonly title: string;
  /** Runs only where it is named: it needs what not every machine has, or minutes. */
  readonly onlyNamed: boolean;
  run(): Promise<readonly Measured[]>;
}

const PREFIX = "bench.";
const names = new TopicNames(PREFIX);
const catalogue = new Catalogue(METRICS);
const codec = createCodec();
const decode = createRecordDecoder(codec, PREFIX);

function timed(
  name: string,
  unit: string,
  rounds: readonly number[],
  floor: readonly number[] | null,
): Measured {
  return { name, unit, better: "lower", kind: "timed", rounds, floor };
}

function counted(name: string, unit: string, value: number): Measured {
  return { name, unit, better: "lower", kind: "counted", rounds: [value], floor: null };
}

export const BENCHES: readonly Bench[] = [
  { name: "text-path", title: "text path, over tokenising alone", onlyNamed: false, run: benchTextPath },
  {
    name: "metrics",
    title: "sample metrics at close of 500 texts, over tokenising them",
    onlyNamed: false,
    run: benchMetrics,
  },
  {
    name: "gatekeeper",
    title: "gatekeeper without Kafka, over decoding alone",
    onlyNamed: false,
    run: benchGatekeeper,
  },
  {
    name: "monitor",
    title: "monitor without Kafka, over decoding and tokenising",
    onlyNamed: false,
    run: benchMonitor,
  },
  { name: "recorder", title: "recorder into the embedded engine", onlyNamed: false, run: benchRecorder },
  { name: "scan", title: "plumbline scan of a million texts", onlyNamed: false, run: benchScan },
  {
    name: "end-to-end",
    title: "broker to ClickHouse for a minute, all services as processes (needs Java)",
    onlyNamed: true,
    run: benchEndToEnd,
  },
  { name: "cookbook", title: cookbookTitle(), onlyNamed: true, run: benchCookbook },
];

async function benchTextPath(): Promise<readonly Measured[]> {
  const { passes, texts } = textPathPasses();
  const rounds = timedRounds(7, passes);
  const floor = scaled(rounds.tokenise, 1 / texts);
  return Object.entries(rounds).map(([step, spent]) =>
    timed(step, "µs a text", scaled(spent, 1 / texts), step === "tokenise" ? null : floor),
  );
}

async function benchMetrics(): Promise<readonly Measured[]> {
  const reference = benchReference();
  const synthetic = new SyntheticTexts(new Random("bench/metrics"));
  const analyser = new TextAnalyser();
  const tokeniser = new Tokeniser();
  const builder = new TextSampleBuilder();
  const texts = Array.from({ length: 500 }, () => synthetic.text(LOAD_SHAPE.characters));
  texts.forEach((text, i) => {
    builder.offer(rankOfId(`t${i}`), `t${i}`, "", "", analyser.analyseString(text));
  });
  const sample = builder.toSample();
  const encoded = texts.map(encodeUtf8);
  const works: Record<string, () => void> = {
    tokenise: () => {
      for (const text of encoded) tokeniser.read(text, 0, text.length);
    },
  };
  for (const metric of METRICS) {
    if (metric.kind !== "sample") continue;
    works[metric.id] = () => {
      judge(metric, { texts: [...sample.texts] }, reference, sample);
    };
  }
  const { tokenise, ...rounds } = timedRounds(20, works);
  return Object.entries(rounds).map(([id, spent]) =>
    timed(id, "ms a window", scaled(spent, 1e-3), scaled(tokenise!, 1e-3)),
  );
}

function newGatekeeper(): GatekeeperPartition {
  return new GatekeeperPartition(
    { partition: 0, policies: new Policies(testPolicy()) },
    { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
  );
}

async function benchGatekeeper(): Promise<readonly Measured[]> {
  const samples = 30_000;
  const batches = sampleBatches(LOAD_SHAPE, samples, names.full("samples"));
  const decodeAll = (batch: readonly LogRecord[]) => batch.map(decode);
  const rounds = timedRounds(7, {
    decode: () => {
      for (const batch of batches) decodeAll(batch);
    },
    judged: () => {
      const core = newGatekeeper();
      for (const batch of batches) core.absorb(decodeAll(batch));
    },
    forwarded: () => {
      const core = newGatekeeper();
      for (const batch of batches) recordsOf(core.absorb(decodeAll(batch)), names, codec);
    },
  });
  const core = newGatekeeper();
  const bytes = heapBytesPerRecord(batches, (batch) => {
    recordsOf(core.absorb(decodeAll(batch)), names, codec);
  });
  const operations = tableOperations(() => {
    const other = newGatekeeper();
    for (const batch of batches) other.absorb(decodeAll(batch));
  });
  const floor = scaled(rounds.decode, 1 / samples);
  return [
    timed("decode", "µs a sample", floor, null),
    timed("judged", "µs a sample", scaled(rounds.judged, 1 / samples), floor),
    timed("forwarded", "µs a sample", scaled(rounds.forwarded, 1 / samples), floor),
    { ...counted("heap", "bytes a sample", bytes), kind: "allocated" },
    counted("table operations", "a sample", operations / samples),
  ];
}

function newMonitor(reference: Reference): MonitorPartition {
  const policies = new Policies(testPolicy({ paneMs: 60_000, latenessMs: 30_000, lanesMax: 2_000 }));
  const config = { partition: 0, catalogue, policies, rules: [], referenceOf: () => reference };
  return new MonitorPartition(config, null);
}

async function benchMonitor(): Promise<readonly Measured[]> {
  const reference = benchReference();
  const stream = makeStream(LOAD_SHAPE, 2, 30_000);
  const tokeniser = new Tokeniser();
  const closes: number[] = [];
  const rounds = timedRounds(5, {
    floor: () => {
      runFloor(stream, decode, tokeniser);
    },
    full: () => {
      closes.push(runMonitor(stream, reference, decode).close);
    },
  });
  // The first pass is the one that warms up.
  const closeUs = closes.slice(1);
  const records = rounds.full.map((spent, i) => (spent - closeUs[i]!) / stream.records);
  const floor = scaled(rounds.floor, 1 / stream.records);
  const core = newMonitor(reference);
  const batches = stream.panes.flatMap((pane) => pane.records);
  const bytes = heapBytesPerRecord(batches, (batch) => {
    core.absorb(batch.map(decode));
  });
  const counting = newMonitor(reference);
  const operations = tableOperations(() => {
    for (const batch of batches) counting.absorb(batch.map(decode));
  });
  return [
    timed("decode and tokenise", "µs a sample", floor, null),
    timed("record path", "µs a sample", records, floor),
    timed("closes included", "µs a sample", scaled(rounds.full, 1 / stream.records), floor),
    timed("close", "ms a lane", scaled(closeUs, 1e-3 / stream.panes.length / stream.lanes), null),
    { ...counted("heap", "bytes a sample", bytes), kind: "allocated" },
    counted("table operations", "a sample", operations / stream.records),
  ];
}

async function benchRecorder(): Promise<readonly Measured[]> {
  const { benchRecorder: once } = await import("./recorder.ts");
  const runs = [await once(), await once(), await once()];
  const making = runs.map((run) => run.steps["making what is inserted"]!);
  return [
    timed("making what is inserted", "µs a sample", making, null),
    timed(
      "all, engine and merges",
      "µs a row",
      runs.map((run) => run.cpuMicrosPerRow),
      null,
    ),
  ];
}

async function benchScan(): Promise<readonly Measured[]> {
  const { benchScan: run } = await import("./scan.ts");
  const { cpuUsPerText, floorUsPerText, rssMaxMb, wallSeconds } = await run();
  return [
    timed("cpu", "µs a text", [cpuUsPerText], [floorUsPerText]),
    timed("wall, a million texts", "s", [wallSeconds], null),
    { ...timed("resident memory at most", "MB", [rssMaxMb], null), kind: "timed" },
  ];
}

async function benchEndToEnd(): Promise<readonly Measured[]> {
  const { benchEndToEnd: run } = await import("./end-to-end.ts");
  const { perSecond, services, floorUs } = await run({ seconds: 60, rate: 0 });
  return [
    { ...timed("stored", "samples a second", [perSecond], null), better: "higher" },
    ...Object.entries(services).map(([service, { cpuUs }]) =>
      timed(service, "µs a sample", [cpuUs], service === "monitor" ? [floorUs] : null),
    ),
  ];
}

async function benchCookbook(): Promise<readonly Measured[]> {
  return [...(await cookbookRounds())].map(([question, rounds]) =>
    timed(question, "ms of CPU", rounds, null),
  );
}
