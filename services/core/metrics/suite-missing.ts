import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: how many of the kinds that the lane's policy asks for had no result lately; each kind, or kinds of which one will do (`shadow|external`), 0 or 1. Bucket "" only once the lane was watched that long, or nothing is missing. */
export const suiteMissing = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "suite_missing",
  title: "Suites that the policy asks for and nobody runs",
  why: "Without tail, shadow or external suites the offline curve shows only what was known all along.",
  unit: "count",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
});
