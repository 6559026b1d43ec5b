import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { acceptanceMix, acceptanceSums, mixProblem } from "../sketches/acceptance-sums.ts";
import { narrowingBits, narrowingNull } from "../statistics/narrowing.ts";

/**
 * How far the judge's choice moves the mix of buckets: KL(accepted || candidates).
 *
 * Input   generated arrivals with a bucket and a verdict that is understood (judgement.ts).
 * Value   bits, 0 and more, 0 = every bucket is accepted alike; n counts the accepted, nRef the candidates. The null is not
 *         real windows but a judge that treats all buckets alike (narrowing.ts): value, null mean and z are those of the mix
 *         of this window. `insufficient` under 5 accepted a bucket on average, `degenerate` with one bucket.
 * State   accepted and judged, by bucket; beyond 200 buckets the rest is one (bucket-sums.ts).
 * Source  Kullback & Leibler 1951 Golden: 300/180/60/10 of 400/300/200/100 gives .1450377975.
 */
export const acceptanceNarrowing = defineCountsMetric({
  kind: "counts",
  id: "acceptance_narrowing",
  title: "Narrowing by the judge",
  why: "Rises when the judge lets some buckets through more readily than others, which takes the rare ones first.",
  unit: "bits",
  better: "lower",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Kullback & Leibler 1951",
  input: "arrival",
  ...acceptanceSums,
  value(state) {
    const mix = acceptanceMix(state);
    const { candidates, accepted, judged, kept } = mix;
    const problem = mixProblem(mix);
    if (problem !== null) return [noResult("acceptance_narrowing", kept, problem)];
    const value = narrowingBits(accepted, candidates);
    const { mean, sd } = narrowingNull(candidates.length, kept, judged);
    return [
      {
        ...okResult("acceptance_narrowing", kept, value, null),
        nRef: judged,
        nullMean: mean,
        nullSd: sd,
        ratio: mean === 0 ? null : value / mean,
        z: sd === 0 ? 0 : (value - mean) / sd,
      },
    ];
  },
});
