/** A few seconds of each service's work, for the profiler: made first, so that making it is not in the profile. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { LineSplitter } from "../../services/cli/lines/line-splitter.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../../services/cli/lines/text-line.ts";
import { TextScan } from "../../services/cli/scan/text-scan.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { GatekeeperPartition } from "../../services/core/gatekeeper/gatekeeper.ts";
import { Governor } from "../../services/core/governor/governor.ts";
import type { WindowInput } from "../../services/core/input.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { WindowRecord } from "../../services/core/records.ts";
import { NO_WATERMARK } from "../../services/core/time.ts";
import { CHAIN_START, HashChain } from "../../services/runtime/decision-chain.ts";
import { recordsOf } from "../../services/runtime/perform.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { LOAD_SHAPE, LoadSamples } from "../support/load-samples.ts";
import { testPolicy } from "../support/policy.ts";
import { productRules } from "../support/real-records.ts";
import { RECORDS } from "../support/wire-records.ts";
import { sampleBatches } from "./gatekeeper.ts";
import { benchReference, makeStream, runMonitor } from "./monitor.ts";

export interface Workload {
  run(): Promise<void>;
  close?(): Promise<void>;
}

const PREFIX = "bench.";
const names = new TopicNames(PREFIX);
const codec = createCodec();
const decode = createRecordDecoder(codec, PREFIX);
const catalogue = new Catalogue(METRICS);

/** By the name of the service; each call makes its input anew. */
export const WORKLOADS: Readonly<Record<string, () => Promise<Workload>>> = {
  gatekeeper: async () => {
    const batches = sampleBatches(LOAD_SHAPE, 50_000, names.full("samples"));
    const policies = new Policies(testPolicy());
    return repeated(6, () => {
      const core = new GatekeeperPartition(
        { partition: 0, policies },
        { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
      );
      for (const batch of batches) recordsOf(core.absorb(batch.map(decode)), names, codec);
    });
  },
  monitor: async () => {
    const reference = benchReference();
    const stream = makeStream(LOAD_SHAPE, 3, 30_000);
    return repeated(3, () => {
      runMonitor(stream, reference, decode);
    });
  },
  governor: async () => {
    const policies = new Policies(testPolicy());
    const config = { catalogue, policies, rules: productRules(), rulesVersion: "bench" };
    return repeated(40, () => {
      const governor = new Governor(config, null);
      const chain = new HashChain(CHAIN_START);
      for (let window = 0; window < 20; window += 1) {
        recordsOf(
          governor.absorb(decisionWindows(window, 100), { ranges: [], revisions: {} }),
          names,
          codec,
          chain,
        );
      }
    });
  },
  recorder: recorderWorkload,
  scan: async () => {
    const samples = new LoadSamples(LOAD_SHAPE, new Random("bench/scan"), "scan");
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      JSON.stringify({ id: `s${i}`, text: samples.text() }),
    );
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    const reference = benchReference();
    const policy = { ...testPolicy().defaults, lane: "scan" };
    const rules = { rules: productRules(), rulesVersion: "bench", policyVersion: "bench" };
    return repeated(3, () => {
      const scan = new TextScan(catalogue, policy);
      for (const line of new LineSplitter().push(bytes)) {
        const parsed = parseTextLine(line, DEFAULT_FIELDS);
        if (parsed.ok) scan.add(parsed.value, line.number);
      }
      scan.finish(reference, rules);
    });
  },
};

function repeated(times: number, work: () => void): Workload {
  return {
    run() {
      for (let i = 0; i < times; i += 1) work();
      return Promise.resolve();
    },
  };
}

/** One decision window of each lane, whose values change from window to window, so that the ladder is climbed. */
function decisionWindows(window: number, lanes: number): WindowInput[] {
  const startMs = window * 60_000;
  return Array.from({ length: lanes }, (_, lane): WindowInput => {
    const template = RECORDS.windows as WindowRecord;
    const results = catalogue.metrics.map((metric) => ({
      ...template.results[0]!,
      metric: metric.id,
      value: ((window + lane) % 5) / 5,
      z: -((window + lane) % 7),
    }));
    const record = { ...template, lane: `lane-${lane}`, startMs, endMs: startMs + 60_000, results };
    const at = { topic: "windows", partition: 0, offset: window * lanes + lane, appendMs: startMs + 61_000 };
    return { kind: "window", at, window: record };
  });
}

/** The recorder with the embedded engine in a directory of its own, which goes with it. */
async function recorderWorkload(): Promise<Workload> {
  const { makeBatches, openBenchRecorder } = await import("./recorder.ts");
  const directory = mkdtempSync(join(tmpdir(), "plumbline-profile-recorder-"));
  const { recorder, store } = await openBenchRecorder(directory);
  const batches = makeBatches(Date.now());
  return {
    async run() {
      for (const batch of batches) await recorder.record(batch);
    },
    async close() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
