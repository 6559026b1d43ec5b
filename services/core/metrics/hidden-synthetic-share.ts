import { counters } from "../counters.ts";
import { GENERATOR_MARKS } from "../generator-marks.ts";
import { defineCountsMetric } from "../metric.ts";
import { okResult } from "../result.ts";
import { wilson } from "../statistics/intervals.ts";

/**
 * Generated text in pools called real: the share of arrivals of real origin that carry a generator's mark, then of each kind
 * of mark (bucket; a sample may carry several).
 *
 * Input   arrivals that the lane's policy counts as real. The marks are in generator-marks.ts.
 * Value   ratio 0..1 with its Wilson interval; n counts arrivals called real. What is marked is known, not estimated, so any
 *         n carries a verdict. No result where nothing is called real. What hides without a mark is not seen here.
 * State   one integer a mark, marked, and real.
 * Source  exact counts, Wilson 1927
 */
export const hiddenSyntheticShare = defineCountsMetric({
  kind: "counts",
  id: "hidden_synthetic_share",
  title: "Real origin with a generator's mark",
  why: "Rises when generated text is passed off as real: the measure of everything else is then bent.",
  unit: "ratio",
  better: "lower",
  family: "provenance",
  basis: "marks",
  stages: ["candidate", "admitted"],
  source: "exact counts, Wilson 1927",
  input: "arrival",
  ...counters([...GENERATOR_MARKS, "marked", "real"]),
  add(state, { sample, generated }) {
    if (generated) return;
    state.real += 1;
    if (sample.marks.length === 0) return;
    state.marked += 1;
    for (const mark of sample.marks) state[mark] += 1;
  },
  value(state) {
    const { marked, real } = state;
    if (real === 0) return [];
    const share = (count: number, bucket: string) =>
      okResult("hidden_synthetic_share", real, count / real, wilson(count, real), bucket);
    return [share(marked, ""), ...GENERATOR_MARKS.map((mark) => share(state[mark], mark))];
  },
});
