import { defineSeriesMetric } from "../metric.ts";

/**
 * Segment `curves`: decision windows in a row in which training grew smooth, perplexity on generated text fell, and a suite
 * of tail or real items (bucket = its segment, or `holdout`) did not gain. Bucket "": the longest of them. `insufficient`
 * where the points do not tell; n counts those of the suite.
 */
export const calmStall = defineSeriesMetric({
  kind: "series",
  segment: "curves",
  id: "calm_stall",
  title: "Windows in which training grows calm and reality gains nothing",
  why: "Grows while loss and synthetic perplexity look ever better and real and tail suites stand still: smoother training is doubted.",
  unit: "count",
  better: "lower",
  family: "perplexity",
  basis: "curves",
  stages: ["reply"],
  source: "metric specification 4 (trend divergence); Sen 1968; Hamed & Rao 1998",
});
