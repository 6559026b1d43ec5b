import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`, for each rate that fell: the control's fall over its own, with Fieller's interval; n outcomes since. */
export const controlExplained = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "control_explained",
  title: "Share of a fall that the control shows as well",
  why: "Near 1 it would have come anyway: a season, harder questions, an outage elsewhere; near 0 the service is worse.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "difference in differences; Fieller 1954",
});
