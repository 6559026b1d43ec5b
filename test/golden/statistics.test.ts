/** Published and independently computed numbers of the statistics: metrics.md (names in the titles), scipy 1.17.1. */
import { describe, expect, it } from "vitest";
import { ksBinned, w1Binned } from "../../services/core/statistics/binned-distance.ts";
import { contingency } from "../../services/core/statistics/contingency.ts";
import {
  bernoulliLogE,
  bernoulliLogEAbove,
  EMPTY_TWO_SAMPLE_E,
  foldTwoSampleE,
  type TwoSampleBlock,
} from "../../services/core/statistics/e-values.ts";
import { entropyChaoShenNats, entropyNats, hill1, hill2 } from "../../services/core/statistics/entropy.ts";
import { jsdBits } from "../../services/core/statistics/jsd.ts";
import { mean, median, quantile, sd } from "../../services/core/statistics/moments.ts";
import { mutualInformation } from "../../services/core/statistics/mutual-information.ts";
import { narrowingBits } from "../../services/core/statistics/narrowing.ts";
import { psi } from "../../services/core/statistics/psi.ts";
import { rateDifference } from "../../services/core/statistics/rate-difference.ts";
import { binomialLowerTail, expectedCoverage, tailPositions } from "../../services/core/statistics/tail.ts";

const P = [500, 300, 150, 50];
const Q = [600, 300, 100, 0];
const SIX_P = [120, 340, 260, 180, 70, 30];
const SIX_Q = [90, 280, 300, 210, 80, 60];

/** Relative agreement to the digits the source gives. */
function near(actual: number, expected: number, relative = 1e-9): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

describe("difference of two rates (Newcombe 1998, table II, method 10)", () => {
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])("%d of %d minus %d of %d", (a, m, b, n, lo, hi) => {
    const difference = rateDifference({ successes: a, trials: m }, { successes: b, trials: n });
    expect(difference.value).toBeCloseTo(a / m - b / n, 12);
    expect(difference.lo).toBeCloseTo(lo, 4);
    expect(difference.hi).toBeCloseTo(hi, 4);
  });

  it("without trials is anything", () => {
    const none = { successes: 0, trials: 0 };
    expect(rateDifference(none, { successes: 1, trials: 2 })).toMatchObject({
      value: Number.NaN,
      lo: -1,
      hi: 1,
    });
  });
});

describe("divergence (metrics.md 3.1)", () => {
  it("JSD in bits", () => {
    near(jsdBits(P, Q), 0.0319145593808403);
    expect(jsdBits([1, 0], [0, 1])).toBe(1);
    near(jsdBits(SIX_P, SIX_Q), 0.0962782341034197 ** 2);
    expect(jsdBits(P, P)).toBe(0);
    expect(jsdBits([0, 0], [1, 2])).toBeNaN();
  });

  it("PSI with Laplace smoothing, and without on cells that all have counts", () => {
    near(psi(P, Q), 0.2686245489);
    near(psi(P, Q, 1), 0.2339622819, 1e-9);
    near(psi(SIX_P, SIX_Q, 0), 0.0518302993169235);
  });

  it("chi-square, G and Cramer's V", () => {
    const table = contingency([P, Q])!;
    near(table.chi2, 69.0909090909);
    expect(table.df).toBe(3);
    near(table.pChi2, 6.68e-15, 1e-3);
    near(table.g, 88.4859474146);
    near(table.pG, 4.63e-19, 1e-3);
    near(table.cramerV, 0.1858640755);
    near(table.cramerVCorrected, 0.1818275091);
    // Equal rows: 2N times the JSD in nats is G, N over both rows.
    near(table.g, 2 * 2000 * jsdBits(P, Q) * Math.LN2);
  });

  it("chi-square against scipy, also 2 x 6 and 3 x 3", () => {
    const six = contingency([SIX_P, SIX_Q])!;
    near(six.chi2, 25.728170050485);
    near(six.pChi2, 0.000100745982424277);
    near(six.g, 25.9485921949815);
    near(six.pG, 9.13080134753714e-5);
    near(six.cramerV, 0.112857068218055);
    const three = contingency([
      [12, 30, 9],
      [25, 25, 14],
      [40, 18, 22],
    ])!;
    near(three.chi2, 17.9449838185586);
    near(three.pChi2, 0.00126502750268587);
    near(three.cramerV, 0.214505895075042);
    expect(
      contingency([
        [1, 2],
        [0, 0],
      ]),
    ).toBeNull();
  });

  it("binned KS and W1", () => {
    near(ksBinned(P, Q), 0.1, 1e-12);
    near(w1Binned(P, Q), 0.25, 1e-12);
    // x = 1..5 against y = 2..7 on unit bins: scipy gives KS 1/3, W1 1.5.
    const x = [1, 1, 1, 1, 1, 0, 0];
    const y = [0, 1, 1, 1, 1, 1, 1];
    near(ksBinned(x, y), 1 / 3, 1e-12);
    near(w1Binned(x, y), 1.5, 1e-12);
    // scipy w1-weighted: atoms 0,1,3,6 and 0,2,5 on the joint grid 0,1,2,3,5,6.
    near(w1Binned([5, 2, 0, 2, 0, 1], [3, 0, 1, 0, 1, 0], [1, 1, 1, 2, 1]), 0.6, 1e-12);
  });

  it("entropy and Hill numbers", () => {
    const x = [10, 5, 3, 2, 1, 1, 1, 1];
    near(entropyNats(x), 1.6882550087);
    near(entropyChaoShenNats(x), 1.9696542004);
    near(entropyNats(SIX_P), 1.57147471424323, 1e-12);
    near(hill1(P), 3.1334042803);
    near(hill1(Q), 2.4545555959);
    near(hill2(P), 2.7397260274);
    near(hill2(Q), 2.1739130435);
    expect(entropyChaoShenNats([1, 1, 1])).toBeGreaterThan(Math.log(3));
  });
});

