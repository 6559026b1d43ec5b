import { defineCountsMetric } from "../metric.ts";
import { SHAPES } from "../reply/reply-traits.ts";
import { addToBucket } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { shapeInformation } from "../sketches/shape-information.ts";
import { shortName } from "../sketches/short-name.ts";

const ONE_OF_SHAPE = Array.from({ length: SHAPES }, (_, shape) =>
  Array.from({ length: SHAPES }, (_, column) => (column === shape ? 1 : 0)),
);

/**
 * What the order of a reply's acts tells of its request: mutual information between bucket and shape, where a shape is how
 * the reply opens and the next other thing it does (asks, then answers; answers throughout; 26 in all).
 *
 * Input   every interaction with a bucket. Acts are told by punctuation and the phrases of reply-phrases.ts.
 * Value   bits, 0 and more, less what chance shows, with the interval of the delta method where it is above 0. About 0 where one
 *         shape serves all requests, or shapes change without regard to them. n counts replies. `insufficient` under 5
 *         replies a combination that occurs, `degenerate` where all are of one bucket.
 * State   26 integers a bucket; beyond 200 buckets the rest is one (bucket-sums.ts).
 * Source  reply rules 1; Miller 1955, Vinh et al. 2010 Golden: [[40, 10], [10, 40]] gives .2780719051 less .0072636546.
 */
export const replyShapeBits = defineCountsMetric({
  kind: "counts",
  id: "reply_shape_bits",
  title: "Fit of reply shape to request",
  why: "Falls to 0 when the model answers every kind of request in one and the same shape.",
  unit: "bits",
  better: "higher",
  family: "repetition",
  basis: "replies",
  stages: ["reply"],
  source: "reply rules 1; Miller 1955, Vinh et al. 2010",
  input: "interaction",
  ...bucketSumsState(SHAPES),
  add(state, { interaction, traits }) {
    addToBucket(state, shortName(interaction.bucket), ONE_OF_SHAPE[traits.shape]!);
  },
  value: (state) => [shapeInformation("reply_shape_bits", state)],
});
