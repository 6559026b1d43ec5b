import { defineSampleMetric } from "../metric.ts";
import { lengthCounts, sampleLengths } from "../reference/length-bins.ts";
import { psi } from "../statistics/psi.ts";

/**
 * Population stability index over A's quantile bins of length, nats, 0 and more; .1 and .25 are no thresholds.
 * Lengths are in tokens. Judge it by its null. `degenerate` where A's texts are all of one length.
 */
export const lengthPsi = defineSampleMetric({
  kind: "sample",
  id: "length_psi",
  title: "Length stability index",
  why: "Rises when text lengths shift against the real data, most where a whole length class disappears.",
  unit: "psi",
  better: "lower",
  family: "divergence",
  basis: "length",
  stages: ["candidate", "admitted", "reply"],
  source: "Yurdakul 2018",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    if (reference.lengthEdges.length === 0) return "degenerate";
    const counts = lengthCounts(sampleLengths(sample), reference.lengthEdges);
    const value = psi(reference.lengthCounts, counts);
    return Number.isNaN(value) ? "degenerate" : value;
  },
});
