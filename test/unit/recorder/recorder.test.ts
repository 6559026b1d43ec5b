import { expect, it } from "vitest";
import type { Block, Store } from "../../../services/ports.ts";
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
