/** Buckets of a reference: counts in both halves, and the tail. */
import { OTHER } from "../policy.ts";
import { addToBucket, bucketNames, emptyBucketSums } from "../sketches/bucket-sums.ts";
import type { SampledText } from "../sketches/text-sample.ts";
import { tailPositions } from "../statistics/tail.ts";
import { TAIL_SHARE } from "./vocabulary.ts";

/** Arrays as `Reference` has them. */
export interface BucketTable {
  readonly buckets: readonly string[];
  readonly bucketCountsA: readonly number[];
  readonly bucketCountsB: readonly number[];
  readonly tailBuckets: readonly string[];
}

/**
 * Counts texts by bucket. A names the buckets; what B alone has, and what exceeds the bound, is under `__other__`,
 * which is never part of the tail. Texts without bucket ("") are not counted.
 */
export function countBuckets(a: Iterable<SampledText>, b: Iterable<SampledText>): BucketTable {
  const table = emptyBucketSums(2);
  for (const { bucket } of a) addToBucket(table, bucket, [1, 0]);
  for (const { bucket } of b) {
    const known = bucket === "" || table.byBucket.has(bucket);
    addToBucket(table, known ? bucket : OTHER, [0, 1]);
  }
  const buckets = bucketNames(table);
  const bucketCountsA = buckets.map((bucket) => table.byBucket.get(bucket)![0]!);
  // Names ascend, so positions break ties by name.
  const tail = tailPositions(bucketCountsA, TAIL_SHARE, (x, y) => x - y, buckets.length);
  return {
    buckets,
    bucketCountsA,
    bucketCountsB: buckets.map((bucket) => table.byBucket.get(bucket)![1]!),
    tailBuckets: tail
      .map((i) => buckets[i]!)
      .filter((bucket) => bucket !== OTHER)
      .sort(),
  };
}
