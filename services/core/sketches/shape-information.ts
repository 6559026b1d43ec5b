import { type MetricResult, noResult, okResult } from "../result.ts";
import { mutualInformation } from "../statistics/mutual-information.ts";
import type { BucketSums } from "./bucket-sums.ts";

/** Replies for each combination of bucket and shape that occurs, at the least: with fewer, bias outweighs what is measured. */
export const REPLIES_PER_CELL_MIN = 5;
/** Buckets to tell apart, at the least. */
const BUCKETS_MIN = 2;

/**
 * Bits that a reply's shape (the columns) tells of its request's bucket. Replies without bucket are left out; n counts the
 * others. `insufficient` under 5 replies a combination that occurs, `degenerate` where all are of one bucket.
 */
export function shapeInformation(metric: string, { byBucket }: BucketSums): MetricResult {
  // By name, so that sums of floating-point terms do not depend on the order of arrival.
  const table = [...byBucket.keys()].sort().map((name) => byBucket.get(name)!);
  const found = mutualInformation(table);
  if (found === null) return noResult(metric, 0, "insufficient");
  if (found.n < REPLIES_PER_CELL_MIN * found.cells) return noResult(metric, found.n, "insufficient");
  if (found.rows < BUCKETS_MIN) return noResult(metric, found.n, "degenerate");
  return okResult(metric, found.n, found.value, found.interval);
}
