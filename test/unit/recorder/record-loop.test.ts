import { describe, expect, it } from "vitest";
import type { GroupReader, LogRecord, Polled, TopicOffset } from "../../../services/ports.ts";
import { runRecordLoop } from "../../../services/recorder/record-loop.ts";
import type { Recorder } from "../../../services/recorder/recorder.ts";
import { testClock } from "../../support/test-store.ts";

function record(partition: number, offset: number): LogRecord {
  return {
    topic: "gates.v1",
    partition,
    offset,
    appendMs: 0,
    key: null,
    value: new Uint8Array(10),
    headers: {},
  };
}

interface Run {
  readonly stored: (readonly string[])[];
  readonly resumed: (readonly TopicOffset[])[];
  readonly asked: (readonly string[])[];
  readonly released: (readonly number[])[];
  readonly flushes: number;
  /** When each batch was stored, ms after the start. */
  readonly times: readonly number[];
}

/** Plays polls one after the other; each takes 100 ms, and the loop is stopped after the last. */
async function play(
  polls: readonly Polled[],
  { fail = false, batchBytesMax = 1_000_000 } = {},
): Promise<Run> {
  const clock = testClock();
  const stop = new AbortController();
  const stored: (readonly string[])[] = [];
  const resumed: (readonly TopicOffset[])[] = [];
  const asked: (readonly string[])[] = [];
  const times: number[] = [];
  const startMs = clock.now;
  const released: (readonly number[])[] = [];
  let flushes = 0;
  let at = 0;
  let storing = false;
  const reader: GroupReader = {
    poll: () => {
      if (storing) throw new Error("polled while an insert was pending");
      clock.now += 100;
      const polled = polls[at]!;
      at += 1;
      if (at === polls.length) stop.abort();
      return Promise.resolve(polled);
    },
    resume: (offsets) => {
      resumed.push(offsets);
      return Promise.resolve();
    },
    pause: () => {},
    committed: () => Promise.resolve([]),
    positions: () => [],
    close: () => Promise.resolve(),
  };
  const recorder: Recorder = {
    topics: ["gates.v1", "windows.v1"],
    counters: { records: 0, rows: 0, inserts: 0, retries: 0, unreadable: 0, repeated: 0 },
    resumeOffsets: (partitions) => {
      asked.push(partitions.map((own) => `${own.topic}/${own.partition}`));
      return Promise.resolve(partitions.map((own) => ({ ...own, offset: 0 })));
    },
    record: async (batch) => {
      storing = true;
      await Promise.resolve();
      if (fail) throw new Error("planted");
      storing = false;
      times.push(clock.now - startMs);
      stored.push(batch.map((own) => `${own.partition}/${own.offset}`));
    },
    release: (partitions) => {
      released.push(partitions);
    },
    flush: () => {
      flushes += 1;
      return Promise.resolve();
    },
  };
  await runRecordLoop({
    reader,
    recorder,
    clock,
    signal: stop.signal,
    log: { partitionCount: (topic) => Promise.resolve(topic === "gates.v1" ? 1 : 4) },
    limits: { batchRecordsMax: 4, batchBytesMax, batchAgeMs: 250 },
  });
  return { stored, resumed, asked, released, flushes, times };
}

const assigned = (...partitions: number[]): Polled => ({ kind: "assigned", partitions });
const revoked = (...partitions: number[]): Polled => ({ kind: "revoked", partitions });
const records = (...own: LogRecord[]): Polled => ({ kind: "records", records: own });

describe("the record loop", () => {
  it("starts where the store says, for the partitions each topic has", async () => {
    const run = await play([assigned(0, 2), records()]);
    expect(run.asked).toEqual([["gates.v1/0", "windows.v1/0", "windows.v1/2"]]);
    expect(run.resumed).toHaveLength(1);
  });

  it("gathers until a batch is full or old, and stores the rest at the end", async () => {
    const run = await play([
      assigned(0),
      records(record(0, 0), record(0, 1)),
      records(record(0, 2), record(0, 3)),
      records(record(0, 4)),
      records(),
      records(),
      records(),
      records(record(0, 5)),
    ]);
    expect(run.stored.filter((batch) => batch.length > 0)).toEqual([
      ["0/0", "0/1", "0/2", "0/3"],
      ["0/4"],
      ["0/5"],
    ]);
    expect(run.flushes).toBe(1);
  });

  it("drops what is not stored of a partition that is gone, and keeps the rest", async () => {
    const run = await play([assigned(0, 1), records(record(0, 0), record(1, 0)), revoked(1), records()]);
    expect(run.released).toEqual([[1]]);
    expect(run.stored.filter((batch) => batch.length > 0)).toEqual([["0/0"]]);
  });

  it("does not count the bytes of what it dropped", async () => {
    const polls = [
      assigned(0, 1),
      records(record(0, 0), record(1, 0), record(1, 1)),
      revoked(1),
      records(record(0, 1)),
      records(),
      records(),
    ];
    const run = await play(polls, { batchBytesMax: 35 });
    // Stored for its age, 250 ms after its first record; with the dropped bytes it would have been full at 400.
    expect(run.stored[0]).toEqual(["0/0", "0/1"]);
    expect(run.times[0]).toBe(500);
  });

  it("asks the store again for everything after an assignment", async () => {
    const run = await play([assigned(0), records(record(0, 0)), assigned(1), records()]);
    expect(run.asked.at(-1)).toEqual(["gates.v1/0", "windows.v1/0", "windows.v1/1"]);
    expect(run.stored.filter((batch) => batch.length > 0)).toEqual([]);
  });

  it("ends with the first failure and stores nothing after it", async () => {
    await expect(play([assigned(0), records(record(0, 0)), records()], { fail: true })).rejects.toThrow(
      "planted",
    );
  });
});
