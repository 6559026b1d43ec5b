import { defineCountsMetric } from "../metric.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { addPatterns, patternShares } from "../sketches/pattern-share.ts";

/**
 * Share of texts with an error pattern that the policy declares: with any, then with each that was found (bucket = its name).
 * Side by side at candidates, what was admitted, replies, and texts called real, it is the rate at which the error reproduces.
 *
 * Input   texts of lanes that declare patterns (pattern-registry.ts); a pattern counts once a text. Declared patterns without a
 *         row were not found.
 * Value   ratio 0..1 with Wilson intervals; n counts texts. `insufficient` under 30. No result where no pattern is declared.
 *         Phrases are met word by word: the same error in other words is not seen.
 * State   texts, and texts with each pattern.
 * Source  exact counts, Wilson 1927
 */
export const errorPatternShare = defineCountsMetric({
  kind: "counts",
  id: "error_pattern_share",
  title: "Texts with a known error pattern",
  why: "Rises from generation to generation when an error is copied: what once was an accident becomes the practice.",
  unit: "ratio",
  better: "lower",
  family: "errors",
  basis: "phrases",
  stages: ["candidate", "admitted", "reply"],
  source: "exact counts, Wilson 1927",
  input: "text",
  ...bucketSumsState(1),
  add(state, { findings }) {
    if (findings?.patterns) addPatterns(state, findings.patterns);
  },
  value: (state) => patternShares("error_pattern_share", state),
});
