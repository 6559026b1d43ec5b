import { defineCountsMetric } from "../metric.ts";
import { okResult } from "../result.ts";
import { addBeside, addToTotal, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { wilson } from "../statistics/intervals.ts";

const HOLDS = [1, 0];
const OUT_OF_SCOPE = [1, 1];

/**
 * Of the texts that cite a fact, those that cite one where it does not hold: for another product, region or channel, out of
 * its time, or without its condition. Any fact first (a text is out of scope with one of its facts), then each that was cited
 * (bucket = its name).
 *
 * Input   texts of lanes that declare facts (pattern-registry.ts). A citation of which it cannot be told, because nobody said
 *         what the text is about, is not counted.
 * Value   ratio 0..1 with Wilson intervals; n counts texts that cite. What is told is known, not estimated, so any n carries a
 *         verdict. No result where nothing was cited. Phrases are met word by word, and do not say whether a fact is denied.
 * State   citing texts and those out of scope, of any and of each fact.
 * Source  exact counts, Wilson 1927
 */
export const factOutOfScopeShare = defineCountsMetric({
  kind: "counts",
  id: "fact_out_of_scope_share",
  title: "Facts cited out of their scope",
  why: "Rises when rules of one product, region, channel or time leak into texts about another, or lose their condition.",
  unit: "ratio",
  better: "lower",
  family: "errors",
  basis: "phrases",
  stages: ["candidate", "admitted", "reply"],
  source: "exact counts, Wilson 1927",
  input: "text",
  ...bucketSumsState(2),
  add(state, { findings }) {
    if (!findings || findings.cited.length === 0) return;
    const { cited, outOfScope } = findings;
    addToTotal(state, outOfScope.length > 0 ? OUT_OF_SCOPE : HOLDS);
    for (const name of cited) addBeside(state, name, outOfScope.includes(name) ? OUT_OF_SCOPE : HOLDS);
  },
  value(state) {
    const share = ([cited, out]: readonly number[], bucket: string) =>
      okResult("fact_out_of_scope_share", cited!, out! / cited!, wilson(out!, cited!), bucket);
    if (state.total[0] === 0) return [];
    return [
      share(state.total, ""),
      ...bucketNames(state).map((fact) => share(state.byBucket.get(fact)!, fact)),
    ];
  },
});
