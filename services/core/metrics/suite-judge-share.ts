import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { wilson } from "../statistics/intervals.ts";

const ONE = [1];

/**
 * Dependence of a suite on few judges: the share of its judged results that the busiest judge scored, then each judge's share
 * (bucket = `id@version`).
 *
 * Input   evaluations of one suite that name a judge; others were scored by comparison or execution.
 * Value   ratio 0..1 with its Wilson interval; n counts judged results. `insufficient` where no result names a judge.
 * State   one integer a judge, at most 200 of them (bucket-sums.ts).
 * Source  exact counts, Wilson 1927
 */
export const suiteJudgeShare = defineCountsMetric({
  kind: "counts",
  id: "suite_judge_share",
  title: "Share of the suite's busiest judge",
  why: "Is 1 where one judge scores a whole suite: what that judge likes then looks like progress.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "evaluation",
  ...bucketSumsState(1),
  add(state, { evaluation }) {
    if (evaluation.judge !== "") addToBucket(state, evaluation.judge, ONE);
  },
  value(state) {
    const judged = state.total[0]!;
    if (judged === 0) return [noResult("suite_judge_share", 0, "insufficient")];
    const share = (count: number, bucket: string) =>
      okResult("suite_judge_share", judged, count / judged, wilson(count, judged), bucket);
    const busiest = Math.max(...[...state.byBucket.values()].map(([count]) => count!));
    return [
      share(busiest, ""),
      ...bucketNames(state).map((name) => share(state.byBucket.get(name)![0]!, name)),
    ];
  },
});
