import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: strongest cross-correlation of the pre-whitened series over the lags. */
export const driftWhitened = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "drift_whitened",
  title: "Correlation of what is new, offline and online",
  why: "Shows whether a step of the offline series comes with one of the online series, at the lag that tells most.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Box & Jenkins 1970 (pre-whitening)",
});
