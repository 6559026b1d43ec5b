import { defineSeriesMetric } from "../metric.ts";

/** Segment `proxies`: share of the lane's latest online alarms (at most 64, n) that no mapped proxy explained, with its Wilson interval. `insufficient` under 5, with the bare value. */
export const uncoveredAlarms = defineSeriesMetric({
  kind: "series",
  segment: "proxies",
  id: "uncovered_alarms",
  title: "Share of online alarms that no proxy covered",
  why: "High where the offline side does not see what users complain about: the map or the suites lack something.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "metric specification 6; Wilson 1927",
});