describe("tail (metrics.md 3.3)", () => {
  it("expected coverage of the tail in n items without replacement", () => {
    near(expectedCoverage([3, 2, 1, 1, 1, 1], 40, 20), 0.6068376068);
    expect(expectedCoverage([3, 2], 5, 5)).toBe(1);
    expect(expectedCoverage([3, 2], 5, 0)).toBe(0);
    expect(expectedCoverage([3], 40, 41)).toBeNaN();
    expect(expectedCoverage([], 40, 20)).toBeNaN();
  });

  it("exact lower tail of a tail mass", () => {
    near(binomialLowerTail(15, 1000, 0.09), 7.6e-24, 0.01);
    near(Math.log10(binomialLowerTail(15, 1000, 0.09)), -23.1213182252392, 1e-11);
    expect(binomialLowerTail(-1, 10, 0.5)).toBe(0);
    expect(binomialLowerTail(10, 10, 0.5)).toBe(1);
    near(binomialLowerTail(0, 3, 0.5), 0.125, 1e-12);
  });

  it("takes the rarest keys to a tenth of the mass", () => {
    const counts = [12, 9, 6, 4, 3, 2, 1, 1, 1, 1];
    expect(tailPositions(counts, 0.1, (a, b) => a - b, 65_536)).toEqual([6, 7, 8, 9]);
    expect(tailPositions(counts, 0.1, (a, b) => b - a, 3)).toEqual([9, 8, 7]);
    expect(tailPositions([5, 5], 0.1, (a, b) => a - b, 10)).toEqual([]);
  });
});

