/** The JSON part of an encoded reference, checked field by field: a file is foreign input. */
import type { NullPoint, Reference } from "../reference.ts";
import { ReferenceFormatError } from "./reference-format-error.ts";

/** All of a reference but its version and arrays, and the arrays' lengths. */
export interface ReferenceHeader extends Omit<Reference, "version" | "words" | "wordCounts" | "tailWords"> {
  readonly vocabulary: number;
  readonly tail: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Quantiles per null point, as `NullPoint` lists them. */
const NULL_QUANTILES = 7;

/** Returns a header with exactly the known fields; throws `ReferenceFormatError` naming the first wrong one. */
export function checkHeader(value: unknown): ReferenceHeader {
  const fields = asObject(value, "header");
  const header: ReferenceHeader = {
    lane: asString(fields.lane, "lane"),
    vocabulary: asCount(fields.vocabulary, "vocabulary"),
    tail: asCount(fields.tail, "tail"),
    textsA: asCount(fields.textsA, "textsA"),
    textsB: asCount(fields.textsB, "textsB"),
    otherCount: asCount(fields.otherCount, "otherCount"),
    tailMassB: asShare(fields.tailMassB, "tailMassB"),
    lengthEdges: asArray(fields.lengthEdges, "lengthEdges", asFinite),
    lengthCounts: asArray(fields.lengthCounts, "lengthCounts", asCount),
    buckets: asArray(fields.buckets, "buckets", asString),
    bucketCountsA: asArray(fields.bucketCountsA, "bucketCountsA", asCount),
    bucketCountsB: asArray(fields.bucketCountsB, "bucketCountsB", asCount),
    tailBuckets: asArray(fields.tailBuckets, "tailBuckets", asString),
    fourGramsPer500: asAmount(fields.fourGramsPer500, "fourGramsPer500"),
    skeletonSixGramsPer500: asAmount(fields.skeletonSixGramsPer500, "skeletonSixGramsPer500"),
    nulls: asNulls(fields.nulls),
  };
  if (header.lengthCounts.length !== header.lengthEdges.length + 1) {
    throw new ReferenceFormatError("lengthCounts must have one entry more than lengthEdges");
  }
  ascend(header.lengthEdges, "lengthEdges");
  for (const name of ["bucketCountsA", "bucketCountsB"] as const) {
    if (header[name].length !== header.buckets.length) {
      throw new ReferenceFormatError(`${name} must have as many entries as buckets`);
    }
  }
  return header;
}

function asNulls(value: unknown): Readonly<Record<string, readonly NullPoint[]>> {
  const entries = Object.entries(asObject(value, "nulls")).map(([id, points]) => {
    const checked = asArray(points, `nulls.${id}`, asNullPoint);
    ascend(
      checked.map((point) => point.n),
      `nulls.${id}.n`,
    );
    return [id, checked] as const;
  });
  return Object.fromEntries(entries);
}

function asNullPoint(value: unknown, name: string): NullPoint {
  const fields = asObject(value, name);
  const quantiles = asArray(fields.quantiles, `${name}.quantiles`, asFinite);
  if (quantiles.length !== NULL_QUANTILES) {
    throw new ReferenceFormatError(`${name}.quantiles must have ${NULL_QUANTILES} entries`);
  }
  return {
    n: asCount(fields.n, `${name}.n`),
    mean: asFinite(fields.mean, `${name}.mean`),
    sd: asAmount(fields.sd, `${name}.sd`),
    quantiles,
  };
}

function ascend(values: readonly number[], name: string): void {
  for (let i = 1; i < values.length; i++) {
    if (values[i - 1]! >= values[i]!) throw new ReferenceFormatError(`${name} do not ascend at ${i}`);
  }
}

function asObject(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ReferenceFormatError(`${name} must be an object`);
  }
  return value as Fields;
}

function asArray<T>(value: unknown, name: string, item: (value: unknown, name: string) => T): T[] {
  if (!Array.isArray(value)) throw new ReferenceFormatError(`${name} must be an array`);
  return value.map((entry: unknown, i) => item(entry, `${name}[${i}]`));
}

function asString(value: unknown, name: string): string {
  if (typeof value !== "string") throw new ReferenceFormatError(`${name} must be a string`);
  return value;
}

function asFinite(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ReferenceFormatError(`${name} must be a finite number`);
  }
  return value;
}

function asAmount(value: unknown, name: string): number {
  const amount = asFinite(value, name);
  if (amount < 0) throw new ReferenceFormatError(`${name} must not be negative`);
  return amount;
}

function asShare(value: unknown, name: string): number {
  const share = asAmount(value, name);
  if (share > 1) throw new ReferenceFormatError(`${name} must be at most 1`);
  return share;
}

function asCount(value: unknown, name: string): number {
  const count = asAmount(value, name);
  if (!Number.isSafeInteger(count)) throw new ReferenceFormatError(`${name} must be an integer`);
  return count;
}
