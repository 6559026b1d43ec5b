import { defineSeriesMetric } from "../metric.ts";

/**
 * Segment `patterns`: how much larger the share of texts with a declared error pattern is than at first, with its interval, for
 * candidates and replies (bucket = `<stage>/<pattern>`); e is the evidence of all windows so far, shared among the patterns.
 * The whole is the pattern of the strongest evidence; its n counts those that are followed.
 */
export const errorPatternRise = defineSeriesMetric({
  kind: "series",
  segment: "patterns",
  id: "error_pattern_rise",
  title: "Rise of an error pattern",
  why: "Rises where an error comes more often than it did at first: it is being copied.",
  unit: "ratio",
  better: "lower",
  family: "errors",
  basis: "phrases",
  stages: ["reply"],
  source: "Wasserman, Ramdas & Balakrishnan 2020; Shin, Ramdas & Rinaldo 2022",
});
