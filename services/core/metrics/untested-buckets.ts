import { defineSeriesMetric } from "../metric.ts";

/** Segment `buckets`: buckets, and buckets of user segments, of the window that have no evidence as there is no room for more; n those and all followed. */
export const untestedBuckets = defineSeriesMetric({
  kind: "series",
  segment: "buckets",
  id: "untested_buckets",
  title: "Buckets that nobody watches",
  why: "Above zero where a lane has more kinds of users than are followed: name fewer, or what falls there is seen in their parents alone.",
  unit: "count",
  better: "lower",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "the bounds of series/rate-evidence.ts and series/bucket-evidence.ts",
});
