import type { Json } from "../metric.ts";
import {
  type BucketSums,
  decodeBucketSums,
  emptyBucketSums,
  encodeBucketSums,
  mergeBucketSums,
  subtractBucketSums,
} from "./bucket-sums.ts";

/** Everything of a counts metric whose state is bucket sums of so many columns but `add` and `value`. */
export function bucketSumsState(columns: number) {
  return {
    empty: (): BucketSums => emptyBucketSums(columns),
    merge: mergeBucketSums,
    subtract: subtractBucketSums,
    encode: encodeBucketSums,
    decode: (json: Json): BucketSums => decodeBucketSums(json, columns),
  };
}
