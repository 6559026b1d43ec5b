import { afterEach, expect, it } from "vitest";
import { MemoryRun } from "../support/memory-run.ts";
import { noteOf } from "../support/note-of.ts";
import { LANE, sampleOf } from "../support/producers.ts";
import { PANE_AND_LATENESS_MS } from "../support/tour.ts";

const run = new MemoryRun();
afterEach(() => run.kill());

it("1. A sample becomes a window", async () => {
  // A producer writes candidates: texts a model made, each with its provenance and the lane it is meant for.
  // The second one does not say under which licence it may be used.
  await run.send("samples", [sampleOf("complete"), sampleOf("gap", { licence: null })]);

  // The gatekeeper passes every candidate on, its bytes unchanged: to `admitted`, which is what a training store reads,
  // or to `quarantined`, with the reasons. Nothing is ever thrown away.
  await run.untilJudged(2);
  const [admitted] = run.values("admitted");
  const [quarantined] = run.values("quarantined");
  expect(admitted!.value).toEqual(run.values("samples")[0]!.value);
  expect(noteOf(quarantined!).reasons).toEqual(["provenance_missing"]);

  // Each copy names the record it came from, so any number can be led back to the bytes behind it.
  expect(noteOf(admitted!).sourceOffset).toBe(0);

  // The monitor cuts event time into panes. When a pane is over, it writes one row per lane, stage and segment.
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the windows", () => run.windows("pane", "admitted", "all").length > 0);

  // The stage `candidate` is everything that arrived, the stage `admitted` what survived. Survivors alone would hide
  // that something is being held back.
  const [candidates] = run.windows("pane", "candidate", "all");
  const [survivors] = run.windows("pane", "admitted", "all");
  expect([candidates!.lane, candidates!.n, survivors!.n]).toEqual([LANE, 2, 1]);

  // A row holds every metric of its segment, with n. Arrivals are a plain count.
  expect(candidates!.results).toContainEqual(
    expect.objectContaining({ metric: "volume", bucket: "generated", value: 2 }),
  );

  // Two texts are too few to say anything about style, and this lane has no reference to be held against. The row says
  // so. A metric that cannot tell is never zero and never good.
  const [texts] = run.windows("pane", "candidate", "generated");
  const coverage = texts!.results.find((result) => result.metric === "tail_coverage");
  expect(coverage).toMatchObject({ status: "no_reference", value: null });
});
