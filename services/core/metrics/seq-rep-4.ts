import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { Z_95 } from "../statistics/intervals.ts";

/** Sums are integers in millionths: the order of addition cannot change a result; a text errs by at most 5e-7. */
const MICRO = 1_000_000;
const TEXTS_MIN = 30;

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
  value({ microSum, microSquareSum, texts }) {
    if (texts < TEXTS_MIN) return [noResult("seq_rep_4", texts, "insufficient")];
    const mean = microSum / texts / MICRO;
    // Rounding may leave a variance of identical texts slightly below zero.
    const variance = Math.max(0, (microSquareSum / texts / MICRO - mean * mean) * (texts / (texts - 1)));
    const half = Z_95 * Math.sqrt(variance / texts);
    const interval = { lo: Math.max(0, mean - half), hi: Math.min(1, mean + half) };
    return [okResult("seq_rep_4", texts, mean, interval)];
  },
});
