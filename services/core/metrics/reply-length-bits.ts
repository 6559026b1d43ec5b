import { defineCountsMetric } from "../metric.ts";
import { LENGTH_BINS } from "../reply/reply-traits.ts";
import { addToBucket } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { shapeInformation } from "../sketches/shape-information.ts";
import { shortName } from "../sketches/short-name.ts";

const ONE_OF_BIN = Array.from({ length: LENGTH_BINS }, (_, bin) =>
  Array.from({ length: LENGTH_BINS }, (_, column) => (column === bin ? 1 : 0)),
);

/**
 * What the length of a reply tells of its request: mutual information between bucket and length, in bins of N1 tokens by
 * powers of two, from under 16 to 512 and more. Knows no language, where the shape by acts does.
 *
 * Input   every interaction with a bucket.
 * Value   bits, 0 and more, less what chance shows, with the interval of the delta method where it is above 0. About 0 where all
 *         requests get replies of one length, or lengths change without regard to them. n counts replies. `insufficient`
 *         under 5 replies a combination that occurs, `degenerate` where all are of one bucket.
 * State   7 integers a bucket; beyond 200 buckets the rest is one (bucket-sums.ts).
 * Source  Miller 1955, Vinh et al. 2010
 */
export const replyLengthBits = defineCountsMetric({
  kind: "counts",
  id: "reply_length_bits",
  title: "Fit of reply length to request",
  why: "Falls to 0 when every kind of request gets an answer of the same length.",
  unit: "bits",
  better: "higher",
  family: "repetition",
  basis: "length",
  stages: ["reply"],
  source: "Miller 1955, Vinh et al. 2010",
  input: "interaction",
  ...bucketSumsState(LENGTH_BINS),
  add(state, { interaction, traits }) {
    addToBucket(state, shortName(interaction.bucket), ONE_OF_BIN[traits.lengthBin]!);
  },
  value: (state) => [shapeInformation("reply_length_bits", state)],
});
