import { evaluationCounts } from "../evaluation-counts.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

/**
 * Confident answers where facts are missing: the share of under-informed probes that the model answered all the same, in
 * total, then by bucket.
 *
 * Input   results of the suite `under_informed`: questions that cannot be answered from what they give. A success is a reply
 *         that asks, declines or names what is missing. Results with trials only; those that contradict themselves are left out.
 * Value   ratio 0..1 with Wilson intervals, 1 less the suite's score; n counts probes. `insufficient` under 30. No result in
 *         other suites.
 * State   confident answers and probes, by bucket.
 * Source  Wilson 1927
 */
export const confidentGapShare = defineCountsMetric({
  kind: "counts",
  id: "confident_gap_share",
  title: "Confident answers where facts are missing",
  why: "Rises when the model fills gaps with what usually follows instead of asking or declining.",
  unit: "ratio",
  better: "lower",
  family: "errors",
  basis: "evaluations",
  stages: ["reply"],
  source: "Wilson 1927",
  input: "evaluation",
  ...bucketSumsState(2),
  add(state, { evaluation }) {
    if (evaluation.suite !== "under_informed" || evaluation.trials === null) return;
    const counts = evaluationCounts(evaluation);
    if (counts === null) return;
    const { successes, trials } = counts;
    addToBucket(state, evaluation.bucket, [trials - successes, trials]);
  },
  value(state) {
    if (state.total[1] === 0) return [];
    const result = ([confident, probes]: readonly number[], bucket: string) =>
      rateResult("confident_gap_share", confident!, probes!, bucket);
    return [
      result(state.total, ""),
      ...bucketNames(state).map((bucket) => result(state.byBucket.get(bucket)!, bucket)),
    ];
  },
});
