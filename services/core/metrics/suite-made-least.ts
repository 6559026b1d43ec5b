import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: share of items that models made, of each suite run lately. Bucket "": the smallest of them, n suites of known origin; only once the lane was watched that long, or some suite is mostly real. */
export const suiteMadeLeast = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "suite_made_least",
  title: "Share of made items in the most real suite",
  why: "Rises to 1 where models wrote every suite: the evaluation then has the same blind spots as the data.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
});
