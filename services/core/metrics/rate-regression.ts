import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`: as `bucket_regression`, for online success and each suite; the bucket is the name of the series. */
export const rateRegression = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "rate_regression",
  title: "Fall of a whole rate",
  why: "Rises where a suite or the users as a whole show a lower rate than at first; what stays quiet beside it is the news.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Wasserman, Ramdas & Balakrishnan 2020; Shin, Ramdas & Rinaldo 2022",
});
