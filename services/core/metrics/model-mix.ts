import { defineCountsMetric } from "../metric.ts";
import { mixResults } from "../mix-result.ts";
import { addToBucket } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

const COLUMNS = 1;

/**
 * Which model versions answered: for each (bucket = `<id>@<version>`) its share of the window's replies, with its Wilson
 * interval; n is all replies. The total is 1. The largest is the deployed one, which a rule can hold.
 */
export const modelMix = defineCountsMetric({
  kind: "counts",
  id: "model_mix",
  title: "Replies by model version",
  why: "Says who answered: a change in any other online value beside a change here has a likely cause.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "arrivals",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "interaction",
  ...bucketSumsState(COLUMNS),
  add: (state, { interaction }) => addToBucket(state, interaction.model, [1]),
  value: (state) => mixResults("model_mix", state),
});
