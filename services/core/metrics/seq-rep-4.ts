import { counters } from "../counters.ts";
import { MICRO, meanResult } from "../mean-result.ts";
import { defineCountsMetric } from "../metric.ts";

const sums = counters(["microSum", "microSquareSum", "texts", "skipped"]);

/**
 * Repetition inside one text: 1 - distinct 4-grams / all 4-grams, averaged over the texts of a window.
 *
 * Input   N1 tokens of the whole text; texts under 4 tokens are skipped and counted.
 * Value   ratio 0..1, 0 = nothing repeats; 95 % interval of the mean (normal). `insufficient` under 30 texts.
 * State   four integers: sum and sum of squares in millionths, texts, skipped. Cost O(1) after the shared analysis.
 * Source  Welleck et al. 2019, arXiv 1908.04319 Golden: "to be or not to be", n = 2, gives 0.2.
 */
export const seqRep4 = defineCountsMetric({
  kind: "counts",
  id: "seq_rep_4",
  title: "Repetition inside a text",
  why: "Rises when texts loop: model text repeats its own phrases more than human text does.",
  unit: "ratio",
  better: "lower",
  family: "repetition",
  basis: "ngrams",
  stages: ["candidate", "admitted", "reply"],
  source: "Welleck et al. 2019, arXiv 1908.04319",
  input: "text",
  ...sums,
  add(state, { text }) {
    if (text.fourGrams === 0) {
      state.skipped += 1;
      return;
    }
    const repeated = 1 - text.distinctFourGrams / text.fourGrams;
    state.microSum += Math.round(repeated * MICRO);
    state.microSquareSum += Math.round(repeated * repeated * MICRO);
    state.texts += 1;
  },
  value: ({ microSum, microSquareSum, texts }) => [meanResult("seq_rep_4", microSum, microSquareSum, texts)],
});
