import { defineSampleMetric } from "../metric.ts";
import { wordWindow } from "../reference/word-window.ts";
import { jsdCellBits, total } from "../statistics/jsd.ts";

/**
 * Jensen-Shannon divergence between the word types of the judged texts and those of half A, in bits, 0..1; types
 * outside A's vocabulary are one cell. Real windows do not give 0 but about .06 at 500 texts: judge it by its null.
 * `degenerate` where either side has no words.
 */
export const wordJsd = defineSampleMetric({
  kind: "sample",
  id: "word_jsd",
  title: "Word divergence",
  why: "Rises when words are used at other rates than in the real data.",
  unit: "bits",
  better: "lower",
  family: "divergence",
  basis: "words",
  stages: ["candidate", "admitted", "reply"],
  source: "Lin 1991",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const window = wordWindow(sample, reference);
    const real = total(reference.wordCounts) + reference.otherCount;
    if (window.total === 0 || real === 0) return "degenerate";
    const otherReal = reference.otherCount / real;
    let bits = jsdCellBits(otherReal, window.other / window.total);
    let unseen = 1 - otherReal;
    for (let i = 0; i < window.types.length; i++) {
      const p = reference.wordCounts[window.types[i]!]! / real;
      bits += jsdCellBits(p, window.counts[i]! / window.total);
      unseen -= p;
    }
    // A cell the window lacks adds half its real probability, so the unseen ones need no loop.
    bits += Math.max(0, unseen) / 2;
    return Math.min(1, Math.max(0, bits));
  },
});
