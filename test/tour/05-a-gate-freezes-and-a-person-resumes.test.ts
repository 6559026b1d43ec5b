import { afterEach, expect, it } from "vitest";
import { noteOf } from "../support/note-of.ts";
import { commandOf, LANE } from "../support/producers.ts";
import { collapsedTexts, judgeWindowOf, likeRealTexts, tourRun, WINDOW_TEXTS } from "../support/tour.ts";

const run = tourRun();
afterEach(() => run.kill());

const SUBJECT = `lane:${LANE}`;
const gate = () => run.read("gates").findLast((record) => record.subject === SUBJECT);
const resume = (commandId: string, actor: string) =>
  run.send("commands", [
    commandOf(commandId, { kind: "resume", subject: SUBJECT, actor, reason: "retrained with real data" }),
  ]);

it("5. A gate freezes, and a person resumes", async () => {
  // One bad window may be bad luck: the gate goes to `watch`, and everything passes as before.
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  await judgeWindowOf(run, collapsedTexts(WINDOW_TEXTS));
  await run.until("the watch", () => gate()?.state === "watch");

  // Two families in two windows running are not. All texts came from one template and one teacher, so nothing smaller
  // than the lane can be left out to bring the rest back to normal: the lane is frozen.
  await judgeWindowOf(run, collapsedTexts(WINDOW_TEXTS));
  await run.until("the freeze", () => gate()?.state === "frozen");
  const decision = run.read("decisions").at(-1)!;
  expect(decision).toMatchObject({ from: "watch", to: "frozen", actor: "plumbline", subject: SUBJECT });

  // Frozen means that what models make goes to quarantine. It is still measured: how else would recovery show?
  const admitted = run.values("admitted").length;
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  expect(run.values("admitted")).toHaveLength(admitted);
  expect(noteOf(run.values("quarantined").at(-1)!).reasons).toEqual(["lane_frozen"]);

  // No gate opens by itself, and not for everybody. A refusal is a decision, too, with its reason.
  await resume("too-soon", "ann");
  await run.until("the refusal", () => run.read("decisions").at(-1)!.rule === "resume_refused");
  expect(run.read("decisions").at(-1)).toMatchObject({
    to: "frozen",
    cause: "1 of 3 clean decision windows so far",
  });

  // After three clean windows a named approver may resume; anybody else may not.
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  await resume("stranger", "bob");
  await run.until("the second refusal", () => run.read("decisions").at(-1)!.actor === "bob");
  expect(run.read("decisions").at(-1)!.cause).toContain("not among the approvers");
  await resume("granted", "ann");
  await run.until("the resume", () => gate()?.state === "probation");
  expect(run.read("decisions").at(-1)).toMatchObject({ from: "frozen", to: "probation", actor: "ann" });

  // The lane comes back by steps: a quarter of what it makes passes first, the same quarter in every replay.
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  const passed = run.values("admitted").length - admitted;
  expect(passed).toBeGreaterThan(WINDOW_TEXTS * 0.1);
  expect(passed).toBeLessThan(WINDOW_TEXTS * 0.4);
});
