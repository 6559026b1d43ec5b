import { expect, it } from "vitest";
import type { GroupReader, Log, LogRecord, Polled, TransactionalWriter } from "../../../services/ports.ts";
import { type PartitionWorker, runPartitionLoop } from "../../../services/runtime/partition-loop.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";
import { quietLogger } from "../../support/test-store.ts";

const WORKER: PartitionWorker = { absorb: () => [], offsets: () => [], beat: () => [] };

it("lets go of partitions that were taken away, and says nothing more of how far they were read", async () => {
  const record: LogRecord = {
    topic: "samples.v1",
    partition: 0,
    offset: 0,
    appendMs: 1_000,
    key: null,
    value: null,
    headers: {},
  };
  const news: Polled[] = [
    { kind: "assigned", partitions: [0] },
    { kind: "records", records: [record] },
    { kind: "revoked", partitions: [0] },
  ];
  const told: string[] = [];
  const stop = new AbortController();
  let nowMs = 0;
  const reader: GroupReader = {
    async poll() {
      nowMs += 1_000;
      const next = news.shift();
      told.push(next?.kind ?? "end");
      if (next === undefined) stop.abort();
      return next ?? { kind: "records", records: [] };
    },
    resume: async () => {},
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
    clock: { nowMs: () => nowMs, sleep: async () => {} },
    logger: quietLogger,
    gauges: {
      set: (name) => told.push(name),
      count: () => {},
    },
    signal: stop.signal,
    decode: () => ({ kind: "sample" }) as never,
    encode: () => [],
    observe: () => {},
    restore: async () => {
      told.push("restored");
      return WORKER;
    },
    released: () => told.push("released"),
    idle: null,
  });
  expect(told).toEqual([
    "assigned",
    "released",
    "restored",
    "records",
    "read_timestamp",
    "revoked",
    "released",
    "end",
  ]);
});
