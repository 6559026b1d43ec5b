import { afterEach, expect, it } from "vitest";
import { MemoryRun } from "../support/memory-run.ts";
import { noteOf } from "../support/note-of.ts";
import { interactionOf, sampleOf } from "../support/producers.ts";
import { PANE_AND_LATENESS_MS } from "../support/tour.ts";

const run = new MemoryRun();
afterEach(() => run.kill());

const BATCH = 40;
const batch = (name: string) =>
  Array.from({ length: BATCH }, (_, i) => sampleOf(`${name}-${i}`, { eventTime: run.nowMs }));

it("6. Nothing is lost, and nothing is counted twice", async () => {
  // Each service writes what it makes and how far it has read in one transaction: both are there, or neither is.
  await run.send("samples", batch("a"));
  await run.untilJudged(BATCH);
  await run.send("interactions", [interactionOf("i1", { eventTime: run.nowMs })]);

  // All services die while the pane is open. What the monitor had counted so far was in its memory and is gone.
  await run.kill();

  // Producers do not wait for us. And there is no state of an open pane to be saved: the monitor's committed offsets still stand before its first record,
  // so it reads it again. The gatekeeper goes on behind the last sample it passed on.
  await run.send("samples", batch("b"));
  run.restart();
  await run.untilJudged(2 * BATCH);

  // A producer that was not sure sends its batch again, after one more crash. The gatekeeper's memory of ids was rebuilt from
  // what it had judged: it knows every one of them.
  await run.kill();
  run.restart();
  await run.send("samples", batch("a"));
  await run.untilJudged(3 * BATCH);
  expect(run.values("admitted")).toHaveLength(2 * BATCH);
  const reasons = run.values("quarantined").map((record) => noteOf(record).reasons.join());
  expect(reasons).toEqual(new Array<string>(BATCH).fill("duplicate_id"));

  // One row per stage, with every sample once; the copies are counted beside it.
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the pane", () => run.windows("pane", "reply", "all").length > 0);
  await run.until("the candidates", () => run.windows("pane", "candidate", "all").length > 0);
  const rows = (stage: "candidate" | "admitted" | "reply") =>
    run.windows("pane", stage, "all").map(({ n, repeated }) => [n, repeated]);
  expect(rows("candidate")).toEqual([[2 * BATCH, BATCH]]);
  expect(rows("admitted")).toEqual([[2 * BATCH, 0]]);
  expect(rows("reply")).toEqual([[1, 0]]);

  // A closed pane stays closed, whoever starts again after it.
  await run.kill();
  run.restart();
  await run.send("samples", batch("c"));
  await run.untilJudged(4 * BATCH);
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the next pane", () => run.windows("pane", "candidate", "all").length > 1);
  expect(rows("candidate")).toEqual([
    [2 * BATCH, BATCH],
    [BATCH, 0],
  ]);
});
