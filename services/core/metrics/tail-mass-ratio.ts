import { defineSampleMetric } from "../metric.ts";
import { wordWindow } from "../reference/word-window.ts";

/**
 * Tail mass ratio (TMR): tail words' share of the judged texts' words, over their share in half B. 0 and more, about 1
 * for real text. Stays at 1 under unbiased resampling while coverage falls, and falls where sampling is sharpened or
 * filtered: read it beside `tail_coverage`. `degenerate` without a tail, without tail mass in B, or without words.
 */
export const tailMassRatio = defineSampleMetric({
  kind: "sample",
  id: "tail_mass_ratio",
  title: "Tail mass ratio",
  why: "Falls when generation is biased towards common words: low temperature, truncation, a judge that likes the middle.",
  unit: "ratio",
  better: "higher",
  family: "support",
  basis: "words",
  stages: ["candidate", "admitted", "reply"],
  source: "Shumailov et al. 2024",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const window = wordWindow(sample, reference);
    if (window.total === 0 || !(reference.tailMassB > 0)) return "degenerate";
    return window.tailTokens / window.total / reference.tailMassB;
  },
});
