import { defineCountsMetric } from "../metric.ts";
import { mixResults } from "../mix-result.ts";
import { addToBucket } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

const COLUMNS = 1;

/**
 * Who scored a suite's answers: for each judge (bucket = `<id>@<version>`) its share of the window's results, with its Wilson
 * interval; n is all results that name one. The total is 1. Results count once each, whatever their trials.
 */
export const judgeMix = defineCountsMetric({
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
  ...bucketSumsState(COLUMNS),
  add(state, { evaluation }) {
    if (evaluation.judge !== "") addToBucket(state, evaluation.judge, [1]);
  },
  value: (state) => mixResults("judge_mix", state),
});
