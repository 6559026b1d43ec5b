import { defineSeriesMetric } from "../metric.ts";

/** Segment `buckets`: rate before minus rate since with its 95 % interval, n outcomes since, `e` shared among the buckets (20 is alpha .05). Bucket "": the strongest of all, n buckets with a base. */
export const bucketRegression = defineSeriesMetric({
  kind: "series",
  segment: "buckets",
  id: "bucket_regression",
  title: "Fall of online success by bucket",
  why: "Rises where users of one kind are served worse than they were, also where the average hides it.",
  unit: "ratio",
  better: "lower",
  family: "online",
  basis: "outcomes",
  stages: ["reply"],
  source: "Wasserman, Ramdas & Balakrishnan 2020; Shin, Ramdas & Rinaldo 2022",
});
