import { afterEach, expect, it } from "vitest";
import { manifestOf } from "../support/producers.ts";
import {
  collapsedTexts,
  judgeWindowOf,
  likeRealTexts,
  PANE_AND_LATENESS_MS,
  samplesOf,
  tourRun,
  WINDOW_TEXTS,
} from "../support/tour.ts";

const run = tourRun();
afterEach(() => run.kill());

it("4. A rule gives a verdict", async () => {
  // Rules are judged on decision windows: panes are added up until there are enough generated texts to tell.
  const calm = await judgeWindowOf(run, likeRealTexts(WINDOW_TEXTS));
  expect(calm).toMatchObject({ window: "decision", verdict: "pass", families: [], blamed: [] });

  // Every rule that could be applied is in the verdict, with its numbers in words: a pass can be checked like a breach.
  const rule = calm.results.find((result) => result.rule === "tail_coverage_collapse")!;
  expect(rule.arithmetic).toMatch(
    /^value 0\.9\d* >= 0\.7 and z -?[\d.]+ >= -4$|^value 1[\d.]* >= 0\.7 and z -?[\d.]+ >= -4$/,
  );

  // The verdict names the rules and the reference it was given under, so it can be given again.
  expect(calm.referenceVersion).toMatch(/^[0-9a-f]{16}$/);

  // The model collapses. A breach needs both: an effect that matters and a difference that chance does not explain.
  const bad = await judgeWindowOf(run, collapsedTexts(WINDOW_TEXTS));
  expect(bad.verdict).toBe("breach");
  const broken = bad.results.find((result) => result.rule === "tail_coverage_collapse")!;
  expect(broken.arithmetic).toMatch(/^value 0\.\d+ < 0\.7 and z -[\d.]+ < -4$/);

  // Metrics that measure the same thing are one family, and it takes two families to stop anything: here the rare words
  // are gone, and the texts repeat each other.
  expect(bad.families.length).toBeGreaterThan(1);

  // Evidence is ids, never text: who may read the texts is decided where they are kept.
  expect(bad.evidence.length).toBeGreaterThan(0);
  for (const id of bad.evidence) expect(id).toMatch(/^tour-\d+$/);

  // A manifest ends the generation before there were enough texts. The worst that can be said of too few texts is that
  // they are too few: inconclusive, which is not a pass.
  await run.send("samples", samplesOf(run, likeRealTexts(10)));
  await run.passTime(PANE_AND_LATENESS_MS);
  const before = run.values("verdicts").length;
  await run.send("training", [manifestOf("g1", { eventTime: run.nowMs })]);
  await run.passTime(2 * PANE_AND_LATENESS_MS);
  await run.until("the verdict", () => run.values("verdicts").length > before);
  const short = run.read("verdicts").find((verdict, i) => i >= before && verdict.window === "decision");
  expect(short).toMatchObject({ verdict: "inconclusive", families: [] });
});
