import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: share of the dated suites run lately whose items are older than the lane's policy allows; each suite 0 or 1. n counts dated suites. Bucket "" only once the lane was watched that long, or no suite is old. */
export const suiteLegacy = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "suite_legacy",
  title: "Share of suites with old items",
  why: "Is 1 where only legacy suites run: whoever made the training data may have seen all of their items.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
});
