/** Counts by name of what was found in texts, beside all texts: the state of the metrics of error patterns and facts. */
import { addToBucket, type BucketSums, bucketNames } from "./bucket-sums.ts";

/** Stand for all texts, and for those with any; no declared name has such a character. The sums' own total is in no use. */
const ALL = "=";
const ANY = "*";

/** Adds one text's `amounts`, and for what was found in it `foundAmounts`: to any, and to each name; all have as many columns. */
export function addFound(
  sums: BucketSums,
  found: readonly string[],
  amounts: readonly number[],
  foundAmounts: readonly number[],
): void {
  addToBucket(sums, ALL, amounts);
  if (found.length === 0) return;
  addToBucket(sums, ANY, foundAmounts);
  for (const name of found) addToBucket(sums, name, foundAmounts);
}

export interface FoundCounts {
  /** "": texts with any. */
  readonly bucket: string;
  readonly counts: readonly number[];
}

/** What was counted of all texts, null where there were none; and of those with any, then by name ascending, where any were found. */
export function foundCounts(sums: BucketSums): {
  readonly all: readonly number[] | null;
  readonly any: readonly number[] | null;
  readonly byName: readonly FoundCounts[];
} {
  const names = bucketNames(sums).filter((name) => name !== ANY && name !== ALL);
  return {
    all: sums.byBucket.get(ALL) ?? null,
    any: sums.byBucket.get(ANY) ?? null,
    byName: names.map((bucket) => ({ bucket, counts: sums.byBucket.get(bucket)! })),
  };
}
