import { defineCountsMetric } from "../metric.ts";
import { addReport, reportMeans, reportSumsState } from "../sketches/report-sums.ts";

/**
 * Training loss: the mean of what runs report, then of each run (bucket = run id).
 *
 * Input   reports of training runs that have a loss, nats; at most 1,000 either way. Manifests are not counted.
 * Value   nats; n counts reports. No interval: steps of one curve are not independent. `insufficient` without reports.
 * State   sum in millionths and reports, by run (report-sums.ts).
 * Source  producers' reports
 */
export const trainingLoss = defineCountsMetric({
  kind: "counts",
  id: "training_loss",
  title: "Training loss",
  why: "Says how well the model fits what it is trained on, which says nothing of reality: generated text is easy to fit.",
  unit: "nats",
  better: "neither",
  family: "none",
  basis: "curves",
  stages: ["reply"],
  source: "producers' reports",
  input: "training",
  ...reportSumsState,
  add: (state, { training }) => addReport(state, training.run, training.loss),
  value: (state) => reportMeans("training_loss", state),
});
