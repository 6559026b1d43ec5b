import { defineSeriesMetric } from "../metric.ts";

/** Segment `proxies`, in the window of a new online alarm that is explained: decision windows from the move of the mapped offline series that moved first to the alarm. The bucket is `<offline>~<alarm>`, n the windows it was told from. */
export const proxyLead = defineSeriesMetric({
  kind: "series",
  segment: "proxies",
  id: "proxy_lead",
  title: "Lead of the proxy that moved first",
  why: "Says which offline series would have told before the users did, and how much earlier: the time there was to act.",
  unit: "count",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "metric specification 6; Worsley 1979; Holm 1979",
});
