import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

const EMPTY = [1, 1];
const SAID = [0, 1];

/**
 * Share of replies without a single word or number: nothing, white space, punctuation or emoji only.
 *
 * Input   every interaction.
 * Value   ratio 0..1 with its Wilson interval: the total, then each bucket by name. n counts replies. `insufficient` under 30.
 * State   empty and all, by bucket (bucket-sums.ts).
 * Source  exact counts, Wilson 1927
 */
export const emptyReplyShare = defineCountsMetric({
  kind: "counts",
  id: "empty_reply_share",
  title: "Empty replies",
  why: "Rises when the model says nothing to what users ask, which no quality score of replies can see.",
  unit: "ratio",
  better: "lower",
  family: "online",
  basis: "replies",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "interaction",
  ...bucketSumsState(2),
  add(state, { interaction, traits }) {
    addToBucket(state, interaction.bucket, traits.empty ? EMPTY : SAID);
  },
  value(state) {
    const result = ([empty, all]: readonly number[], bucket: string) =>
      rateResult("empty_reply_share", empty!, all!, bucket);
    return [
      result(state.total, ""),
      ...bucketNames(state).map((bucket) => result(state.byBucket.get(bucket)!, bucket)),
    ];
  },
});
