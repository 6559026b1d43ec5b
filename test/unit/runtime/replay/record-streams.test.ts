import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryBroker } from "../../../../services/adapters/memory/memory-broker.ts";
import type { Log } from "../../../../services/ports.ts";
import {
  mergeByAppendTime,
  type RecordStream,
  RecordStreams,
  STREAM_READERS_MAX,
} from "../../../../services/runtime/replay/record-streams.ts";

const PARTITIONS = 3 * STREAM_READERS_MAX;
const RECORDS = 5_000;
let nowMs = 0;
let log: Log;
let opened = 0;
let streams: RecordStreams;

beforeEach(async () => {
  nowMs = 1_000;
  opened = 0;
  const broker = new MemoryBroker({ nowMs: () => nowMs });
  broker.createTopic("t", PARTITIONS);
  log = broker.open();
  const writer = await log.transactionalWriter("w");
  for (let i = 0; i < RECORDS; i += 100) {
    nowMs += 1;
    const records = Array.from({ length: 100 }, (_, k) => ({
      topic: "t",
      partition: (i + k) % PARTITIONS,
      key: null,
      value: new TextEncoder().encode(String(i + k)),
    }));
    await writer.transact(records, [], null);
  }
  const counted: Log = Object.assign(Object.create(log) as Log, {
    reader: () => {
      opened += 1;
      return log.reader();
    },
    watermarks: (at: Parameters<Log["watermarks"]>[0]) => log.watermarks(at),
  });
  streams = new RecordStreams(counted);
});
afterEach(() => streams.close());

describe("streams of records", () => {
  it("are merged by append time, each in order, nothing missing, over a few readers", async () => {
    const all: RecordStream[] = [];
    for (let p = 0; p < PARTITIONS; p += 1) all.push(await streams.open("t", p));
    const times: number[] = [];
    const last = new Map<number, number>();
    const seen = new Set<string>();
    await mergeByAppendTime(all, (record) => {
      times.push(record.appendMs);
      expect(record.offset).toBeGreaterThan(last.get(record.partition) ?? -1);
      last.set(record.partition, record.offset);
      seen.add(new TextDecoder().decode(record.value!));
    });
    expect(seen.size).toBe(RECORDS);
    expect(streams.records).toBe(RECORDS);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(opened).toBe(STREAM_READERS_MAX);
  });

  it("give ranges, again where a cut overlaps the one before", async () => {
    const stream = await streams.open("t", 1);
    const offsets = async (from: number, to: number): Promise<number[]> => {
      const found: number[] = [];
      await stream.readRange(from, to, ({ offset }) => found.push(offset));
      return found;
    };
    const all = await offsets(0, stream.end);
    expect(all.length).toBeGreaterThan(100);
    const within = (from: number, to: number) => all.filter((offset) => offset >= from && offset < to);
    for (const [from, to] of [
      [0, 100],
      [100, 150],
      [100, 150],
      [140, stream.end],
      [0, 100],
    ] as const) {
      expect(await offsets(from, to)).toEqual(within(from, to));
    }
    await expect(offsets(0, stream.end + 1)).rejects.toThrow(/was read live up to/);
  });
});

it("say where retention has removed what a replay needs", async () => {
  const cut: Log = Object.assign(Object.create(log) as Log, {
    reader: () => log.reader(),
    watermarks: async (at: Parameters<Log["watermarks"]>[0]) =>
      (await log.watermarks(at)).map((marks) => ({ ...marks, low: 50 })),
  });
  const short = new RecordStreams(cut);
  const stream = await short.open("t", 0);
  await expect(stream.readRange(0, 60, () => {})).rejects.toThrow(
    "t/0 begins at offset 50, but was read live from 0: retention has removed what a replay needs",
  );
  expect(() => stream.requireWhole()).toThrow(
    "t/0 begins at offset 50: retention has removed the beginning, where a replay must start",
  );
  expect(() => stream.require(60, 1_000_000)).toThrow(/was read live up to 1000000/);
  const found: number[] = [];
  await stream.readRange(50, 60, ({ offset }) => found.push(offset));
  expect(found.every((offset) => offset >= 50 && offset < 60)).toBe(true);
  await short.close();
});
