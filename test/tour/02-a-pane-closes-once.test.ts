import { afterEach, expect, it } from "vitest";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { sampleOf } from "../support/producers.ts";
import { PANE_AND_LATENESS_MS } from "../support/tour.ts";

const run = new MemoryRun();
afterEach(() => run.kill());

it("2. A pane closes once", async () => {
  // Panes are slices of event time, here of 5 s. No clock decides when one is over: each partition has a watermark, the
  // latest time its records have shown, and a pane closes when every partition that feeds it is 5 s past its end.
  await run.send("samples", [sampleOf("a"), sampleOf("b", { eventTime: RUN_START_MS + 4_999 })]);
  await run.untilJudged(2);

  // All topics but `samples` are silent, so nothing shows that their time has passed, and the pane stays open.
  expect(run.values("windows")).toHaveLength(0);

  // A tick is a record without a value that says so in band. One millisecond too early closes nothing …
  await run.passTime(PANE_AND_LATENESS_MS - 1);
  await run.send("samples", [sampleOf("c", { eventTime: RUN_START_MS })]);
  await run.untilJudged(3);
  expect(run.windows("pane", "candidate", "all")).toHaveLength(0);

  // … and the next one closes it. The pane of the third sample was still open when it came, yet it is not in it: a record
  // older than its partition's watermark by more than 5 s is late, and is counted in the pane where its partition stands.
  // So what is late depends on one partition alone, never on which of several was read first.
  await run.passTime(1);
  await run.until("the first pane", () => run.windows("pane", "candidate", "all").length === 1);
  expect(run.windows("pane", "candidate", "all")[0]).toMatchObject({
    startMs: RUN_START_MS,
    endMs: RUN_START_MS + 5_000,
    n: 2,
    late: 0,
  });

  // A closed pane is final. What comes later for it changes no value that somebody may have acted on: it is kept, passed
  // on to `admitted` like any other sample, and counted as late.
  await run.send("samples", [
    sampleOf("d", { eventTime: RUN_START_MS + 1 }),
    sampleOf("e", { eventTime: run.nowMs }),
  ]);
  await run.untilJudged(5);
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the pane after", () => run.windows("pane", "candidate", "all").length >= 3);
  expect(run.values("admitted")).toHaveLength(5);
  expect(
    run.windows("pane", "candidate", "all").map(({ startMs, n, late }) => [startMs - RUN_START_MS, n, late]),
  ).toEqual([
    [0, 2, 0],
    [5_000, 0, 1],
    [10_000, 1, 1],
  ]);
});
