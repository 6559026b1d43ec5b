import { describe, expect, it } from "vitest";
import {
  type ExperimentResult,
  matchResults,
  type UnusedReason,
} from "../../../../services/core/experiment/match-results.ts";
import { fallingTail, matched, PUBLISHED_MS, resultsOf, testPlan } from "../../../support/experiment.ts";

const PLAN = testPlan({ ablations: [{ arm: "no-judge", removes: ["judge_filter"], ratio: 0.3 }] });
const RESULTS = resultsOf(PLAN, fallingTail);
const CELLS = 6 * 5 * 3;

/** The first result spoilt: what becomes of it, and of its cell. */
function spoilt(more: Partial<ExperimentResult>) {
  const found = matched(PLAN, [{ ...RESULTS[0]!, ...more }, ...RESULTS.slice(1)]);
  return { cell: found.cells[0]!, unused: found.unused, counts: found.unusedCounts };
}

describe("results", () => {
  it("each land in their planned cell", () => {
    const found = matched(PLAN, RESULTS);
    expect(found.cells.length).toBe(CELLS);
    expect(found.cells.every(({ state }) => state === "used")).toBe(true);
    expect(found).toMatchObject({ unused: [], unusedCounts: {}, repeated: 0, orderShown: true });
    expect(found.lastUsedMs).toBe(PUBLISHED_MS + 60_000);
  });

  it.each<[Partial<ExperimentResult>, UnusedReason, string]>([
    [{ lane: "c" }, "other_lane", "lane c"],
    [{ arm: "ratio-0.2", syntheticShare: 0.2 }, "arm_unplanned", "arm ratio-0.2"],
    [{ arm: "", syntheticShare: null }, "arm_unplanned", "neither arm nor share"],
    [{ arm: "__proto__" }, "arm_unplanned", "arm __proto__"],
    [{ syntheticShare: 0.4 }, "share_differs", "share 0.4 in arm ratio-0, planned 0"],
    [{ syntheticShare: Number.NaN }, "share_differs", "share NaN"],
    [{ seed: "" }, "seed_unplanned", "seed missing"],
    [{ bucket: "rare" }, "metric_unplanned", "[rare]"],
    [{ itemId: "i7" }, "single_item", "item i7"],
    [{ settingsHash: "other" }, "settings_differ", "settings other, planned 5e77"],
    [{ settingsHash: "" }, "settings_differ", "settings missing"],
    [{ madeMs: PUBLISHED_MS - 1 }, "before_plan", "made 1 ms before the plan"],
    [{ madeMs: Number.NaN }, "before_plan", ""],
    [{ value: null }, "value_invalid", "no successes of no trials, no value"],
    [{ value: Number.NaN }, "value_invalid", ""],
    [{ value: null, successes: 11, trials: 10 }, "value_invalid", "11 successes of 10 trials"],
    [{ value: null, successes: 0, trials: 0 }, "value_invalid", ""],
    [{ value: 0.9, successes: 5, trials: 10 }, "value_invalid", "5 successes of 10 trials, value 0.9"],
  ])("with %j are named and not used", (more, reason, words) => {
    const { cell, unused, counts } = spoilt(more);
    expect(cell).toMatchObject({ state: "missing", value: null });
    expect(unused).toEqual([{ reason, id: RESULTS[0]!.id, detail: expect.stringContaining(words) }]);
    expect(counts).toEqual({ [reason]: 1 });
  });

  it("may name their arm by its share, which is never exact, and give counts", () => {
    const { cell, unused } = spoilt({
      arm: "",
      syntheticShare: 0.0021,
      value: null,
      successes: 7,
      trials: 10,
    });
    expect(unused).toEqual([]);
    expect(cell).toMatchObject({ state: "used", value: 0.7 });
  });

  it("twice with one number count once, with two numbers not at all", () => {
    const again = matched(PLAN, [...RESULTS, { ...RESULTS[0]!, id: "again" }]);
    expect(again).toMatchObject({ repeated: 1, unused: [] });
    const contradicting = matched(PLAN, [...RESULTS, { ...RESULTS[0]!, id: "again", value: 0.5 }]);
    expect(contradicting.cells[0]).toMatchObject({ state: "contradicting", value: null });
    expect(contradicting.unused.map(({ reason, id }) => [reason, id])).toEqual([
      ["contradicting", "again"],
      ["contradicting", RESULTS[0]!.id],
    ]);
  });

  it("of a plan that is not published have no order to be shown", () => {
    const found = matchResults(PLAN, null, RESULTS);
    expect(found.orderShown).toBe(false);
    expect(found.cells.every(({ state }) => state === "used")).toBe(true);
  });

  it("are all counted, and the first thousand named", () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ ...RESULTS[0]!, id: `x${i}`, seed: "99" }));
    const found = matched(PLAN, many);
    expect(found.unused.length).toBe(1_000);
    expect(found.unusedCounts).toEqual({ seed_unplanned: 5_000 });
  });
});
