import { defineSampleMetric } from "../metric.ts";
import { nullAt } from "../null.ts";
import { wordWindow } from "../reference/word-window.ts";

/** Fewer tail words than this expected in a window say nothing about the tail. */
export const TAIL_SEEN_EXPECTED_MIN = 20;

/**
 * Tail coverage ratio (TCR): the share of the reference's tail words seen in the judged texts, over what real windows
 * of the same number of texts show. About 1 is healthy, below 1 the tail is being lost. Raw value 0..1; published
 * value 0 and more. `degenerate` without tail words, `insufficient` where under 20 tail words are to be expected.
 */
export const tailCoverage = defineSampleMetric({
  kind: "sample",
  id: "tail_coverage",
  title: "Tail coverage",
  why: "Falls when rare words of the real data stop being generated: the first thing a collapse takes.",
  unit: "ratio",
  better: "higher",
  family: "support",
  basis: "words",
  stages: ["candidate", "admitted", "reply"],
  source: "Shumailov et al. 2024",
  scale: "to_null",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const tail = reference.tailWords.length;
    if (tail === 0) return "degenerate";
    const real = nullAt(reference, "tail_coverage", sample.texts.length);
    if (real !== null && real.mean * tail < TAIL_SEEN_EXPECTED_MIN) return "insufficient";
    return wordWindow(sample, reference).tailSeen / tail;
  },
});
