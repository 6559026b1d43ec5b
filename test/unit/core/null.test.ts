import { describe, expect, it } from "vitest";
import { defineSampleMetric, type SampleMetric } from "../../../services/core/metric.ts";
import {
  JUDGED_TEXTS_MAX,
  judge,
  judgedSample,
  judgedSize,
  nullAt,
  nullSizeMax,
} from "../../../services/core/null.ts";
import type { NullPoint, Reference } from "../../../services/core/reference.ts";
import { sampledText } from "../../support/real-texts.ts";

const QUANTILES = [0, 0, 0, 0, 0, 0, 0];

function point(n: number, mean: number, sd: number): NullPoint {
  return { n, mean, sd, quantiles: QUANTILES };
}

function referenceWith(points: readonly NullPoint[], textsB = 2_500): Reference {
  return {
    lane: "l",
    version: "",
    textsA: 2_500,
    textsB,
    words: new Uint32Array(),
    wordCounts: new Uint32Array(),
    otherCount: 0,
    tailWords: new Uint32Array(),
    realPieces: [],
    tailMassB: 0,
    lengthEdges: [],
    lengthCounts: [0],
    buckets: [],
    bucketCountsA: [],
    bucketCountsB: [],
    tailBuckets: [],
    fourGramsPer500: 0,
    skeletonSixGramsPer500: 0,
    nulls: { probe: points },
  };
}

function probe(change: Partial<SampleMetric> = {}): SampleMetric {
  return defineSampleMetric({
    kind: "sample",
    id: "probe",
    title: "Probe",
    why: "Stands for any metric.",
    unit: "ratio",
    better: "neither",
    family: "none",
    basis: "texts",
    stages: ["candidate"],
    source: "",
    scale: "absolute",
    needsReference: true,
    measure: () => 0.5,
    ...change,
  });
}

const sample = (n: number) => ({
  texts: Array.from({ length: n }, (_, i) => sampledText(`id-${i}`, "a b c")),
});

describe("the judged size", () => {
  it("is at most 512 texts and a fifth of half B", () => {
    expect(judgedSize(10_000, referenceWith([], 10_000))).toBe(512);
    expect(judgedSize(10_000, referenceWith([], 2_500))).toBe(500);
    expect(judgedSize(300, referenceWith([], 2_500))).toBe(300);
    expect(judgedSize(10_000, null)).toBe(JUDGED_TEXTS_MAX);
    expect(nullSizeMax(249)).toBe(49);
  });

  it("gives one object per window, so that metrics share what they count on it", () => {
    const window = sample(600);
    const reference = referenceWith([]);
    expect(judgedSample(window, reference)).toBe(judgedSample(window, reference));
    expect(judgedSample(window, reference).texts).toHaveLength(500);
    expect(judgedSample(window, null).texts).toHaveLength(512);
    const small = sample(100);
    expect(judgedSample(small, reference)).toBe(small);
  });
});

describe("the null at n", () => {
  const reference = referenceWith([point(50, 0.04, 0.004), point(100, 0.08, 0.002)]);
  const spread = (n: number) => Math.sqrt((2_500 + n) / (2_500 - n));

  it("is the point's mean, and its sd widened for overlapping pseudo-windows", () => {
    expect(nullAt(reference, "probe", 50)).toEqual({ mean: 0.04, sd: 0.004 * spread(50) });
  });

  it("follows a power of n between points", () => {
    const n = Math.sqrt(50 * 100);
    const real = nullAt(reference, "probe", n)!;
    expect(real.mean).toBeCloseTo(Math.sqrt(0.04 * 0.08), 12);
    expect(real.sd).toBeCloseTo(Math.sqrt(0.004 * 0.002) * spread(n), 12);
  });

  it("is linear in log n where an end is zero or negative", () => {
    const zero = referenceWith([point(50, 0, 0), point(200, 0.2, 0.1)]);
    expect(nullAt(zero, "probe", 100)!.mean).toBeCloseTo(0.1, 12);
  });

  it("is clamped above and absent below the grid, and for unknown metrics", () => {
    expect(nullAt(reference, "probe", 300)).toEqual(nullAt(reference, "probe", 100));
    expect(nullAt(reference, "probe", 49)).toBeNull();
    expect(nullAt(reference, "other", 50)).toBeNull();
    expect(nullAt(reference, "toString", 50)).toBeNull();
    expect(nullAt(referenceWith([]), "probe", 50)).toBeNull();
  });
});

