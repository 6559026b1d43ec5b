import { defineSampleMetric } from "../metric.ts";
import { distinctShare, equalBudget, skeletonSequence } from "../sketches/equal-budget.ts";

/**
 * Variety of sentence templates: distinct over all 6-grams of function-word skeletons, on an equal budget.
 *
 * Input   skeletons (skeleton.ts) of the first 256 N1 tokens of each sampled text, in rank order; 6-grams never cross
 *         texts; the last text is truncated.
 * Value   ratio 0..1, 1 = no template piece occurs twice. `insufficient` where the sample holds fewer 6-grams than the
 *         budget; `no_reference` without the reference that sets the budget.
 * Source  after Shaib et al. 2024, arXiv 2407.00211.
 *         Golden skeleton: "_ <N> - <N> - <N> = <N> _ a _ .".
 */
export const skeletonDistinct6 = defineSampleMetric({
  kind: "sample",
  id: "skeleton_distinct_6",
  title: "Distinct sentence templates",
  why: "Falls when texts are filled into ever fewer templates, even while their content words vary.",
  unit: "ratio",
  better: "higher",
  family: "repetition",
  basis: "skeletons",
  stages: ["candidate", "admitted", "reply"],
  source: "Shaib et al. 2024, arXiv 2407.00211",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const budget = equalBudget(reference.skeletonSixGramsPer500, sample.texts.length);
    return distinctShare(sample, 6, budget, skeletonSequence) ?? "insufficient";
  },
});
