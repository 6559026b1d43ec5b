import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { LENGTH_BIN_NAMES, lengthBin } from "../reply/reply-traits.ts";
import { acceptanceBalanceOf } from "../sketches/acceptance-balance-of.ts";
import { judgementAmounts } from "../sketches/acceptance-sums.ts";
import { addToBucket } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";

/**
 * Whether the judge prefers a length: acceptance in the length bin it likes least over that in the one it likes most, then
 * the acceptance of each bin that occurred (bucket = its range of tokens).
 *
 * Input   generated arrivals with a verdict that is understood (judgement.ts); length in N1 tokens of the output, in bins of
 *         powers of two, from under 16 to 512 and more.
 * Value   ratio 0..1, 1 = all lengths alike. Bins under 30 judged candidates are `insufficient` and not compared; the total
 *         is `insufficient` where under two bins can be.
 * State   accepted and judged, by bin.
 * Source  Wilson 1927; judges' taste for length: Zheng et al. 2023, arXiv 2306.05685
 */
export const survivalByLength = defineCountsMetric({
  kind: "counts",
  id: "survival_by_length",
  title: "Acceptance by length",
  why: "Falls when the judge lets texts through by their length: long ones flattered, or short ones waved through.",
  unit: "ratio",
  better: "higher",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Wilson 1927; Zheng et al. 2023, arXiv 2306.05685",
  input: "arrival",
  ...bucketSumsState(2),
  add(state, { sample, generated, tokens }) {
    const accepted = judgedAccepted(sample, generated);
    if (accepted === null) return;
    addToBucket(state, LENGTH_BIN_NAMES[lengthBin(tokens)]!, judgementAmounts(accepted));
  },
  value({ byBucket }) {
    const bins = LENGTH_BIN_NAMES.filter((name) => byBucket.has(name));
    const accepted = bins.map((name) => byBucket.get(name)![0]!);
    const candidates = bins.map((name) => byBucket.get(name)![1]!);
    return [
      acceptanceBalanceOf("survival_by_length", { candidates, accepted }),
      ...bins.map((name, i) => rateResult("survival_by_length", accepted[i]!, candidates[i]!, name)),
    ];
  },
});
