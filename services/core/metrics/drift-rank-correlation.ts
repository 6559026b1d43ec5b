import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: Spearman, beside `drift_correlation`. */
export const driftRankCorrelation = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "drift_rank_correlation",
  title: "Rank correlation of offline and online",
  why: "As the correlation, where one wild window must not decide.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Spearman 1904",
});
