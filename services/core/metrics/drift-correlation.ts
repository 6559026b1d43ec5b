import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: Pearson over the lane's latest decision windows, interval at the effective n; n pairs; the bucket is `<offline>~<online>`, of a suite also `<offline>@version~<online>@version`: a value each deployed version. */
export const driftCorrelation = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "drift_correlation",
  title: "Correlation of offline and online",
  why: "Shows which offline series go with what users see; by itself no evidence, as two trends always correlate.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Pyper & Peterman 1998",
});
