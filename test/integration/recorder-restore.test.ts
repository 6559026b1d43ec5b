import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startNewEpoch } from "../../services/recorder/resume.ts";
import { ADMITTED, sample, testRecorder } from "../support/recorder-fixture.ts";
import { openTestStore, type TestStore, wipe } from "../support/test-store.ts";

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.close();
});
beforeEach(async () => {
  await wipe(test.store, ["progress", "samples", "texts"]);
});

describe("a topic that is not the one its rows came from", () => {
  async function stored(): Promise<void> {
    const own = testRecorder(test.store);
    await own.resumeOffsets(ADMITTED);
    await own.record([sample(0, 0), sample(0, 1)]);
  }

  it("is refused when it was made anew, in another cluster, or ends below what is stored", async () => {
    await stored();
    const refused = /plumbline recorder new-epoch --topic admitted\.v1 --yes/;
    await expect(
      testRecorder(test.store, { cluster: "c1", topicId: "t2", high: 9 }).resumeOffsets(ADMITTED),
    ).rejects.toThrow(refused);
    await expect(
      testRecorder(test.store, { cluster: "c2", topicId: "t1", high: 9 }).resumeOffsets(ADMITTED),
    ).rejects.toThrow(refused);
    await expect(
      testRecorder(test.store, { cluster: "c1", topicId: "t1", high: 1 }).resumeOffsets(ADMITTED),
    ).rejects.toThrow(refused);
  });

  it("is noticed even when nothing but its identity was stored", async () => {
    await testRecorder(test.store).resumeOffsets(ADMITTED);
    const anew = testRecorder(test.store, { cluster: "c1", topicId: "t2", high: 9 });
    await expect(anew.resumeOffsets(ADMITTED)).rejects.toThrow(/made anew/);
  });

  it("is recorded beside the old rows after a new epoch was declared", async () => {
    await stored();
    const topic = { cluster: "c1", topicId: "t2", high: 1 };
    expect(await startNewEpoch(test.store, "admitted.v1")).toBe(1);
    const own = testRecorder(test.store, topic);
    expect(await own.resumeOffsets(ADMITTED)).toContainEqual({
      topic: "admitted.v1",
      partition: 0,
      offset: 0,
    });
    await own.record([sample(0, 0)]);
    const rows = await test.store.query(
      "SELECT _epoch AS e, count() AS n FROM samples GROUP BY e ORDER BY e",
    );
    expect(rows).toEqual([
      { e: 0, n: "2" },
      { e: 1, n: "1" },
    ]);
    expect(await testRecorder(test.store, topic).resumeOffsets(ADMITTED)).toContainEqual({
      topic: "admitted.v1",
      partition: 0,
      offset: 1,
    });
  });
});
