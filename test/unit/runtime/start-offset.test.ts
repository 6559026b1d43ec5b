import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOffset } from "../../../services/runtime/start-offset.ts";
import { MemoryRun } from "../../support/memory-run.ts";
import { noteOf } from "../../support/note-of.ts";
import { commandOf, sampleOf } from "../../support/producers.ts";
import { PANE_AND_LATENESS_MS } from "../../support/tour.ts";

describe("where a service reads on", () => {
  const range = { topic: "samples.v1", partition: 0, low: 100, high: 200 };
  it.each([
    ["at the committed offset, whatever its output says", 150, 170, range, 150],
    ["behind what its output says was read, where the broker forgot", undefined, 170, range, 170],
    ["at the end, where all was read", undefined, 200, range, 200],
    ["at the beginning, where retention went further", undefined, 70, range, 100],
    ["at the beginning of another topic under the name", undefined, 201, range, 100],
    ["at the beginning, where nothing was ever read", undefined, null, range, 100],
    ["at 0, where there is nothing", undefined, null, undefined, 0],
  ])("%s", (_, committed, recorded, marks, expected) => {
    expect(startOffset(committed, recorded, marks)).toBe(expected);
  });
});

let run: MemoryRun;
beforeEach(() => {
  run = new MemoryRun();
});
afterEach(() => run.kill());

it("goes on behind what was judged, closed and decided where the broker has forgotten all committed offsets", async () => {
  const samples = (name: string) =>
    Array.from({ length: 40 }, (_, i) => sampleOf(`${name}-${i}`, { eventTime: run.nowMs }));
  await run.send("samples", samples("a"));
  await run.send("commands", [commandOf("c1")]);
  await run.untilJudged(40);
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the pane", () => run.windows("pane", "candidate", "all").length > 0);
  await run.until("the decision", () => run.values("decisions").length > 0);
  await run.kill();
  for (const service of ["gatekeeper", "monitor", "governor"]) {
    run.broker.group(`run.${service}`).committed = () => [];
  }
  run.restart();
  await run.send("samples", samples("b"));
  // A resume that may not be: its refusal is a decision, and shows that what stands before it was read.
  await run.send("commands", [commandOf("c2", { kind: "resume", actor: "nobody" })]);
  await run.untilJudged(80);
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the second pane", () => run.windows("pane", "candidate", "all").length > 1);
  await run.until("the refusal", () => run.read("decisions").some(({ rule }) => rule === "resume_refused"));
  const judged = [...run.values("admitted"), ...run.values("quarantined")];
  expect(judged).toHaveLength(80);
  expect(judged.flatMap((record) => noteOf(record).reasons)).not.toContain("duplicate_id");
  expect(run.windows("pane", "candidate", "all").map(({ n, repeated }) => [n, repeated])).toEqual([
    [40, 0],
    [40, 0],
  ]);
  expect(run.read("decisions").map(({ decisionId, rule }) => [decisionId, rule])).toHaveLength(2);
});
