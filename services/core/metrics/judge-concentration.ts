import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { wilson } from "../statistics/intervals.ts";

const ONE = [1];

/**
 * Dependence on few judges: the share of judged candidates that the busiest judge decided, then each judge's share
 * (bucket = `id@version`).
 *
 * Input   generated arrivals with a judge and a verdict that is understood (judgement.ts).
 * Value   ratio 0..1, 1 = one judge decides all, with its Wilson interval; n counts judged candidates. `insufficient` where
 *         none was judged.
 * State   one integer a judge, at most 200 of them (bucket-sums.ts).
 * Source  exact counts, Wilson 1927
 */
export const judgeConcentration = defineCountsMetric({
  kind: "counts",
  id: "judge_concentration",
  title: "Share of the busiest judge",
  why: "Is 1 where nobody rotates judges: what that judge dislikes then never reaches training.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "judgements",
  stages: ["candidate"],
  source: "exact counts, Wilson 1927",
  input: "arrival",
  ...bucketSumsState(1),
  add(state, { sample, generated }) {
    if (sample.judge !== "" && judgedAccepted(sample, generated) !== null)
      addToBucket(state, sample.judge, ONE);
  },
  value({ total, byBucket }) {
    const [judged] = total as [number];
    if (judged === 0) return [noResult("judge_concentration", 0, "insufficient")];
    const share = (count: number, bucket: string) =>
      okResult("judge_concentration", judged, count / judged, wilson(count, judged), bucket);
    const busiest = Math.max(...[...byBucket.values()].map(([count]) => count!));
    return [
      share(busiest, ""),
      ...bucketNames({ total, byBucket }).map((name) => share(byBucket.get(name)![0]!, name)),
    ];
  },
});
