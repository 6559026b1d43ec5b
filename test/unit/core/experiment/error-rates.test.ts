/** How often experiments say what is not so, simulated where it is hardest: at the margin, and without any effect. */
import { describe, expect, it } from "vitest";
import { ablationEffects } from "../../../../services/core/experiment/ablation.ts";
import { capOf } from "../../../../services/core/experiment/cap.ts";
import type { Arm, PlannedMetric } from "../../../../services/core/experiment/plan.ts";
import { Random } from "../../../../services/core/random.ts";
import { normalQuantile } from "../../../../services/core/statistics/special.ts";
import { matched, resultsOf, testPlan } from "../../../support/experiment.ts";

const RUNS = 400;
const SIGMA = 0.01;

/** Normal errors, and a level that all arms of a seed share. */
function noisy(random: Random, value: (arm: Arm, metric: PlannedMetric) => number) {
  const normal = (): number => SIGMA * normalQuantile(random.nextFloat() || 0.5);
  const levels = new Map<string, number>();
  return (arm: Arm, metric: PlannedMetric, seed: string): number => {
    const level = levels.get(seed) ?? normal();
    levels.set(seed, level);
    return value(arm, metric) + level + normal();
  };
}

describe("a cap", () => {
  it("lies on a ratio that is just too bad in the tail at most once in twenty experiments", () => {
    const plan = testPlan();
    const falls = (arm: Arm, { suite }: PlannedMetric): number =>
      suite === "long_tail" && arm.ratio >= 0.5 ? -0.02 : 0;
    let tooHigh = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const found = matched(plan, resultsOf(plan, noisy(new Random(`cap/${run}`), falls)));
      if ((capOf(plan, found).ratio ?? 0) >= 0.5) tooHigh += 1;
    }
    expect(tooHigh / RUNS).toBeLessThanOrEqual(0.05);
  });

  it("is not lost to noise where nothing gets worse", () => {
    const plan = testPlan({ metrics: testPlan().metrics.map((metric) => ({ ...metric, delta: 4 * SIGMA })) });
    let whole = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const found = matched(
        plan,
        resultsOf(
          plan,
          noisy(new Random(`room/${run}`), () => 0.7),
        ),
      );
      if (capOf(plan, found).ratio === 0.7) whole += 1;
    }
    expect(whole / RUNS).toBeGreaterThanOrEqual(0.8);
  });
});

describe("effects of controls that do nothing", () => {
  it.each([5, 8])("with %i seeds are shown in at most one experiment and metric in twenty", (count) => {
    const arm = (name: string, ...removes: string[]) => ({ arm: name, removes, ratio: 0.3 });
    const plan = testPlan({
      seeds: Array.from({ length: count }, (_, i) => String(i)),
      ablations: [arm("no-a", "a"), arm("no-b", "b"), arm("no-ab", "a", "b")],
    });
    let wrong = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const found = matched(
        plan,
        resultsOf(
          plan,
          noisy(new Random(`null/${run}`), () => 0.7),
        ),
      );
      const effects = ablationEffects(plan, found);
      for (const metric of plan.metrics) {
        if (effects.some((effect) => effect.metric === metric && effect.verdict !== "inconclusive"))
          wrong += 1;
      }
    }
    // Three standard errors above nominal; Holm keeps it below.
    const families = RUNS * plan.metrics.length;
    expect(wrong / families).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / families));
  });
});
