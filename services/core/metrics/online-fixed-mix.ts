import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`: the window's rate by bucket, weighted as in the lane's first 12 windows, with its 95 % interval; n outcomes. In those windows the plain rate. */
export const onlineFixedMix = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "online_fixed_mix",
  title: "Online success at the first mix of buckets",
  why: "Falls where users of one and the same kind are served worse; other traffic alone does not move it.",
  unit: "ratio",
  better: "higher",
  family: "online",
  basis: "outcomes",
  stages: ["reply"],
  source: "Kitagawa 1955 (direct standardisation)",
});
