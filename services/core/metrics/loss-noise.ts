import { defineCountsMetric } from "../metric.ts";
import { addReport, reportMeans, reportSumsState } from "../sketches/report-sums.ts";

/**
 * Restlessness of the training loss: the mean of the standard deviations that runs report, then of each run (bucket = run id).
 *
 * Input   reports of training runs that have a variance of the loss over the interval they report, 0 or more.
 * Value   nats, 0 = the loss did not move at all; n counts reports. No interval. `insufficient` without reports. Neither
 *         direction is better: a curve that grows smooth is doubted, never read as health (`calm_stall`).
 * State   sum in millionths and reports, by run (report-sums.ts).
 * Source  producers' reports
 */
export const lossNoise = defineCountsMetric({
  kind: "counts",
  id: "loss_noise",
  title: "Restlessness of the training loss",
  why: "Falls when training grows smooth, as it does where generated data have washed out what was hard to learn.",
  unit: "nats",
  better: "neither",
  family: "none",
  basis: "curves",
  stages: ["reply"],
  source: "producers' reports",
  input: "training",
  ...reportSumsState,
  add(state, { training }) {
    const { lossVariance, run } = training;
    // The root of less than nothing is no number, and no report.
    addReport(state, run, lossVariance === null ? null : Math.sqrt(lossVariance));
  },
  value: (state) => reportMeans("loss_noise", state),
});
