import { expect, it } from "vitest";
import type { Effect } from "../../../services/core/effect.ts";
import type { GroupReader, Log, LogRecord, Polled, TransactionalWriter } from "../../../services/ports.ts";
import {
  type PartitionLoopOptions,
  type PartitionWorker,
  runPartitionLoop,
} from "../../../services/runtime/partition-loop.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";
import { noGauges, quietLogger } from "../../support/test-store.ts";

const RECORD: LogRecord = {
  topic: "samples.v1",
  partition: 0,
  offset: 0,
  appendMs: 1_000,
  key: null,
  value: null,
  headers: {},
};

/** Runs the loop over what its reader polls, one second each, and ends it after that. `heard` is told of each. */
async function runOver(
  news: readonly Polled[],
  worker: PartitionWorker,
  heard: (kind: string) => void,
  more: Partial<PartitionLoopOptions>,
  pause: GroupReader["pause"] = () => {},
): Promise<void> {
  const stop = new AbortController();
  let at = 0;
  const reader: GroupReader = {
    async poll() {
      const next = news[at];
      at += 1;
      heard(next?.kind ?? "end");
      if (next === undefined) stop.abort();
      return next ?? { kind: "records", records: [] };
    },
    resume: async () => {},
    pause,
    committed: async () => [],
    positions: () => [],
    close: async () => {},
  };
  await runPartitionLoop({
    name: "gatekeeper",
    log: {} as Log,
    reader,
    writer: {} as TransactionalWriter,
    names: new TopicNames(""),
    clock: { nowMs: () => at * 1_000, sleep: async () => {} },
    logger: quietLogger,
    gauges: noGauges,
    signal: stop.signal,
    decode: () => ({ kind: "sample" }) as never,
    encode: () => [],
    observe: () => {},
    restore: async () => worker,
    idle: null,
    ...more,
  });
}

it("lets go of partitions that were taken away, and says nothing more of how far they were read", async () => {
  const told: string[] = [];
  const tell = (what: string): void => {
    told.push(what);
  };
  const worker: PartitionWorker = { absorb: () => [], offsets: () => [], beat: () => [] };
  await runOver(
    [
      { kind: "assigned", partitions: [0] },
      { kind: "records", records: [RECORD] },
      { kind: "revoked", partitions: [0] },
    ],
    worker,
    tell,
    {
      gauges: { set: tell, count: () => {}, drop: ({ partition }) => tell(`dropped ${partition}`) },
      restore: async () => {
        tell("restored");
        return worker;
      },
      released: () => tell("released"),
    },
  );
  expect(told).toEqual([
    "assigned",
    "released",
    "restored",
    "records",
    "read_timestamp",
    "revoked",
    "dropped 0",
    "released",
    "end",
  ]);
});

it("commits everything that one batch asks for, however much it is", async () => {
  const asked = new Array<Effect>(300_000).fill({ type: "gauge", name: "lanes", labels: {}, value: 1 });
  let committed = 0;
  await runOver(
    [
      { kind: "assigned", partitions: [0] },
      { kind: "records", records: [RECORD] },
    ],
    { absorb: () => asked, offsets: () => [], beat: () => [] },
    () => {},
    {
      writer: { transact: async () => {}, close: async () => {} },
      observe: (effects) => {
        committed += effects.length;
      },
    },
  );
  expect(committed).toBe(asked.length);
});

it("gives what a life before left undone before it polls again, a transaction each, and holds topics back until told otherwise", async () => {
  const told: string[] = [];
  let steps = 2;
  let held: readonly ["samples"] | readonly [] = ["samples"];
  const worker: PartitionWorker = {
    absorb(inputs) {
      steps -= inputs.length === 0 ? 1 : 0;
      return [{ type: "gauge", name: "lanes", labels: {}, value: steps }];
    },
    offsets: () => [],
    beat: () => [],
    hasMore: () => steps > 0,
    heldTopics: () => held,
  };
  await runOver(
    [
      { kind: "assigned", partitions: [0] },
      { kind: "records", records: [RECORD] },
      { kind: "records", records: [RECORD] },
    ],
    worker,
    (kind) => {
      if (told.filter((what) => what === "records").length === 1) held = [];
      told.push(kind);
    },
    {
      writer: { transact: async () => {}, close: async () => {} },
      observe: (effects) => told.push(`commit ${effects.length}`),
    },
    (partitions) => told.push(`pause ${partitions.map(({ topic }) => topic).join()}`),
  );
  expect(told).toEqual([
    "assigned",
    "commit 1",
    "commit 1",
    "records",
    "commit 1",
    "pause samples.v1",
    "records",
    "commit 1",
    "pause ",
    "end",
  ]);
});

it("commits a partition before it works on the next one where transactions are a partition's", async () => {
  const told: string[] = [];
  const effect: Effect = { type: "gauge", name: "lanes", labels: {}, value: 1 };
  const restore = async (partition: number): Promise<PartitionWorker> => ({
    absorb: () => {
      told.push(`absorbed ${partition}`);
      return [effect];
    },
    offsets: () => [{ topic: "samples", offset: 1 }],
    beat: () => [],
  });
  const writer = {
    transact: async (_records: unknown, offsets: readonly { readonly partition: number }[]) => {
      told.push(`committed ${offsets.map(({ partition }) => partition).join()}`);
    },
  } as unknown as TransactionalWriter;
  const news: Polled[] = [
    { kind: "assigned", partitions: [0, 1] },
    { kind: "records", records: [RECORD, { ...RECORD, partition: 1 }] },
  ];
  await runOver(news, await restore(0), () => {}, { restore, writer });
  await runOver(news, await restore(0), () => {}, { restore, writer, transactionPerPartition: true });
  expect(told).toEqual([
    "absorbed 0",
    "absorbed 1",
    "committed 0,1",
    "absorbed 0",
    "committed 0",
    "absorbed 1",
    "committed 1",
  ]);
});
