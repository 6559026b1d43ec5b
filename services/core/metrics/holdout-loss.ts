import { defineCountsMetric } from "../metric.ts";
import { addReport, reportMeans, reportSumsState } from "../sketches/report-sums.ts";

/**
 * Loss on held-out data: the mean of what training runs report, then of each run (bucket = run id).
 *
 * Input   reports of training runs that have a holdout loss, nats; at most 1,000 either way.
 * Value   nats; n counts reports. No interval, as of `training_loss`. `insufficient` without reports.
 * State   sum in millionths and reports, by run (report-sums.ts).
 * Source  producers' reports
 */
export const holdoutLoss = defineCountsMetric({
  kind: "counts",
  id: "holdout_loss",
  title: "Loss on held-out data",
  why: "Stalls or rises while the training loss falls where what is learnt is not what the held-out data hold.",
  unit: "nats",
  better: "lower",
  family: "none",
  basis: "curves",
  stages: ["reply"],
  source: "producers' reports",
  input: "training",
  ...reportSumsState,
  add: (state, { training }) => addReport(state, training.run, training.holdoutLoss),
  value: (state) => reportMeans("holdout_loss", state),
});
