/** The JSON part of an encoded reference, checked field by field: a file is foreign input. */
import { JsonShape } from "../json-shape.ts";
import type { NullPoint, Reference } from "../reference.ts";
import { ReferenceFormatError } from "./reference-format-error.ts";

/** All of a reference but its version and arrays, and the arrays' lengths. */
export interface ReferenceHeader extends Omit<Reference, "version" | "words" | "wordCounts" | "tailWords"> {
  readonly vocabulary: number;
  readonly tail: number;
}

const shape = new JsonShape((message) => new ReferenceFormatError(message));
const asCount = shape.count.bind(shape);
const asFinite = shape.finite.bind(shape);
const asString = shape.string.bind(shape);

/** Quantiles per null point, as `NullPoint` lists them. */
const NULL_QUANTILES = 7;

/** Returns a header with exactly the known fields; throws `ReferenceFormatError` naming the first wrong one. */
export function checkHeader(value: unknown): ReferenceHeader {
  const fields = shape.object(value, "header");
  const header: ReferenceHeader = {
    lane: asString(fields.lane, "lane"),
    vocabulary: asCount(fields.vocabulary, "vocabulary"),
    tail: asCount(fields.tail, "tail"),
    textsA: asCount(fields.textsA, "textsA"),
    textsB: asCount(fields.textsB, "textsB"),
    otherCount: asCount(fields.otherCount, "otherCount"),
    tailMassB: shape.share(fields.tailMassB, "tailMassB"),
    lengthEdges: shape.array(fields.lengthEdges, "lengthEdges", asFinite),
    lengthCounts: shape.array(fields.lengthCounts, "lengthCounts", asCount),
    buckets: shape.array(fields.buckets, "buckets", asString),
    bucketCountsA: shape.array(fields.bucketCountsA, "bucketCountsA", asCount),
    bucketCountsB: shape.array(fields.bucketCountsB, "bucketCountsB", asCount),
    tailBuckets: shape.array(fields.tailBuckets, "tailBuckets", asString),
    fourGramsPer500: shape.amount(fields.fourGramsPer500, "fourGramsPer500"),
    skeletonSixGramsPer500: shape.amount(fields.skeletonSixGramsPer500, "skeletonSixGramsPer500"),
    realPieces: fields.realPieces === undefined ? [] : shape.array(fields.realPieces, "realPieces", asCount),
    nulls: asNulls(fields.nulls),
  };
  if (header.lengthCounts.length !== header.lengthEdges.length + 1) {
    throw new ReferenceFormatError("lengthCounts must have one entry more than lengthEdges");
  }
  ascend(header.lengthEdges, "lengthEdges");
  ascend(header.realPieces, "realPieces");
  for (const name of ["bucketCountsA", "bucketCountsB"] as const) {
    if (header[name].length !== header.buckets.length) {
      throw new ReferenceFormatError(`${name} must have as many entries as buckets`);
    }
  }
  return header;
}

function asNulls(value: unknown): Readonly<Record<string, readonly NullPoint[]>> {
  const entries = Object.entries(shape.object(value, "nulls")).map(([id, points]) => {
    const checked = shape.array(points, `nulls.${id}`, asNullPoint);
    ascend(
      checked.map((point) => point.n),
      `nulls.${id}.n`,
    );
    return [id, checked] as const;
  });
  return Object.fromEntries(entries);
}

function asNullPoint(value: unknown, name: string): NullPoint {
  const fields = shape.object(value, name);
  const quantiles = shape.array(fields.quantiles, `${name}.quantiles`, asFinite);
  if (quantiles.length !== NULL_QUANTILES) {
    throw new ReferenceFormatError(`${name}.quantiles must have ${NULL_QUANTILES} entries`);
  }
  return {
    n: asCount(fields.n, `${name}.n`),
    mean: asFinite(fields.mean, `${name}.mean`),
    sd: shape.amount(fields.sd, `${name}.sd`),
    quantiles,
  };
}

function ascend(values: readonly number[], name: string): void {
  for (let i = 1; i < values.length; i++) {
    if (values[i - 1]! >= values[i]!) throw new ReferenceFormatError(`${name} do not ascend at ${i}`);
  }
}
