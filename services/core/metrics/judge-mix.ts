import { defineCountsMetric } from "../metric.ts";
import { mixResults } from "../mix-result.ts";
import {
  addToBucket,
  type BucketSums,
  decodeBucketSums,
  emptyBucketSums,
  encodeBucketSums,
  mergeBucketSums,
  subtractBucketSums,
} from "../sketches/bucket-sums.ts";

const COLUMNS = 1;

/**
 * Who scored a suite's answers: for each judge (bucket = `<id>@<version>`) its share of the window's results, with its Wilson
 * interval; n is all results that name one. The total is 1. Results count once each, whatever their trials.
 */
export const judgeMix = defineCountsMetric<"evaluation", BucketSums>({
  kind: "counts",
  id: "judge_mix",
  title: "Results by judge",
  why: "Says who scored: a change of a score beside a change here may be the judge's.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "evaluation",
  empty: () => emptyBucketSums(COLUMNS),
  add(state, { evaluation }) {
    if (evaluation.judge !== "") addToBucket(state, evaluation.judge, [1]);
  },
  merge: mergeBucketSums,
  subtract: subtractBucketSums,
  encode: encodeBucketSums,
  decode: (json) => decodeBucketSums(json, COLUMNS),
  value: (state) => mixResults("judge_mix", state),
});
