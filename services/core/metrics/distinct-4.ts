import { defineSampleMetric } from "../metric.ts";
import { distinctShare, equalBudget, tokenSequence } from "../sketches/equal-budget.ts";

/**
 * Variety of phrases: distinct 4-grams over all 4-grams of the judged sample, on an equal budget of 4-grams.
 *
 * Input   the first 256 N1 tokens of each sampled text, in rank order; 4-grams never cross texts; the last is truncated.
 * Value   ratio 0..1, 1 = no phrase occurs twice. `insufficient` where the sample holds fewer 4-grams than the budget
 *         (texts much shorter than real ones); `no_reference` without the reference that sets the budget.
 * Source  Li et al. 2016, arXiv 1510.03055 Golden: the five toy documents give 10/15.
 */
export const distinct4 = defineSampleMetric({
  kind: "sample",
  id: "distinct_4",
  title: "Distinct 4-grams",
  why: "Falls when texts share ever more phrases, as they do when a model trains on its own output.",
  unit: "ratio",
  better: "higher",
  family: "repetition",
  basis: "ngrams",
  stages: ["candidate", "admitted", "reply"],
  source: "Li et al. 2016, arXiv 1510.03055",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const budget = equalBudget(reference.fourGramsPer500, sample.texts.length);
    return distinctShare(sample, 4, budget, tokenSequence) ?? "insufficient";
  },
});
