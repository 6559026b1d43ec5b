import { beforeAll, describe, expect, it } from "vitest";
import { tokenHash } from "../../../../services/core/hash.ts";
import type { SampleMetric } from "../../../../services/core/metric.ts";
import { lengthJsd } from "../../../../services/core/metrics/length-jsd.ts";
import { lengthPsi } from "../../../../services/core/metrics/length-psi.ts";
import { tailCoverage } from "../../../../services/core/metrics/tail-coverage.ts";
import { tailCoverageBuckets } from "../../../../services/core/metrics/tail-coverage-buckets.ts";
import { tailMassRatio } from "../../../../services/core/metrics/tail-mass-ratio.ts";
import { wordJsd } from "../../../../services/core/metrics/word-jsd.ts";
import { wordPsi } from "../../../../services/core/metrics/word-psi.ts";
import type { NullPoint, Reference } from "../../../../services/core/reference.ts";
import { jsdBits } from "../../../../services/core/statistics/jsd.ts";
import { psi } from "../../../../services/core/statistics/psi.ts";
import { sampledText } from "../../../support/real-texts.ts";

const SAMPLE_METRICS: readonly SampleMetric[] = [
  tailCoverage,
  tailCoverageBuckets,
  tailMassRatio,
  wordJsd,
  wordPsi,
  lengthJsd,
  lengthPsi,
];

/** Words with their counts in A; the last three are the tail, `lost` is one only the tail knows. */
const COUNTS: Readonly<Record<string, number>> = { the: 50, of: 30, law: 10, treaty: 2, comet: 1 };
let reference: Reference;

beforeAll(() => {
  const words = Object.keys(COUNTS)
    .map((word) => [tokenHash(word), COUNTS[word]!] as const)
    .sort((a, b) => a[0] - b[0]);
  reference = {
    lane: "l",
    version: "",
    textsA: 10,
    textsB: 10,
    words: Uint32Array.from(words, ([hash]) => hash),
    wordCounts: Uint32Array.from(words, ([, count]) => count),
    otherCount: 7,
    tailWords: Uint32Array.from(["treaty", "comet", "lost"], tokenHash).sort(),
    tailMassB: 0.1,
    lengthEdges: [3, 6],
    lengthCounts: [4, 4, 2],
    buckets: ["big", "small", "smaller"],
    bucketCountsA: [8, 1, 1],
    bucketCountsB: [8, 1, 1],
    tailBuckets: ["small", "smaller"],
    fourGramsPer500: 0,
    skeletonSixGramsPer500: 0,
    realPieces: [],
    nulls: {},
  };
});

const SAMPLE = {
  texts: [
    sampledText("1", "The law of the treaty, 1848.", "big"),
    sampledText("2", "the lost tribe of the plain", "smaller"),
  ],
};
const NOTHING = { texts: [sampledText("1", "12 34 !", ""), sampledText("2", "", "")] };

