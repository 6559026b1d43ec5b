import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`, for each suite's score: share of results by judges that were not among those of its first windows; n results. Bucket "": the largest. */
export const newJudgeShare = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "new_judge_share",
  title: "Share of a suite's results by judges it did not have before",
  why: "Near 1 a score cannot be held against earlier ones: a stricter judge looks like a worse model.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
});
