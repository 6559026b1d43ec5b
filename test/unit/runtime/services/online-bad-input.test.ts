import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUCKETS_MAX } from "../../../../services/core/sketches/bucket-sums.ts";
import { MemoryRun, RUN_START_MS } from "../../../support/memory-run.ts";
import { testPolicy } from "../../../support/policy.ts";
import { evaluationOf, interactionOf, LANE, outcomeOf } from "../../../support/producers.ts";

const YEAR_MS = 31_536_000_000;
const FLOOD = 5_000;

let run: MemoryRun;
beforeEach(() => {
  const lane = { ...testPolicy().defaults, lane: LANE, userSegments: ["new"], controlSegments: ["people"] };
  run = new MemoryRun({ policy: testPolicy({ lanes: [lane] }) });
});
afterEach(() => run.kill());

/** Rows of stage `reply` in the first pane, by segment, once it has closed. */
async function replyRows() {
  await run.passTime(20_000);
  const rows = () =>
    run
      .read("windows")
      .filter((row) => row.window === "pane" && row.stage === "reply" && row.startMs === RUN_START_MS);
  await run.until("the pane", () => rows().length > 0);
  return new Map(rows().map((row) => [row.segment, row]));
}

const resultOf = (
  row: { results: readonly { metric: string; bucket: string }[] },
  metric: string,
  bucket = "",
) => row.results.find((result) => result.metric === metric && result.bucket === bucket);

describe("online records that are not as they should be", () => {
  it("outcomes of unknown interactions count; a repeated id does not; a year's delay is no lateness", async () => {
    await run.send("outcomes", [
      ...Array.from({ length: 40 }, (_, i) => outcomeOf(`o${i}`, { interactionId: `nobody-${i}` })),
      outcomeOf("o1", { resolved: false }),
      outcomeOf("o2", { resolved: false }),
      outcomeOf("slow", { interactionTime: RUN_START_MS - YEAR_MS }),
      outcomeOf("old", { eventTime: RUN_START_MS - YEAR_MS, interactionTime: RUN_START_MS - YEAR_MS }),
    ]);
    const all = (await replyRows()).get("all")!;
    expect(resultOf(all, "online_success")).toMatchObject({ n: 41, value: 1, status: "ok" });
    expect(all).toMatchObject({ n: 41, repeated: 2, late: 1 });
  });

  it("outcomes that contradict each other are two outcomes here; their interaction has one in SQL, the latest", async () => {
    await run.send("outcomes", [
      outcomeOf("yes", { interactionId: "i", resolved: true }),
      outcomeOf("no", { interactionId: "i", resolved: false }),
      outcomeOf("unsure", { interactionId: "i", resolved: null }),
    ]);
    const all = (await replyRows()).get("all")!;
    expect(resultOf(all, "online_success")).toMatchObject({ n: 2, value: 0.5, status: "insufficient" });
  });

  it("evaluations whose counts contradict each other are set aside, values out of range enter no score; those of overlapping runs are added up", async () => {
    await run.send("evaluations", [
      evaluationOf("a", { runId: "one", successes: 30, trials: 40 }),
      evaluationOf("b", { runId: "two", successes: 10, trials: 40 }),
      evaluationOf("c", { successes: 41, trials: 40 }),
      evaluationOf("d", { successes: null, trials: 40 }),
      evaluationOf("e", { successes: null, trials: null, value: 7 }),
      evaluationOf("f", { successes: -1, trials: 40 }),
    ]);
    const main = (await replyRows()).get("suite:main")!;
    expect(resultOf(main, "offline_score")).toMatchObject({ n: 80, value: 0.5, status: "ok" });
    const rejected = run.read("rejected").map(({ code, detail }) => `${code}: ${detail}`);
    expect(rejected).toEqual([
      "counts_contradict: 41 successes of 40 trials",
      "counts_contradict: null successes of 40 trials",
      "counts_contradict: -1 successes of 40 trials",
    ]);
  });

  it("two versions deployed at once are told apart", async () => {
    await run.send("interactions", [
      interactionOf("a"),
      interactionOf("b"),
      interactionOf("c", { modelVersion: "3" }),
    ]);
    const all = (await replyRows()).get("all")!;
    expect(resultOf(all, "model_mix", "m@2")).toMatchObject({ n: 3, value: 2 / 3 });
    expect(resultOf(all, "model_mix", "m@3")).toMatchObject({ n: 3, value: 1 / 3 });
  });

  it("segments and buckets by the thousand stay bounded, and every outcome is counted", async () => {
    await run.send(
      "outcomes",
      Array.from({ length: FLOOD }, (_, i) => outcomeOf(`o${i}`, { segment: `s${i}`, bucket: `b${i}` })),
    );
    await run.send("outcomes", [
      outcomeOf("n", { segment: "new", bucket: "" }),
      outcomeOf("p", { segment: "people", bucket: "", resolved: false }),
    ]);
    const rows = await replyRows();
    expect([...rows.keys()].sort()).toEqual(["all", "control", "user:new"]);
    const success = rows.get("all")!.results.filter(({ metric }) => metric === "online_success");
    expect(success).toHaveLength(1 + BUCKETS_MAX + 1);
    expect(success[0]).toMatchObject({ n: FLOOD + 1, value: 1 });
    const inBuckets = success.slice(1).reduce((sum, { n }) => sum + n, 0);
    expect(inBuckets).toBe(FLOOD);
    expect(resultOf(rows.get("control")!, "online_success")).toMatchObject({ n: 1, value: 0 });
  });
});
