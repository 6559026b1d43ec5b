import { afterEach, expect, it } from "vitest";
import type { LogRecord } from "../../services/ports.ts";
import { replay } from "../../services/runtime/replay/replay.ts";
import { equal } from "../../services/runtime/replay/row-set.ts";
import { commandOf } from "../support/producers.ts";
import { collapsedTexts, judgeWindowOf, likeRealTexts, tourRun, WINDOW_TEXTS } from "../support/tour.ts";

const run = tourRun();
afterEach(() => run.kill());

it("7. Replay equals live", async () => {
  // A live run: a good window, two bad ones, a freeze; a person who freezes a template, too; and a crash in the middle.
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  await judgeWindowOf(run, collapsedTexts(WINDOW_TEXTS));
  await run.kill();
  run.restart();
  await judgeWindowOf(run, collapsedTexts(WINDOW_TEXTS));
  await run.send("commands", [commandOf("c1")]);
  await run.until(
    "both freezes",
    () => run.read("gates").filter(({ state }) => state === "frozen").length >= 2,
  );
  await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  await run.kill();

  // Nothing in the core reads a clock, draws a number or depends on which partition was polled first. Time is in the
  // records, and wherever two streams met, the transaction began with its cut: what had been read of each.
  const before = ends();
  const comparisons = await replay(run.dependencies, () => {});

  // So the same topics give the same windows, the same verdicts, the same decisions, every sample is judged alike, and the gates
  // stand where they stood.
  expect(comparisons.map(({ what }) => what)).toEqual([
    "windows",
    "series",
    "verdicts",
    "decisions",
    "admitted and quarantined",
    "rejected",
    "gates",
  ]);
  for (const comparison of comparisons) {
    expect(comparison.examples).toEqual([]);
    expect(equal(comparison), comparison.what).toBe(true);
    // Nothing was unreadable, and this lane has no users yet, of whom series tell.
    if (comparison.what === "rejected" || comparison.what === "series") continue;
    expect(comparison.recorded, comparison.what).toBeGreaterThan(0);
  }

  // A replay only reads: the topics end where they ended.
  expect(ends()).toEqual(before);
});

function ends(): number[] {
  const last = (records: readonly LogRecord[]): number => records.at(-1)?.offset ?? -1;
  return (["windows", "verdicts", "decisions", "gates", "admitted"] as const).map((topic) =>
    last(run.values(topic)),
  );
}
