import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { acceptanceMix, acceptanceSums, mixProblem } from "../sketches/acceptance-sums.ts";
import { hill1 } from "../statistics/entropy.ts";

/**
 * Buckets in effective use after the judge over those before it: Hill numbers of order 1.
 *
 * Input   generated arrivals with a bucket and a verdict that is understood (judgement.ts).
 * Value   ratio above 0; under 1 the accepted are spread over fewer buckets than the candidates. n counts the accepted.
 *         `insufficient` under 5 accepted a bucket on average, `degenerate` with one bucket.
 * State   accepted and judged, by bucket; beyond 200 buckets the rest is one (bucket-sums.ts).
 * Source  Hill 1973 Golden: 300/180/60/10 of 400/300/200/100 gives .7640484086.
 */
export const acceptanceHillRatio = defineCountsMetric({
  kind: "counts",
  id: "acceptance_hill_ratio",
  title: "Effective buckets left by the judge",
  why: "Falls when what the judge accepts is spread over fewer buckets than what it was shown.",
  unit: "ratio",
  better: "higher",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Hill 1973",
  input: "arrival",
  ...acceptanceSums,
  value(state) {
    const mix = acceptanceMix(state);
    const problem = mixProblem(mix);
    if (problem !== null) return [noResult("acceptance_hill_ratio", mix.kept, problem)];
    return [okResult("acceptance_hill_ratio", mix.kept, hill1(mix.accepted) / hill1(mix.candidates), null)];
  },
});
