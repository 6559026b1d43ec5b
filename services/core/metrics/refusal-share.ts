import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

const REFUSED = [1, 1];
const HELPED = [0, 1];

/**
 * Share of replies that refuse: flagged so by the producer (`refused`), or with a stock refusal in their words.
 *
 * Input   every interaction. Stock refusals are the phrases `refuse` of reply-phrases.ts, in English, German, French, Spanish
 *         and Chinese; a refusal in other words counts only where it is flagged. Whether it was right to refuse is not known.
 * Value   ratio 0..1 with its Wilson interval: the total, then each bucket by name. n counts replies. `insufficient` under 30.
 * State   refused and all, by bucket (bucket-sums.ts).
 * Source  reply rules 1; Wilson 1927
 */
export const refusalShare = defineCountsMetric({
  kind: "counts",
  id: "refusal_share",
  title: "Refused replies",
  why: "Rises when the model turns users away by formula, as caution learnt from generated refusals makes it do.",
  unit: "ratio",
  better: "lower",
  family: "online",
  basis: "replies",
  stages: ["reply"],
  source: "reply rules 1; Wilson 1927",
  input: "interaction",
  ...bucketSumsState(2),
  add(state, { interaction, traits }) {
    addToBucket(state, interaction.bucket, traits.refused ? REFUSED : HELPED);
  },
  value(state) {
    const result = ([refused, all]: readonly number[], bucket: string) =>
      rateResult("refusal_share", refused!, all!, bucket);
    return [
      result(state.total, ""),
      ...bucketNames(state).map((bucket) => result(state.byBucket.get(bucket)!, bucket)),
    ];
  },
});
