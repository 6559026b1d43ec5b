import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: sign of a correlation that is concluded, 0 where none is. */
export const driftConcluded = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "drift_concluded",
  title: "Whether offline and online drift together",
  why: "Is 1 or -1 where the levels correlate at the effective n and the pre-whitened or the differenced series agree; 0 is not shown.",
  unit: "count",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "metric specification 6; Box & Jenkins 1970",
});
