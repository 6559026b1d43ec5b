import { describe, expect, it } from "vitest";
import { type Block, type Store, StoreError } from "../../../services/ports.ts";
import { NOW_MS, record, testRecorder } from "../../support/recorder-fixture.ts";
import { testClock } from "../../support/test-store.ts";

const DAY_MS = 86_400_000;
const REVIEWS = [{ topic: "reviews.v1", partition: 0 }];

it("begins no insert after its limit though the store takes every one, slowly: the group would give the partitions away", async () => {
  const clock = testClock();
  const begun: string[] = [];
  const store: Store = {
    command: async () => {},
    query: async () => [],
    insert: async (table: string, _block: Block) => {
      begun.push(table);
      if (table === "rejected") clock.now += 6_000;
    },
    close: async () => {},
  };
  const recorder = testRecorder(store, undefined, { retryMsMax: 5_000 }, clock);
  await recorder.resumeOffsets(REVIEWS);
  const days = [0, 1].map((day) =>
    record("reviews.v1", 0, day, "not a review", { appendMs: NOW_MS + day * DAY_MS }),
  );
  await expect(recorder.record(days)).rejects.toThrow(
    "insert into rejected was not begun: the store took 6000 ms over the batch so far, of at most 5000",
  );
  expect(begun).toEqual(["progress", "rejected"]);
  await expect(recorder.record([])).rejects.toThrow("resumeOffsets");
});

it("says nothing more of partitions that another recorder has now", async () => {
  const clock = testClock();
  const progress: number[] = [];
  const store: Store = {
    command: async () => {},
    query: async () => [],
    insert: async (_table: string, block: Block) => {
      progress.push(block.rows);
    },
    close: async () => {},
  };
  const recorder = testRecorder(store, undefined, {}, clock);
  const both = [0, 1].map((partition) => ({ topic: "reviews.v1", partition }));
  await recorder.resumeOffsets(both);
  const ticks = (offset: number) =>
    both.map(({ partition }) => record("reviews.v1", partition, offset, null));
  await recorder.record(ticks(0));
  await recorder.record(ticks(1));
  recorder.release([1]);
  clock.now += 60_000;
  await recorder.record([]);
  expect(progress).toEqual([2, 2, 1]);
});

describe("a store that is away when partitions are assigned", () => {
  const away = new StoreError("planted", null, true);
  const failing = (times: number): Store & { asked: number } => {
    const store = {
      asked: 0,
      command: async () => {},
      query: async () => {
        store.asked += 1;
        if (store.asked <= times) throw away;
        return [];
      },
      insert: async () => {},
      close: async () => {},
    };
    return store;
  };

  it("is waited for as for an insert", async () => {
    const store = failing(5);
    const recorder = testRecorder(store);
    expect(await recorder.resumeOffsets(REVIEWS)).toEqual([{ topic: "reviews.v1", partition: 0, offset: 0 }]);
    expect(recorder.counters.retries).toBe(5);
    await recorder.record([]);
  });

  it("is not waited for beyond the same limit", async () => {
    const clock = testClock();
    const startMs = clock.now;
    const recorder = testRecorder(failing(Number.POSITIVE_INFINITY), undefined, { retryMsMax: 5_000 }, clock);
    await expect(recorder.resumeOffsets(REVIEWS)).rejects.toBe(away);
    expect(clock.now - startMs).toBeGreaterThanOrEqual(5_000);
    expect(clock.now - startMs).toBeLessThan(20_000);
  });
});