describe("word metrics", () => {
  it("tail coverage counts distinct tail words, numbers and punctuation aside", () => {
    expect(tailCoverage.measure(SAMPLE, reference)).toBeCloseTo(2 / 3, 12);
    expect(tailCoverage.measure(NOTHING, reference)).toBe(0);
    expect(tailCoverage.measure(SAMPLE, { ...reference, tailWords: new Uint32Array() })).toBe("degenerate");
  });

  it("tail coverage is insufficient where under 20 tail words are to be expected", () => {
    const point = (mean: number): NullPoint => ({ n: 2, mean, sd: 0.01, quantiles: [0, 0, 0, 0, 0, 0, 0] });
    const many = Uint32Array.from({ length: 100 }, (_, i) => i);
    const thin = { ...reference, tailWords: many, nulls: { tail_coverage: [point(0.19)] } };
    expect(tailCoverage.measure(SAMPLE, thin)).toBe("insufficient");
    const enough = { ...thin, nulls: { tail_coverage: [point(0.2)] } };
    expect(tailCoverage.measure(SAMPLE, enough)).toBe(0);
  });

  it("tail mass is held against that of B", () => {
    // Eleven words, two of them tail words, where B has one in ten.
    expect(tailMassRatio.measure(SAMPLE, reference)).toBeCloseTo(2 / 11 / 0.1, 12);
    expect(tailMassRatio.measure(NOTHING, reference)).toBe("degenerate");
    expect(tailMassRatio.measure(SAMPLE, { ...reference, tailMassB: 0 })).toBe("degenerate");
  });

  it("word JSD agrees with the dense histogram, `lost`, `tribe` and `plain` in the rest", () => {
    //             the of law treaty comet rest
    const real = [50, 30, 10, 2, 1, 7];
    const window = [4, 2, 1, 1, 0, 3];
    expect(wordJsd.measure(SAMPLE, reference)).toBeCloseTo(jsdBits(real, window), 12);
    expect(wordPsi.measure(SAMPLE, reference)).toBeCloseTo(psi(real, window), 12);
  });

  it("word divergence is degenerate without words on either side", () => {
    const empty = { ...reference, words: new Uint32Array(), wordCounts: new Uint32Array(), otherCount: 0 };
    for (const metric of [wordJsd, wordPsi]) {
      expect(metric.measure(NOTHING, reference)).toBe("degenerate");
      expect(metric.measure(SAMPLE, empty)).toBe("degenerate");
    }
  });

  it("word PSI gives the 49 commonest words a cell each and the rest one", () => {
    const letters = Array.from({ length: 60 }, (_, i) => "x".repeat(i + 1));
    const words = letters.map((word, i) => [tokenHash(word), 100 - i] as const).sort((a, b) => a[0] - b[0]);
    const wide = {
      ...reference,
      words: Uint32Array.from(words, ([hash]) => hash),
      wordCounts: Uint32Array.from(words, ([, count]) => count),
    };
    const sample = { texts: [sampledText("1", letters.join(" "))] };
    const common = Array.from({ length: 49 }, (_, i) => 100 - i);
    const rest = Array.from({ length: 11 }, (_, i) => 51 - i).reduce((sum, count) => sum + count, 7);
    expect(wordPsi.measure(sample, wide)).toBeCloseTo(
      psi([...common, rest], [...new Array(49).fill(1), 11]),
      12,
    );
  });

  it("counts a sample once per reference, not once for all", () => {
    const before = wordJsd.measure(SAMPLE, reference);
    const other = { ...reference, otherCount: 70 };
    expect(wordJsd.measure(SAMPLE, other)).not.toBe(before);
    expect(wordJsd.measure(SAMPLE, reference)).toBe(before);
  });
});

describe("length and bucket metrics", () => {
  it("hold lengths against A's bins", () => {
    // Lengths 8 (punctuation and the number count) and 6, both in the last bin.
    expect(SAMPLE.texts.map((text) => text.length)).toEqual([8, 6]);
    expect(lengthJsd.measure(SAMPLE, reference)).toBeCloseTo(jsdBits([4, 4, 2], [0, 0, 2]), 12);
    expect(lengthPsi.measure(SAMPLE, reference)).toBeCloseTo(psi([4, 4, 2], [0, 0, 2]), 12);
  });

  it("are degenerate where real texts are all of one length", () => {
    const flat = { ...reference, lengthEdges: [], lengthCounts: [10] };
    expect(lengthJsd.measure(SAMPLE, flat)).toBe("degenerate");
    expect(lengthPsi.measure(SAMPLE, flat)).toBe("degenerate");
  });

  it("cover tail buckets, and say so where there are none", () => {
    expect(tailCoverageBuckets.measure(SAMPLE, reference)).toBe(0.5);
    expect(tailCoverageBuckets.measure(SAMPLE, { ...reference, tailBuckets: [] })).toBe("degenerate");
    const point: NullPoint = { n: 2, mean: 0.9, sd: 0.1, quantiles: [0, 0, 0, 0, 0, 0, 0] };
    const thin = { ...reference, nulls: { tail_coverage_buckets: [point] } };
    expect(tailCoverageBuckets.measure(SAMPLE, thin)).toBe("insufficient");
  });
});

describe("every metric of words, lengths and buckets", () => {
  it.each(SAMPLE_METRICS.map((metric) => [metric.id, metric] as const))(
    "%s needs a reference",
    (id, metric) => {
      expect(metric.needsReference).toBe(true);
      expect(metric.measure(SAMPLE, null)).toBe("no_reference");
      expect(id).toMatch(/^[a-z0-9_]+$/);
    },
  );
});
