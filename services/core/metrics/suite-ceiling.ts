import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: each suite's score in its latest window with 30 trials, with its 95 % interval; z against a score of .95. Bucket "": the suite with the largest z. */
export const suiteCeiling = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "suite_ceiling",
  title: "Score of the suite nearest its ceiling",
  why: "A suite that everybody passes tells models apart no more; its calm says nothing.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "Wilson 1927; score test against .95",
});
