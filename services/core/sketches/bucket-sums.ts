/**
 * Integer sums per bucket and in total: the state of counts metrics that are read by bucket. Bounded and mergeable.
 *
 * Beyond `BUCKETS_MAX` names the ones of smallest name hash are kept and the rest is summed under `__other__`. Which
 * names those are does not depend on the order of arrival or of merges, and a kept bucket's sums are exact: it is
 * among the smallest of every part it was in.
 */
import { rankOfId } from "../hash.ts";
import type { Json } from "../metric.ts";
import { OTHER } from "../policy.ts";

export const BUCKETS_MAX = 200;

/** `total` has a fixed number of columns, their meaning is the metric's; each entry of `byBucket` has as many. */
export interface BucketSums {
  readonly total: number[];
  readonly byBucket: Map<string, number[]>;
}

export function emptyBucketSums(columns: number): BucketSums {
  return { total: new Array<number>(columns).fill(0), byBucket: new Map() };
}

/** Adds `amounts`, one per column, to the total and to `bucket`; "" is no bucket and counts in the total only. */
export function addToBucket(sums: BucketSums, bucket: string, amounts: readonly number[]): void {
  addInto(sums.total, amounts, 1);
  if (bucket !== "") addToEntry(sums, bucket, amounts);
}

/** Adds `amounts` to the total alone. */
export function addToTotal(sums: BucketSums, amounts: readonly number[]): void {
  addInto(sums.total, amounts, 1);
}

/** Adds `amounts` to a name beside the total: for names of which a record may have several, or none. */
export function addBeside(sums: BucketSums, name: string, amounts: readonly number[]): void {
  addToEntry(sums, name, amounts);
}

/** Adds `from` to `into`. */
export function mergeBucketSums(into: BucketSums, from: BucketSums): void {
  addInto(into.total, from.total, 1);
  for (const [bucket, amounts] of from.byBucket) addToEntry(into, bucket, amounts);
}

/**
 * Takes `part`, which was merged in before, out again; a bucket left without counts disappears. Exact while no bucket
 * has overflowed. After that the total and the kept buckets are exact, and what overflowed stays in `__other__`.
 */
export function subtractBucketSums(from: BucketSums, part: BucketSums): void {
  addInto(from.total, part.total, -1);
  for (const [bucket, amounts] of part.byBucket) {
    const name = from.byBucket.has(bucket) ? bucket : OTHER;
    const entry = from.byBucket.get(name);
    if (entry === undefined) continue;
    addInto(entry, amounts, -1);
    if (entry.every((amount) => amount === 0)) from.byBucket.delete(name);
  }
}

/** Bucket names ascending, by code unit; `__other__` among them where anything overflowed. */
export function bucketNames(sums: BucketSums): string[] {
  return [...sums.byBucket.keys()].sort();
}

/** `[total, [bucket, sums] ...]` with buckets ascending: equal sums give equal JSON. */
export function encodeBucketSums(sums: BucketSums): Json {
  return [[...sums.total], ...bucketNames(sums).map((name) => [name, ...sums.byBucket.get(name)!])];
}

/** Reads `encodeBucketSums`; throws TypeError for JSON that is no such thing. */
export function decodeBucketSums(json: Json, columns: number): BucketSums {
  if (!Array.isArray(json)) throw new TypeError("bucket sums must be an array");
  const [total, ...entries] = json as readonly Json[];
  const sums = emptyBucketSums(columns);
  addInto(sums.total, asAmounts(total, columns), 1);
  if (entries.length > BUCKETS_MAX + 1) throw new TypeError(`bucket sums hold ${entries.length} buckets`);
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== "string") throw new TypeError("bucket sums need a name");
    sums.byBucket.set(entry[0], asAmounts(entry.slice(1), columns));
  }
  return sums;
}

function asAmounts(json: Json | undefined, columns: number): number[] {
  if (
    !Array.isArray(json) ||
    json.length !== columns ||
    !json.every((amount) => Number.isSafeInteger(amount))
  ) {
    throw new TypeError(`bucket sums need ${columns} integers`);
  }
  return [...(json as number[])];
}

function addInto(into: number[], amounts: readonly number[], sign: 1 | -1): void {
  for (let i = 0; i < into.length; i++) into[i]! += sign * amounts[i]!;
}

function addToEntry(sums: BucketSums, bucket: string, amounts: readonly number[]): void {
  const { byBucket } = sums;
  const entry = byBucket.get(bucket);
  if (entry !== undefined) {
    addInto(entry, amounts, 1);
    return;
  }
  byBucket.set(bucket, [...amounts]);
  if (bucket === OTHER) return;
  if (byBucket.size - (byBucket.has(OTHER) ? 1 : 0) <= BUCKETS_MAX) return;
  const evicted = largestRank(byBucket);
  const overflow = byBucket.get(evicted)!;
  byBucket.delete(evicted);
  const other = byBucket.get(OTHER);
  if (other === undefined) byBucket.set(OTHER, overflow);
  else addInto(other, overflow, 1);
}

/** The name that must go: largest hash, ties by name. */
function largestRank(byBucket: ReadonlyMap<string, unknown>): string {
  let worst = "";
  let worstRank = -1;
  for (const name of byBucket.keys()) {
    if (name === OTHER) continue;
    const rank = rankOfId(name);
    if (rank > worstRank || (rank === worstRank && name > worst)) {
      worst = name;
      worstRank = rank;
    }
  }
  return worst;
}
