import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`: part of the fall since the lane's first windows that is due to other shares of buckets, with its 95 % interval; n outcomes. */
export const mixDrop = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "mix_drop",
  title: "Fall that other traffic explains",
  why: "Says how much lower online success is only because users ask other things than at first.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Kitagawa 1955 (direct standardisation)",
});
