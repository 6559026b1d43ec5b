/** A planned experiment and results that fit it, for tests to spoil. */
import { type ExperimentResult, matchResults } from "../../services/core/experiment/match-results.ts";
import {
  type Arm,
  armsOf,
  canonicalPlan,
  type Plan,
  type PlannedMetric,
} from "../../services/core/experiment/plan.ts";
import { Random } from "../../services/core/random.ts";

export const PUBLISHED_MS = 1_700_000_000_000;

function planned(suite: string, more: Partial<PlannedMetric> & Pick<PlannedMetric, "role">): PlannedMetric {
  return { suite, metric: "accuracy", bucket: "", better: "higher", delta: null, ...more };
}

export function testPlan(more: Partial<Plan> = {}): Plan {
  return canonicalPlan({
    id: "e1",
    lane: "a/b",
    author: "ann",
    ratios: [0, 0.1, 0.3, 0.5, 0.7],
    seeds: ["1", "2", "3", "4", "5"],
    metrics: [
      planned("main", { role: "main" }),
      planned("long_tail", { role: "tail", delta: 0.02 }),
      planned("robustness", { role: "robust", delta: 0.02 }),
    ],
    ablations: [],
    settings: ["base model x"],
    settingsHash: "5e77",
    notes: "",
    ...more,
  });
}

/** One result a planned cell, made a minute after the plan; `value` says what it is. */
export function resultsOf(
  plan: Plan,
  value: (arm: Arm, metric: PlannedMetric, seed: string) => number,
): ExperimentResult[] {
  return armsOf(plan).flatMap((arm) =>
    plan.seeds.flatMap((seed) =>
      plan.metrics.map((metric) => ({
        id: `${arm.name}/${seed}/${metric.suite}/${metric.metric}/${metric.bucket}`,
        madeMs: PUBLISHED_MS + 60_000,
        lane: plan.lane,
        arm: arm.name,
        syntheticShare: arm.ratio,
        settingsHash: plan.settingsHash,
        seed,
        suite: metric.suite,
        metric: metric.metric,
        bucket: metric.bucket,
        itemId: "",
        successes: null,
        trials: null,
        value: value(arm, metric, seed),
      })),
    ),
  );
}

/** The tail falls from 0.4 on, the rest stays; a spread of a few thousandths. */
export function fallingTail({ name, ratio }: Arm, { suite }: PlannedMetric, seed: string): number {
  const noise = 0.006 * (new Random(`${name}/${suite}/${seed}`).nextFloat() - 0.5);
  return 0.7 + (suite === "long_tail" ? -0.4 * Math.max(0, ratio - 0.4) : 0) + noise;
}

export function matched(plan: Plan, results: readonly ExperimentResult[]) {
  return matchResults(plan, PUBLISHED_MS, results);
}
