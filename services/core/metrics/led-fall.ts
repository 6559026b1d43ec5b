import { defineSeriesMetric } from "../metric.ts";

/** Segment `drift`: how much lower online success is than before a suite's fall was shown, with the evidence since; the bucket is the suite's series, "" the strongest of them with the evidence of all. */
export const ledFall = defineSeriesMetric({
  kind: "series",
  segment: "drift",
  id: "led_fall",
  title: "Fall of users that a suite foretold",
  why: "Rises where a suite fell and users are served worse since: the model is worse, and it is felt.",
  unit: "ratio",
  better: "lower",
  family: "online",
  basis: "outcomes",
  stages: ["reply"],
  source: "Wasserman, Ramdas & Balakrishnan 2020; metric specification 5",
});
