import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId } from "../../services/core/hash.ts";
import {
  EMPTY_SAMPLE,
  mergeSamples,
  SAMPLE_TEXTS_MAX,
  type SampledText,
  sampleWithout,
  type TextSample,
  TextSampleBuilder,
} from "../../services/core/sketches/text-sample.ts";
import {
  decodeTextSample,
  encodeFittingSample,
  SAMPLE_BYTES_MAX,
} from "../../services/core/sketches/text-sample-codec.ts";

interface Offered {
  readonly id: string;
  readonly cell: string;
  readonly text: string;
}

/** Few ids, so that repeated ids with other contents occur. */
const offered: fc.Arbitrary<Offered> = fc.record({
  id: fc.integer({ min: 0, max: 1_500 }).map((n) => `id-${n}`),
  cell: fc.constantFrom("", "t1\u001f\u001fj\u001f", "t2\u001f\u001fj\u001f"),
  text: fc.string({ maxLength: 40, unit: "grapheme" }),
});
const offeredMany = fc.array(offered, { maxLength: 1_200, size: "max" });

const analyser = new TextAnalyser();

function sampleOf(items: readonly Offered[]): TextSample {
  const builder = new TextSampleBuilder();
  for (const { id, cell, text } of items) {
    builder.offer(rankOfId(id), id, cell, "bucket", analyser.analyseString(text));
  }
  return builder.toSample();
}

function encoded(sample: TextSample): Uint8Array {
  return encodeFittingSample(sample, SAMPLE_BYTES_MAX).bytes;
}

describe("the bottom-k sample", () => {
  it("does not depend on the order of offers, nor on offering again", () => {
    fc.assert(
      fc.property(offeredMany, fc.integer(), (items, seed) => {
        const sample = sampleOf(items);
        const turned = [...items].sort((a, b) => rankOfId(a.text + seed) - rankOfId(b.text + seed));
        expect(sampleOf(turned)).toEqual(sample);
        expect(sampleOf([...items, ...turned])).toEqual(sample);
      }),
      { numRuns: 30 },
    );
  });

  it("merges associatively, commutatively, with the empty sample as identity; merged parts equal one pass", () => {
    fc.assert(
      fc.property(offeredMany, offeredMany, offeredMany, (a, b, c) => {
        const [x, y, z] = [sampleOf(a), sampleOf(b), sampleOf(c)];
        const whole = sampleOf([...a, ...b, ...c]);
        expect(mergeSamples(mergeSamples(x, y), z)).toEqual(whole);
        expect(mergeSamples(x, mergeSamples(y, z))).toEqual(whole);
        expect(mergeSamples(z, mergeSamples(y, x))).toEqual(whole);
        expect(mergeSamples(x, EMPTY_SAMPLE)).toEqual(x);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps the k ids of smallest rank, ascending", () => {
    fc.assert(
      fc.property(offeredMany, (items) => {
        const ids = [...new Set(items.map(({ id }) => id))].sort((a, b) => rankOfId(a) - rankOfId(b));
        expect(sampleOf(items).texts.map(({ id }) => id)).toEqual(ids.slice(0, SAMPLE_TEXTS_MAX));
      }),
      { numRuns: 20 },
    );
  });

  it("is read back from its bytes, and equal samples have equal bytes", () => {
    fc.assert(
      fc.property(offeredMany, (items) => {
        const sample = sampleOf(items);
        const bytes = encoded(sample);
        expect(decodeTextSample(bytes)).toEqual(sample);
        expect(encoded(sampleOf([...items].reverse()))).toEqual(bytes);
      }),
      { numRuns: 20 },
    );
  });

  it("leaves a cell out", () => {
    fc.assert(
      fc.property(offeredMany, (items) => {
        const rest = sampleWithout(sampleOf(items), (cell) => cell.startsWith("t1"));
        expect(rest.texts.every(({ cell }) => !cell.startsWith("t1"))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it("refuses bytes it did not write, with RangeError", () => {
    const bytes = encoded(sampleOf([{ id: "a", cell: "", text: "one two three" }]));
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => decodeTextSample(bytes.subarray(0, end))).toThrow(RangeError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          decodeTextSample(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe("the sample's size", () => {
  function fullSample(idLength: number): TextSample {
    const texts: SampledText[] = Array.from({ length: SAMPLE_TEXTS_MAX }, (_, i) => ({
      rank: 2 ** 53 - 1 - SAMPLE_TEXTS_MAX + i,
      id: String(i).padStart(idLength, "x"),
      cell: `template-${i % 65}@v1\u001fteacher@v2\u001fjudge@v3\u001fsource`,
      bucket: `bucket-${i}`,
      tokens: new Uint32Array(256).fill(0xffff_ffff),
      kinds: new Uint8Array(256).fill(2),
      length: 4_000_000,
    }));
    return { texts };
  }

  it("holds 512 full texts with ids of 64 characters within the bound", () => {
    const sample = fullSample(64);
    const bytes = encoded(sample);
    expect(bytes.length).toBeLessThanOrEqual(SAMPLE_BYTES_MAX);
    expect(decodeTextSample(bytes)).toEqual(sample);
  });

  it("drops texts from the end where names are longer than that", () => {
    const sample = fullSample(2_000);
    const bytes = encoded(sample);
    expect(bytes.length).toBeLessThanOrEqual(SAMPLE_BYTES_MAX);
    const kept = decodeTextSample(bytes).texts;
    expect(kept.length).toBeGreaterThan(150);
    expect(kept).toEqual(sample.texts.slice(0, kept.length));
  });
});
