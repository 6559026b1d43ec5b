import { evaluationCounts } from "../evaluation-counts.ts";
import { defineCountsMetric } from "../metric.ts";
import { OTHER } from "../policy.ts";
import { rateResult } from "../rate-result.ts";
import type { EvaluationView } from "../sample.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

/**
 * Score of one suite by model version and by what was measured: what two suites can be compared on.
 *
 * Input   evaluations of one suite with successes of trials; plain values say nothing of how sure they are.
 * Value   ratio 0..1 with its Wilson interval: the total, then each (bucket = `<id>@<version> <metric>`); n counts trials.
 *         `insufficient` under 30.
 * State   two integers a model version and metric, at most 200 of them (bucket-sums.ts).
 * Source  Wilson 1927
 */
export const suiteModelScore = defineCountsMetric({
  kind: "counts",
  id: "suite_model_score",
  title: "Offline score by model version",
  why: "Says which version a score belongs to: versions that are evaluated side by side are not one.",
  unit: "ratio",
  better: "higher",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "Wilson 1927",
  input: "evaluation",
  ...bucketSumsState(2),
  add(state, { evaluation }) {
    const counts = evaluationCounts(evaluation);
    if (counts === null) return;
    addToBucket(state, nameOf(evaluation), [counts.successes, counts.trials]);
  },
  value(state) {
    const score = ([successes, trials]: readonly number[], bucket: string) =>
      rateResult("suite_model_score", successes!, trials!, bucket);
    return [
      score(state.total, ""),
      ...bucketNames(state).map((name) => score(state.byBucket.get(name)!, name)),
    ];
  },
});

/** Names that were refused are many models' or metrics', not one's. */
function nameOf({ model, metric }: EvaluationView): string {
  if (model === "") return "";
  return model === OTHER || metric === OTHER ? OTHER : `${model} ${metric}`;
}