describe("judging a sample metric", () => {
  const reference = referenceWith([point(50, 0.4, 0.05)], 1_000_000);

  it("attaches null, ratio, signed z and the spread of real windows", () => {
    const result = judge(probe(), sample(60), reference);
    expect(result).toMatchObject({
      metric: "probe",
      status: "ok",
      n: 60,
      nRef: 1_000_000,
      value: 0.5,
      e: null,
    });
    expect(result.nullMean).toBe(0.4);
    expect(result.nullSd).toBeCloseTo(0.05, 5);
    expect(result.ratio).toBeCloseTo(1.25, 12);
    expect(result.z).toBeCloseTo(2, 3);
    expect(result.hi! - result.value!).toBeCloseTo(1.96 * 0.05, 4);
    expect(result.value! - result.lo!).toBeCloseTo(1.96 * 0.05, 4);
  });

  it("divides by the null mean with scale to_null, and z stays what it was", () => {
    const result = judge(probe({ scale: "to_null" }), sample(60), reference);
    expect(result.value).toBeCloseTo(1.25, 12);
    expect(result.ratio).toBe(result.value);
    expect(result.nullMean).toBe(1);
    expect(result.z).toBeCloseTo(2, 3);
  });

  it("shows the metric the judged texts only, smallest ranks first", () => {
    let shown = 0;
    const metric = probe({
      measure(judged) {
        shown = judged.texts.length;
        return judged.texts[0]!.id === "id-0" ? 0.4 : 0;
      },
    });
    expect(judge(metric, sample(600), referenceWith([point(50, 0.4, 0.05)])).value).toBe(0.4);
    expect(shown).toBe(500);
  });

  it("says why there is no value", () => {
    expect(judge(probe(), sample(49), reference)).toMatchObject({
      status: "insufficient",
      n: 49,
      value: null,
    });
    expect(judge(probe(), sample(60), null)).toMatchObject({ status: "no_reference", n: 60 });
    expect(judge(probe({ measure: () => "degenerate" }), sample(60), reference).status).toBe("degenerate");
    expect(judge(probe({ measure: () => "insufficient" }), sample(60), reference).status).toBe(
      "insufficient",
    );
    expect(judge(probe({ measure: () => Number.NaN }), sample(60), reference).status).toBe("degenerate");
    const small = judge(probe(), sample(600), referenceWith([], 100));
    expect(small).toMatchObject({ status: "insufficient", n: 20 });
    const zero = referenceWith([point(50, 0, 0.1)]);
    expect(judge(probe({ scale: "to_null" }), sample(60), zero).status).toBe("degenerate");
  });

  it("is insufficient without a null at this n, and still shows an absolute value", () => {
    const late = referenceWith([point(100, 0.4, 0.05)]);
    expect(judge(probe(), sample(60), late)).toMatchObject({ status: "insufficient", value: 0.5, z: null });
    expect(judge(probe({ scale: "to_null" }), sample(60), late).value).toBeNull();
  });

  it("does not make an infinite z of a null without spread", () => {
    const still = referenceWith([point(50, 0.4, 0)]);
    expect(judge(probe(), sample(60), still)).toMatchObject({ status: "degenerate", value: 0.5, z: null });
    const same = judge(probe({ measure: () => 0.4 }), sample(60), still);
    expect(same).toMatchObject({ status: "ok", z: 0 });
  });

  it("gives the bare value without reference where none is needed", () => {
    const result = judge(probe({ needsReference: false }), sample(60), null);
    expect(result).toMatchObject({ status: "ok", value: 0.5, nullMean: null, z: null, lo: null, nRef: null });
    expect(judge(probe({ needsReference: false, scale: "to_null" }), sample(60), null).status).toBe(
      "no_reference",
    );
  });
});
