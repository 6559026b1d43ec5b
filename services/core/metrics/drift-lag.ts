import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: lag of `drift_whitened` in decision windows; positive: offline moves first. */
export const driftLag = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "drift_lag",
  title: "Lag of online behind offline",
  why: "Says how long before the users an offline series moves: the time there is to act.",
  unit: "count",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Box & Jenkins 1970 (pre-whitening)",
});
