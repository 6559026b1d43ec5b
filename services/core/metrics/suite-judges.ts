import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: judges that scored any suite lately, versions of one judge being one; n counts suites run lately. Only once the lane was watched that long, or two were seen; not where no result names a judge. */
export const suiteJudges = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "suite_judges",
  title: "Judges that score the lane's suites",
  why: "With one judge the scores show how well it is pleased; a second one shows the difference.",
  unit: "count",
  better: "higher",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
});
