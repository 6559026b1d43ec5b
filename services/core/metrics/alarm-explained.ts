import { defineSeriesMetric } from "../metric.ts";

/** Segment `proxies`, in the window of a new online alarm, which is the bucket (`<series>` or `<series>[<bucket>]`): 1 where a mapped offline series moved within its lags before, 0 where none did (uncovered). n counts mapped series of which there was enough to tell. */
export const alarmExplained = defineSeriesMetric({
  kind: "series",
  segment: "proxies",
  id: "alarm_explained",
  title: "Online alarm explained by a proxy",
  why: "0 where users saw what no offline series that stands for it showed: the evaluations have a blind spot there.",
  unit: "count",
  better: "higher",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "metric specification 6",
});
