import { defineSampleMetric } from "../metric.ts";
import { repeatedPieces, shareHolding } from "../sketches/skeleton-pieces.ts";
import { EMPTY_SAMPLE } from "../sketches/text-sample.ts";

/**
 * Templates of the generator in texts called real: the share of real texts that hold one of the sentence templates which the
 * same window's generated texts repeat most, and the reference's real texts do not.
 *
 * Input   the window's samples of both, as many texts of each, at most 256; templates are runs of 6 elements of skeletons
 *         (skeleton.ts), the 64 that most generated texts hold, each in 2 % of them and three at least.
 * Value   ratio 0..1 with its Wilson interval. Real windows without a leak show 0 to .008 on three corpora; where a tenth of
 *         them were a model's solutions of the same problems, .08. No result without a reference that knows templates, nor
 *         with fewer than 50 texts of either kind.
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
  needsReference: true,
  beside: "generated",
  measure(sample, reference, generated = EMPTY_SAMPLE) {
    if (reference === null || reference.realPieces.length === 0) return "no_reference";
    if (sample.texts.length === 0 || generated.texts.length === 0) return "insufficient";
    return shareHolding(sample.texts, repeatedPieces(generated.texts, reference.realPieces));
  },
});
