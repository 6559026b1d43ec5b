/**
 * Counts by name of what was found in texts, beside all texts: the state of the metrics of error patterns. A text has several, one or
 * none of them, so names do not add up to the total.
 */
import { addBeside, addToTotal, type BucketSums, bucketNames } from "./bucket-sums.ts";

/** Stands for texts with any; no declared name has such a character. */
const ANY = "*";

/** Adds one text's `amounts`, one a column: to all, and where something was found to any and to each name. */
export function addFound(sums: BucketSums, found: readonly string[], amounts: readonly number[]): void {
  addToTotal(sums, amounts);
  if (found.length === 0) return;
  addBeside(sums, ANY, amounts);
  for (const name of found) addBeside(sums, name, amounts);
}

export interface FoundCounts {
  /** "": texts with any. */
  readonly bucket: string;
  readonly counts: readonly number[];
}

/** Of texts with any, null where none was found; then by name ascending. */
export function foundCounts(sums: BucketSums): {
  readonly any: readonly number[] | null;
  readonly byName: readonly FoundCounts[];
} {
  const names = bucketNames(sums).filter((name) => name !== ANY);
  return {
    any: sums.byBucket.get(ANY) ?? null,
    byName: names.map((bucket) => ({ bucket, counts: sums.byBucket.get(bucket)! })),
  };
}
