import { describe, expect, it } from "vitest";
import {
  drawSplitPlan,
  firstProxy,
  levelAt,
  SPLIT_SCENARIOS,
  SPLIT_SIZES,
  servedNarrowing,
  stateAt,
} from "../../../../services/lab/split/split-plan.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe("the split lab's plan", () => {
  it("is the same for the same seed, and shares its lag and onset among the scenarios", () => {
    for (const seed of SEEDS) {
      const plans = SPLIT_SCENARIOS.map((scenario) => drawSplitPlan(seed, scenario));
      expect(drawSplitPlan(seed, "collapse")).toEqual(plans[0]);
      for (const { lagWindows, onsetWindow, deploymentWindow } of plans) {
        expect({ lagWindows, onsetWindow, deploymentWindow }).toEqual({
          lagWindows: plans[0]!.lagWindows,
          onsetWindow: plans[0]!.onsetWindow,
          deploymentWindow: plans[0]!.deploymentWindow,
        });
      }
    }
  });

  it("draws every lag of 2..6, a baseline of twenty windows, and a deployment before the onset", () => {
    const plans = SEEDS.map((seed) => drawSplitPlan(seed, "collapse"));
    expect([...new Set(plans.map((plan) => plan.lagWindows))].sort()).toEqual([2, 3, 4, 5, 6]);
    for (const plan of plans) {
      expect(plan.serveLagWindows).toBeGreaterThanOrEqual(1);
      expect(plan.outcomeLagWindows).toBeGreaterThanOrEqual(1);
      expect(plan.serveLagWindows + plan.outcomeLagWindows).toBe(plan.lagWindows);
      expect(plan.onsetWindow).toBeGreaterThan(20);
      expect(plan.deploymentWindow).toBeLessThan(plan.onsetWindow);
    }
  });

  it("rises by equal steps from nothing, and no further than all of it", () => {
    const plan = drawSplitPlan(1, "mix");
    expect(levelAt(plan, plan.onsetWindow - 1)).toBe(0);
    expect(levelAt(plan, -5)).toBe(0);
    expect(levelAt(plan, plan.onsetWindow)).toBeCloseTo(1 / plan.rampWindows, 12);
    expect(levelAt(plan, plan.onsetWindow + plan.rampWindows - 1)).toBe(1);
    expect(levelAt(plan, SPLIT_SIZES.windows + 100)).toBe(1);
  });

  it("moves one thing a scenario", () => {
    const usual = { narrowing: 0, mixShift: 0, hardShare: 0, judgeVersion: "1" };
    for (const scenario of SPLIT_SCENARIOS) {
      const plan = drawSplitPlan(3, scenario);
      expect(stateAt(plan, plan.onsetWindow - 1)).toEqual(usual);
      const late = stateAt(plan, SPLIT_SIZES.windows);
      const moved = Object.entries(late).filter(
        ([name, value]) => value !== usual[name as keyof typeof usual],
      );
      expect(moved.map(([name]) => name)).toEqual([
        { collapse: "narrowing", mix: "mixShift", season: "hardShare", judge: "judgeVersion" }[scenario],
      ]);
    }
  });

  it("serves weights later than it evaluates them, and plants a proxy only where there is one", () => {
    const plan = drawSplitPlan(4, "collapse");
    for (let window = 1; window <= SPLIT_SIZES.windows; window += 1) {
      expect(servedNarrowing(plan, window)).toBe(stateAt(plan, window - plan.serveLagWindows).narrowing);
    }
    expect(firstProxy(plan)).toBe("suite:long_tail");
    expect(firstProxy(drawSplitPlan(4, "season"))).toBeNull();
  });
});
