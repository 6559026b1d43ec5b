import { defineSeriesMetric } from "../metric.ts";

/**
 * Segment `curves`: change of each curve (bucket) over its latest points, at most 24: Sen's slope times their span, with its
 * interval; z is Mann-Kendall's. Suites: of the score; loss noise, perplexity and `holdout`: of the logarithm, the last with
 * its sign turned, so that more is better.
 */
export const curveChange = defineSeriesMetric({
  kind: "series",
  segment: "curves",
  id: "curve_change",
  title: "Change of a training curve",
  why: "Says which of the curves that a training run is watched by move, and which stand still.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "curves",
  stages: ["reply"],
  source: "Sen 1968; Hamed & Rao 1998",
});
