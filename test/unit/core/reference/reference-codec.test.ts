import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { lengthJsd } from "../../../../services/core/metrics/length-jsd.ts";
import { wordJsd } from "../../../../services/core/metrics/word-jsd.ts";
import { buildReference } from "../../../../services/core/reference/build-reference.ts";
import { contentHash } from "../../../../services/core/reference/content-hash.ts";
import {
  chunkReference,
  decodeReference,
  encodeReference,
  joinReference,
  REFERENCE_BYTES_MAX,
  REFERENCE_CHUNK_BYTES_MAX,
  referenceVersion,
} from "../../../../services/core/reference/reference-codec.ts";
import { ReferenceFormatError } from "../../../../services/core/reference/reference-format-error.ts";
import type { Reference } from "../../../../services/core/reference.ts";

let reference: Reference;
let bytes: Uint8Array;

beforeAll(() => {
  const texts = Array.from({ length: 700 }, (_, i) => ({
    id: `t${i}`,
    text: `word${i % 40} other${i % 7} rare${i} ${"x ".repeat(i % 9)}`,
    bucket: `b\u00fccket ${i % 12} \ud800`,
  }));
  reference = buildReference({
    lane: "dem\u00f6/\u{1f600}",
    texts,
    seed: 3,
    nullDraws: 5,
    metrics: [wordJsd, lengthJsd],
  });
  bytes = encodeReference(reference);
});

/** `bytes` with another header, and a content hash that fits it. */
function withHeader(change: (header: Record<string, unknown>) => void): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(24, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(28, 28 + length))) as Record<
    string,
    unknown
  >;
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(28 + text.length + bytes.length - 28 - length);
  out.set(bytes.subarray(0, 24));
  new DataView(out.buffer).setUint32(24, text.length, true);
  out.set(text, 28);
  out.set(bytes.subarray(28 + length), 28 + text.length);
  return rehashed(out);
}

function rehashed(out: Uint8Array): Uint8Array {
  out.set(new TextEncoder().encode(contentHash(out.subarray(24))), 8);
  return out;
}

