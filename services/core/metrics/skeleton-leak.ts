import { defineSampleMetric } from "../metric.ts";
import { repeatedPieces, shareHolding } from "../sketches/skeleton-pieces.ts";
import { EMPTY_SAMPLE } from "../sketches/text-sample.ts";

/**
 * Templates of the generator in texts called real: the share of real texts that hold one of the sentence templates which the
 * same window's generated texts repeat most.
 *
 * Input   the window's samples of both, as many texts of each; templates are runs of 10 elements of skeletons (skeleton.ts),
 *         the 64 that most generated texts hold, each in 2 % of them and three at least.
 * Value   ratio 0..1. Its null is the same of two disjoint real windows, one in the place of the generated: language repeats
 *         itself, too. `insufficient` where the window has no generated texts, or fewer than 50 of either.
 * Source  after Shaib et al. 2024, arXiv 2407.00211
 */
export const skeletonLeak = defineSampleMetric({
  kind: "sample",
  id: "skeleton_leak",
  title: "Generated templates in texts called real",
  why: "Rises when generated text is passed off as real, or people have begun to write as the model does.",
  unit: "ratio",
  better: "lower",
  family: "provenance",
  basis: "skeletons",
  stages: ["candidate", "admitted"],
  source: "Shaib et al. 2024, arXiv 2407.00211",
  scale: "absolute",
  needsReference: false,
  beside: "generated",
  measure(sample, _reference, generated = EMPTY_SAMPLE) {
    if (sample.texts.length === 0 || generated.texts.length === 0) return "insufficient";
    return shareHolding(sample.texts, repeatedPieces(generated.texts));
  },
});
