import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

/** Columns: resolved, and outcomes that say whether. */
const COLUMNS = 2;

/**
 * Share of outcomes that say the user's matter was resolved, 0..1 with its Wilson interval: the total, then each
 * bucket by name. n counts outcomes that say so or not; those that cannot say (`resolved` null) are not in it.
 * `insufficient` under 30.
 */
export const onlineSuccess = defineCountsMetric({
  kind: "counts",
  id: "online_success",
  title: "Online success",
  why: "Falls where real users are served worse, first in rare buckets, while offline scores may still look fine.",
  unit: "ratio",
  better: "higher",
  family: "online",
  basis: "outcomes",
  stages: ["reply"],
  source: "Wilson 1927",
  input: "outcome",
  ...bucketSumsState(COLUMNS),
  add(state, { outcome }) {
    if (outcome.resolved === null) return;
    addToBucket(state, outcome.bucket, [outcome.resolved ? 1 : 0, 1]);
  },
  value(state) {
    const result = (sums: readonly number[], bucket: string) =>
      rateResult("online_success", sums[0]!, sums[1]!, bucket);
    return [
      result(state.total, ""),
      ...bucketNames(state).map((bucket) => result(state.byBucket.get(bucket)!, bucket)),
    ];
  },
});
