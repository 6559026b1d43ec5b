import { type MetricResult, noResult, okResult } from "./result.ts";
import { type BucketSums, bucketNames } from "./sketches/bucket-sums.ts";
import { wilson } from "./statistics/intervals.ts";

/** Who or what made up a window: the total, which is 1, then each name's share of it with its Wilson interval. n is the total. */
export function mixResults(metric: string, counts: BucketSums): MetricResult[] {
  const all = counts.total[0]!;
  if (all === 0) return [noResult(metric, 0, "insufficient")];
  return [
    okResult(metric, all, 1, null),
    ...bucketNames(counts).map((name) => {
      const own = counts.byBucket.get(name)![0]!;
      return okResult(metric, all, own / all, wilson(own, all), name);
    }),
  ];
}
