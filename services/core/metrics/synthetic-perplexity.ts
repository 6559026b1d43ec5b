import { defineCountsMetric } from "../metric.ts";
import { OTHER } from "../policy.ts";
import { type MetricResult, noResult } from "../result.ts";
import type { Origin } from "../sample.ts";
import { addReport, reportMeans, reportSumsState } from "../sketches/report-sums.ts";

/** Items of these origins are generated whatever a lane's policy counts as real; `unknown` says nothing. */
const SYNTHETIC: readonly Origin[] = ["model_generated", "simulation"];

/**
 * Perplexity on generated text, as nats a token: the mean of what evaluations report, by who measured it (bucket =
 * `<model> <tokenizer>`).
 *
 * Input   evaluations of a suite whose items are generated, with perplexity (1 or more), its model and its tokenizer.
 * Value   mean of ln(perplexity), nats; n counts results. Perplexities of different models or tokenizers are not
 *         comparable: the total has a value only where all are of one, else it is `degenerate`, as is `__other__`.
 *         `insufficient` where nothing was measured.
 * State   sum in millionths and results, by model and tokenizer (report-sums.ts).
 * Source  metric specification 4 (d)
 */
export const syntheticPerplexity = defineCountsMetric({
  kind: "counts",
  id: "synthetic_perplexity",
  title: "Perplexity on generated text",
  why: "Falls when a model agrees ever more with its own kind: no gain where real and tail suites do not gain, too.",
  unit: "nats",
  better: "neither",
  family: "perplexity",
  basis: "curves",
  stages: ["reply"],
  source: "metric specification 4 (d)",
  input: "evaluation",
  ...reportSumsState,
  add(state, { evaluation }) {
    const { itemOrigin, perplexity, perplexityModel, tokenizer } = evaluation;
    if (perplexity === null || !(perplexity >= 1) || !SYNTHETIC.includes(itemOrigin)) return;
    if (!isNamed(perplexityModel) || !isNamed(tokenizer)) return;
    addReport(state, `${perplexityModel} ${tokenizer}`, Math.log(perplexity));
  },
  value(state) {
    const [total, ...measured] = reportMeans("synthetic_perplexity", state) as [
      MetricResult,
      ...MetricResult[],
    ];
    const mixed = ({ n, bucket }: MetricResult) => noResult("synthetic_perplexity", n, "degenerate", bucket);
    const all = measured.map((result) => (result.bucket === OTHER ? mixed(result) : result));
    const [only] = all;
    if (total.status !== "ok") return [total];
    return [all.length === 1 && only!.status === "ok" ? total : mixed(total), ...all];
  },
});

/** A name that was too long to keep is no name: many share what it became. */
function isNamed(name: string): boolean {
  return name !== "" && name !== OTHER;
}
