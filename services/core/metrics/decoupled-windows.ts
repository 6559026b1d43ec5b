import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: decision windows in a row in which the suite's e-value is quiet, that of the users or of buckets has crossed, and the two series are apart. Bucket "": the longest of the suites. */
export const decoupledWindows = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "decoupled_windows",
  title: "Windows in which offline stays calm and online does not",
  why: "Grows while evaluations promise what users no longer get: the offline curve is calm because it cannot see.",
  unit: "count",
  better: "lower",
  family: "online",
  basis: "outcomes",
  stages: ["reply"],
  source: "metric specification 6",
});