describe("a reference as bytes", () => {
  it("comes back as it was, names in any script included", () => {
    expect(decodeReference(bytes)).toEqual(reference);
    expect(encodeReference(decodeReference(bytes))).toEqual(bytes);
    expect(reference.version).toMatch(/^[0-9a-f]{16}$/);
    expect(referenceVersion(reference)).toBe(reference.version);
  });

  it("comes back from a view that does not start at 0", () => {
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 3);
    expect(decodeReference(shifted.subarray(3, 3 + bytes.length))).toEqual(reference);
  });

  it("is not written under a version that is not its content's", () => {
    expect(() => encodeReference({ ...reference, otherCount: reference.otherCount + 1 })).toThrow(RangeError);
  });

  it("has a version that depends on every field", () => {
    expect(referenceVersion({ ...reference, lane: "x" })).not.toBe(reference.version);
    expect(referenceVersion({ ...reference, nulls: {} })).not.toBe(reference.version);
  });

  it("of before templates were kept comes back with none, under its own version", () => {
    const { realPieces, ...older } = reference;
    expect(realPieces.length).toBeGreaterThan(0);
    const written = { ...older, realPieces: [] };
    const version = referenceVersion(written);
    const back = decodeReference(encodeReference({ ...written, version }));
    expect(back).toEqual({ ...written, version });
    expect(new TextDecoder().decode(encodeReference({ ...written, version }))).not.toContain("realPieces");
  });

  it("is refused when any byte is altered or missing", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = bytes.slice();
        altered[at]! ^= flip;
        expect(() => decodeReference(altered)).toThrow(ReferenceFormatError);
        expect(() => decodeReference(bytes.subarray(0, at))).toThrow(ReferenceFormatError);
      }),
      { numRuns: 60 },
    );
  });

  it("says what is wrong with foreign bytes", () => {
    const error = (input: Uint8Array): string => {
      try {
        decodeReference(input);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ReferenceFormatError);
        return (thrown as Error).message;
      }
      return "";
    };
    expect(error(new Uint8Array())).toMatch(/does not start with PLRF/);
    expect(error(new TextEncoder().encode('{"text": "a line of JSON, not a reference"}'))).toMatch(/PLRF/);
    expect(error(new Uint8Array(REFERENCE_BYTES_MAX + 1))).toMatch(/at most/);
    const newer = bytes.slice();
    newer[4] = 2;
    expect(error(newer)).toMatch(/format 2, this version reads 1/);
    expect(error(bytes.subarray(0, bytes.length - 4))).toMatch(/cut or altered/);
    expect(error(rehashed(bytes.slice(0, bytes.length - 4)))).toMatch(/header announces/);
    const long = bytes.slice();
    new DataView(long.buffer).setUint32(24, 0xffff_ffff, true);
    expect(error(rehashed(long))).toMatch(/header is longer/);
    const garbled = bytes.slice();
    garbled[28] = 0x23;
    expect(error(rehashed(garbled))).toMatch(/not JSON/);
    const unsorted = bytes.slice();
    const words = bytes.length - 4 * (2 * reference.words.length + reference.tailWords.length);
    unsorted.fill(0xff, words, words + 4);
    expect(error(rehashed(unsorted))).toMatch(/words do not ascend/);
  });

  it.each<[string, (header: Record<string, unknown>) => void, RegExp]>([
    ["a missing field", (h) => delete h.textsB, /textsB must be a finite number/],
    ["a negative count", (h) => (h.otherCount = -1), /otherCount must not be negative/],
    ["a fraction of a text", (h) => (h.textsA = 1.5), /textsA must be an integer/],
    ["a share above 1", (h) => (h.tailMassB = 1.2), /tailMassB must be at most 1/],
    ["templates out of order", (h) => (h.realPieces = [2, 1]), /realPieces do not ascend/],
    ["too many words", (h) => (h.vocabulary = 70_000), /at most 65536/],
    ["bins that do not fit", (h) => (h.lengthCounts = [1]), /one entry more/],
    ["buckets without counts", (h) => (h.bucketCountsA = []), /as many entries as buckets/],
    ["a bucket that is no name", (h) => (h.tailBuckets = [1]), /tailBuckets\[0\] must be a string/],
    ["edges that fall", (h) => (h.lengthEdges = [5, 4, ...Array(7).fill(9)]), /lengthCounts|ascend/],
    ["nulls as a list", (h) => (h.nulls = []), /nulls must be an object/],
    [
      "a null without quantiles",
      (h) => (h.nulls = { m: [{ n: 50, mean: 0, sd: 0 }] }),
      /quantiles must be an array/,
    ],
    ["nulls that do not ascend", (h) => (h.nulls = { m: [nullPoint(50), nullPoint(50)] }), /do not ascend/],
    ["a lane that is no name", (h) => (h.lane = null), /lane must be a string/],
  ])("is refused with %s", (_name, change, message) => {
    expect(() => decodeReference(withHeader(change))).toThrow(message);
    expect(() => decodeReference(withHeader(change))).toThrow(ReferenceFormatError);
  });

  function nullPoint(n: number) {
    return { n, mean: 0, sd: 0, quantiles: [0, 0, 0, 0, 0, 0, 0] };
  }
});

describe("a reference in pieces", () => {
  it("joins to what was cut", () => {
    const long = Uint8Array.from({ length: 2 * REFERENCE_CHUNK_BYTES_MAX + 7 }, (_, i) => i);
    const pieces = chunkReference(long);
    expect(pieces.map((piece) => piece.length)).toEqual([
      REFERENCE_CHUNK_BYTES_MAX,
      REFERENCE_CHUNK_BYTES_MAX,
      7,
    ]);
    expect(joinReference(pieces)).toEqual(long);
    expect(decodeReference(joinReference(chunkReference(bytes)))).toEqual(reference);
    expect(chunkReference(long.subarray(0, REFERENCE_CHUNK_BYTES_MAX))).toHaveLength(1);
  });

  it("is refused with a hole or beyond the bounds", () => {
    const piece = new Uint8Array(REFERENCE_CHUNK_BYTES_MAX);
    expect(() => joinReference([piece, undefined])).toThrow(/piece 1 of 2 is missing/);
    expect(() => joinReference([new Uint8Array(REFERENCE_CHUNK_BYTES_MAX + 1)])).toThrow(
      ReferenceFormatError,
    );
    expect(() => joinReference(new Array(17).fill(piece))).toThrow(/at most/);
  });
});
