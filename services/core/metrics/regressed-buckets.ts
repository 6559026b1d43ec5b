import { defineSeriesMetric } from "../metric.ts";

/** Segment `buckets`: how many buckets e-BH rejects; n buckets with a base. */
export const regressedBuckets = defineSeriesMetric({
  kind: "series",
  segment: "buckets",
  id: "regressed_buckets",
  title: "Buckets that are served worse",
  why: "Counts the kinds of users that are served worse than they were, at a false discovery rate of 5 %.",
  unit: "count",
  better: "lower",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Wang & Ramdas 2022 (e-BH)",
});