describe("e-values (metrics.md 5.2)", () => {
  it.each([
    [15, 348.016136, 386.675651],
    [10, 1.291406, 1.419294],
    [5, 0.106032, 0.070409],
  ])("one sample, %i of 50 against .1", (s, twoSided, oneSided) => {
    expect(Math.exp(bernoulliLogE(s, 50 - s, 0.1))).toBeCloseTo(twoSided, 6);
    expect(Math.exp(bernoulliLogEAbove(s, 50 - s, 0.1))).toBeCloseTo(oneSided, 6);
  });

  const fold = (blocks: readonly TwoSampleBlock[]): number =>
    Math.exp(blocks.reduce(foldTwoSampleE, EMPTY_TWO_SAMPLE_E).logE);
  const pair = (a: number, b: number, n = 1): TwoSampleBlock => ({
    successesA: a,
    trialsA: n,
    successesB: b,
    trialsB: n,
  });

  it("two samples", () => {
    near(fold(new Array(10).fill(pair(1, 0))), 107147.98481911, 1e-12);
    const mixed = [pair(1, 0), pair(1, 1), pair(0, 0), pair(1, 0)];
    near(fold([mixed, mixed, mixed, mixed, mixed].flat()), 10.2393136308, 1e-10);
    near(fold(new Array(5).fill(pair(9, 6, 10))), 156.6294261504, 1e-10);
    expect(fold(new Array(20).fill(pair(1, 1)))).toBe(1);
  });

  it("takes no evidence from a block with one empty side, and refuses contradictions", () => {
    const lone = { successesA: 3, trialsA: 5, successesB: 0, trialsB: 0 };
    expect(foldTwoSampleE(EMPTY_TWO_SAMPLE_E, lone).logE).toBe(0);
    expect(() => foldTwoSampleE(EMPTY_TWO_SAMPLE_E, { ...lone, successesA: 6 })).toThrow(RangeError);
    expect(bernoulliLogE(1, 1, 0)).toBeNaN();
  });
});

describe("moments (scipy and numpy)", () => {
  const x = [0.1, 0.4, 0.4, 0.7, 1.3, 2.2, 2.2, 3.0, 4.5, 4.5];
  it("mean and standard deviation", () => {
    near(mean(x), 1.93, 1e-12);
    near(sd(x), 1.64792799195434, 1e-12);
    expect(sd([1])).toBeNaN();
    expect(mean([])).toBeNaN();
  });
  it("quantiles of type 7", () => {
    const q = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];
    const linear = [0.1, 0.235, 0.37, 0.475, 1.75, 2.8, 4.5, 4.5, 4.5, 4.5];
    q.forEach((share, i) => {
      near(quantile(x, share), linear[i]!, 1e-12);
    });
    expect(median(x)).toBe(1.75);
    expect(median([])).toBeNaN();
  });
});

describe("acceptance (metrics.md 8)", () => {
  const candidates = [400, 300, 200, 100];
  const accepted = [300, 180, 60, 10];

  it("narrowing, effective buckets left, homogeneity", () => {
    near(narrowingBits(accepted, candidates), 0.1450377975);
    near(hill1(accepted) / hill1(candidates), 0.7640484086);
    const rejected = candidates.map((all, i) => all - accepted[i]!);
    const table = contingency([accepted, rejected])!;
    near(table.chi2, 200);
    expect(table.df).toBe(3);
  });

  it("nothing narrows where all is accepted, or the same share of each", () => {
    expect(narrowingBits(candidates, candidates)).toBe(0);
    expect(narrowingBits([200, 150, 100, 50], candidates)).toBe(0);
    expect(narrowingBits([0, 0, 0, 0], candidates)).toBeNaN();
    expect(() => narrowingBits([2], [1])).toThrow("2 accepted of 1");
  });
});

describe("mutual information", () => {
  it("of a fair channel that errs once in five: 1 - H(.2), less what chance shows", () => {
    const found = mutualInformation([
      [40, 10],
      [10, 40],
    ])!;
    near(found.plugIn, 0.2780719051126377);
    near(found.chance, 0.0072636546152746);
    near(found.value, 0.2780719051126377 - 0.0072636546152746);
    expect(found).toMatchObject({ n: 100, rows: 2, columns: 2, cells: 4 });
    expect(found.interval!.lo).toBeLessThan(found.value);
    expect(found.interval!.hi).toBeGreaterThan(found.value);
  });

  it("is all there is to know where each row has a column of its own, and 0 where rows are alike", () => {
    near(
      mutualInformation([
        [1000, 0],
        [0, 1000],
      ])!.plugIn,
      1,
    );
    expect(
      mutualInformation([
        [30, 60],
        [10, 20],
      ]),
    ).toMatchObject({ value: 0, plugIn: 0, interval: null });
    expect(mutualInformation([[30], [10]])).toMatchObject({ value: 0, rows: 2, columns: 1, cells: 2 });
    expect(mutualInformation([])).toBeNull();
    expect(mutualInformation([[0, 0]])).toBeNull();
    expect(() => mutualInformation([[1, 2], [3]])).toThrow(RangeError);
  });
});
