import { defineSampleMetric } from "../metric.ts";
import { lengthCounts, sampleLengths } from "../reference/length-bins.ts";
import { jsdBits } from "../statistics/jsd.ts";

/**
 * Jensen-Shannon divergence between the lengths of the judged texts and those of half A, over A's quantile bins, in bits, 0..1.
 * Lengths are in tokens. Judge it by its null. `degenerate` where A's texts are all of one length.
 */
export const lengthJsd = defineSampleMetric({
  kind: "sample",
  id: "length_jsd",
  title: "Length divergence",
  why: "Rises when texts become longer, shorter or more alike in length than real ones.",
  unit: "bits",
  better: "lower",
  family: "divergence",
  basis: "length",
  stages: ["candidate", "admitted", "reply"],
  source: "Lin 1991",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    if (reference.lengthEdges.length === 0) return "degenerate";
    const counts = lengthCounts(sampleLengths(sample), reference.lengthEdges);
    const value = jsdBits(reference.lengthCounts, counts);
    return Number.isNaN(value) ? "degenerate" : value;
  },
});
