import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { judgementAmounts } from "../sketches/acceptance-sums.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

/**
 * Share of judged generated candidates that their judge accepted: the total, then each bucket by name.
 *
 * Input   generated arrivals with a verdict that is understood (judgement.ts); rejected candidates must be sent, too.
 * Value   ratio 0..1 with its Wilson interval; n counts judged candidates. `insufficient` under 30.
 * State   accepted and judged, by bucket (bucket-sums.ts).
 * Source  Wilson 1927
 */
export const judgeAcceptance = defineCountsMetric({
  kind: "counts",
  id: "judge_acceptance",
  title: "Acceptance by the judge",
  why: "Moves when the judge grows stricter or laxer, or candidates do; a bucket that falls alone is being judged away.",
  unit: "ratio",
  better: "neither",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Wilson 1927",
  input: "arrival",
  ...bucketSumsState(2),
  add(state, { sample, generated }) {
    const accepted = judgedAccepted(sample, generated);
    if (accepted !== null) addToBucket(state, sample.bucket, judgementAmounts(accepted));
  },
  value(state) {
    const result = ([accepted, judged]: readonly number[], bucket: string) =>
      rateResult("judge_acceptance", accepted!, judged!, bucket);
    return [
      result(state.total, ""),
      ...bucketNames(state).map((bucket) => result(state.byBucket.get(bucket)!, bucket)),
    ];
  },
});
