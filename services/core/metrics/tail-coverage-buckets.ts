import { defineSampleMetric } from "../metric.ts";
import { nullAt } from "../null.ts";
import { TAIL_SEEN_EXPECTED_MIN } from "./tail-coverage.ts";

/**
 * Tail coverage over buckets: the share of the reference's tail buckets seen in the judged texts, over what real
 * windows of the same number of texts show. Stands beside the coverage of words, which sees a collapse inside buckets.
 * `degenerate` without tail buckets, `insufficient` where under 20 of them are to be expected.
 */
export const tailCoverageBuckets = defineSampleMetric({
  kind: "sample",
  id: "tail_coverage_buckets",
  title: "Tail bucket coverage",
  why: "Falls when whole rare buckets of the real data stop being generated.",
  unit: "ratio",
  better: "higher",
  family: "support",
  basis: "buckets",
  stages: ["candidate", "admitted", "reply"],
  source: "Shumailov et al. 2024, over buckets; expected coverage is hypergeometric",
  scale: "to_null",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const tail = new Set(reference.tailBuckets);
    if (tail.size === 0) return "degenerate";
    const real = nullAt(reference, "tail_coverage_buckets", sample.texts.length);
    if (real !== null && real.mean * tail.size < TAIL_SEEN_EXPECTED_MIN) return "insufficient";
    const seen = new Set<string>();
    for (const text of sample.texts) if (tail.has(text.bucket)) seen.add(text.bucket);
    return seen.size / tail.size;
  },
});
