import { defineSeriesMetric } from "../metric.ts";

/** Segment `buckets`: rate since, drawn towards the rate of all buckets; n outcomes since. To rank and to show: rules use e-values. */
export const bucketRate = defineSeriesMetric({
  kind: "series",
  segment: "buckets",
  id: "bucket_rate",
  title: "Online success by bucket, shrunk",
  why: "Ranks buckets without letting a few outcomes of a rare one look like a disaster or a triumph.",
  unit: "ratio",
  better: "higher",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Kleinman 1973 (beta-binomial shrinkage)",
});
