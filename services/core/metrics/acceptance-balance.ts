import { defineCountsMetric } from "../metric.ts";
import { acceptanceBalanceOf } from "../sketches/acceptance-balance-of.ts";
import { acceptanceMix, acceptanceSums } from "../sketches/acceptance-sums.ts";

/**
 * Acceptance in the bucket that the judge likes least over that in the one it likes most.
 *
 * Input   generated arrivals with a bucket and a verdict that is understood (judgement.ts). Buckets under 30 judged
 *         candidates are left out.
 * Value   ratio 0..1, 1 = all alike; the interval is conservative, from both buckets' Wilson intervals. n counts judged
 *         candidates of the buckets compared. `insufficient` under two such buckets, `degenerate` where nothing was
 *         accepted in them. The least of many is low by chance: hold it against the same lane earlier.
 * State   accepted and judged, by bucket; beyond 200 buckets the rest is one (bucket-sums.ts).
 * Source  Wilson 1927 Golden: 300/180/60/10 of 400/300/200/100 gives .1333333333.
 */
export const acceptanceBalance = defineCountsMetric({
  kind: "counts",
  id: "acceptance_balance",
  title: "Least over most accepted bucket",
  why: "Falls when one bucket is judged away while others pass, also where that bucket is too small to move the mix.",
  unit: "ratio",
  better: "higher",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Wilson 1927",
  input: "arrival",
  ...acceptanceSums,
  value: (state) => [acceptanceBalanceOf("acceptance_balance", acceptanceMix(state))],
});
