/** Means of numbers that training runs report, in total and by run: the state of the metrics of training curves. */
import type { MetricResult } from "../result.ts";
import { noResult, okResult } from "../result.ts";
import { addToBucket, type BucketSums, bucketNames } from "./bucket-sums.ts";
import { bucketSumsState } from "./bucket-sums-state.ts";

/** Columns: sum in millionths, number of reports. */
const COLUMNS = 2;
const MICROS = 1_000_000;
/** A report beyond it is refused: sums stay exact integers over any window, and no loss is so large. */
export const REPORT_VALUE_MAX = 1_000;

export const reportSumsState = bucketSumsState(COLUMNS);

/** Adds one report under `bucket`; null, what is no finite number, and what is beyond 1,000 either way are no reports. */
export function addReport(state: BucketSums, bucket: string, value: number | null): void {
  if (value === null || !(Math.abs(value) <= REPORT_VALUE_MAX)) return;
  addToBucket(state, bucket, [Math.round(value * MICROS), 1]);
}

/** Mean of all reports, then of each bucket by name. No interval: reports of one curve are not independent. */
export function reportMeans(metric: string, state: BucketSums): MetricResult[] {
  const mean = (sums: readonly number[], bucket: string): MetricResult => {
    const [micros, reports] = sums as readonly [number, number];
    if (reports === 0) return noResult(metric, 0, "insufficient", bucket);
    return okResult(metric, reports, micros / reports / MICROS, null, bucket);
  };
  return [
    mean(state.total, ""),
    ...bucketNames(state).map((bucket) => mean(state.byBucket.get(bucket)!, bucket)),
  ];
}
