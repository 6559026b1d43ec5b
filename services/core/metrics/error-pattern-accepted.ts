import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { addPatterns, patternShares } from "../sketches/pattern-share.ts";

/**
 * Share of what judges accepted that has a declared error pattern: with any, then with each that was found (bucket = its
 * name). `error_pattern_share` of candidates is the same before the judge.
 *
 * Input   generated arrivals that a judge accepted, in its words (judgement.ts), of lanes that declare patterns.
 * Value   ratio 0..1 with Wilson intervals; n counts accepted candidates. `insufficient` under 30. No result where none was
 *         accepted or no pattern is declared.
 * State   accepted, and accepted with each pattern.
 * Source  exact counts, Wilson 1927
 */
export const errorPatternAccepted = defineCountsMetric({
  kind: "counts",
  id: "error_pattern_accepted",
  title: "Accepted texts with a known error pattern",
  why: "Stands above the candidates' share when the judge lets the error through more readily than other texts.",
  unit: "ratio",
  better: "lower",
  family: "errors",
  basis: "phrases",
  stages: ["candidate"],
  source: "exact counts, Wilson 1927",
  input: "arrival",
  ...bucketSumsState(1),
  add(state, { sample, generated, findings }) {
    if (!findings?.patterns || judgedAccepted(sample, generated) !== true) return;
    addPatterns(state, findings.patterns);
  },
  value: (state) => patternShares("error_pattern_accepted", state),
});
