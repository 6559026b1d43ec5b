import { defineSeriesMetric } from "../metric.ts";

/** Segment `suites`: score on `main` minus score on `paraphrase` of one model version and metric (bucket), each in its latest window with 30 trials; Newcombe's 95 % interval, z against no difference, n trials of the smaller side. Bucket "": the pair measured last. */
export const paraphraseGap = defineSeriesMetric({
  kind: "series",
  segment: "suites",
  id: "paraphrase_gap",
  title: "Score lost when questions are put in other words",
  why: "Rises where a model knows the questions of the main suite rather than their answers.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "Newcombe 1998, method 10",
});
