/** Published and independently computed numbers of series and many buckets: metrics.md 5.1, 5.3 and 6. */
import { describe, expect, it } from "vitest";
import {
  autocorrelation,
  correlationP,
  crossCorrelation,
  effectiveN,
  firstDifferences,
  pearson,
  spearman,
  whitened,
} from "../../services/core/statistics/correlation.ts";
import {
  adjustedLogE,
  benjaminiHochberg,
  eBenjaminiHochberg,
} from "../../services/core/statistics/multiplicity.ts";
import { shrink } from "../../services/core/statistics/shrinkage.ts";

const X = [1, 1.2, 1.1, 1.4, 1.6, 1.5, 1.9, 2.1, 2, 2.4, 2.6, 2.5, 2.9, 3, 3.2, 3.1, 3.5, 3.6, 3.4, 3.9];
const Y = [5, 4.9, 5.2, 4.8, 4.7, 4.9, 4.4, 4.5, 4.1, 4.2, 3.9, 4, 3.6, 3.7, 3.3, 3.5, 3, 3.2, 2.9, 2.8];

describe("correlation of two drifting series (6)", () => {
  it("of levels, by product moment and by rank", () => {
    expect(pearson(X, Y)).toBeCloseTo(-0.9816773166, 10);
    expect(spearman(X, Y)).toBeCloseTo(-0.9808199264, 9);
    expect(correlationP(pearson(X, Y), X.length)).toBeCloseTo(2e-14, 14);
  });
  it("with what autocorrelation leaves of n", () => {
    const n = effectiveN(X, Y);
    expect(n).toBeCloseTo(4.9543780288, 9);
    expect(correlationP(pearson(X, Y), n)).toBeCloseTo(0.0032227988, 9);
  });
  it("of what an AR(1) of the first leaves of both", () => {
    const phi = autocorrelation(X, 1);
    expect(phi).toBeCloseTo(0.8251358912, 10);
    const [a, b] = [whitened(X, phi), whitened(Y, phi)];
    expect(crossCorrelation(a, b, 0)).toBeCloseTo(-0.611276, 6);
    expect(crossCorrelation(a, b, 1)).toBeCloseTo(0.076696, 6);
    expect(crossCorrelation(a, b, -1)).toBeCloseTo(-0.221073, 6);
  });
  it("of first differences", () => {
    const r = pearson(firstDifferences(X), firstDifferences(Y));
    expect(r).toBeCloseTo(-0.4347857, 7);
    expect(correlationP(r, 19)).toBeCloseTo(0.063, 3);
  });
  it("is none of a constant series", () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(pearson(firstDifferences([0.1, 0.2, 0.3, 0.4]), [1, 2, 3])).toBeNaN();
    expect(() => pearson([1], [1, 2])).toThrow("series of 1 and 2 values");
  });
});

describe("shrinkage of ten buckets (5.1)", () => {
  const trials = [200, 150, 120, 90, 60, 40, 25, 12, 8, 5];
  const successes = [180, 132, 110, 75, 54, 30, 20, 7, 7, 2];
  const shrunk = shrink(trials.map((n, i) => ({ trials: n, successes: successes[i]! })));
  it("draws small buckets to the common rate", () => {
    expect(shrunk.mean).toBeCloseTo(0.8690140845, 10);
    expect(shrunk.rho).toBeCloseTo(0.0363283311, 9);
    expect(shrunk.priorTrials).toBeCloseTo(26.5267255185, 8);
    expect(shrunk.rates[9]).toBeCloseTo(0.794631, 6);
    expect(shrunk.rates[7]).toBeCloseTo(0.780033, 6);
  });
  it("pools fully where buckets differ less than chance alone makes them", () => {
    const alike = shrink([50, 50, 50].map((n) => ({ trials: n, successes: 25 })));
    expect(alike).toMatchObject({ rho: 0, rates: [0.5, 0.5, 0.5] });
  });
});

describe("many tests (5.3)", () => {
  const p = [
    0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34,
    0.341, 0.384, 0.569, 0.594, 0.696, 0.762, 0.94, 0.942, 0.975, 0.986,
  ];
  it.each([
    [0.05, 1],
    [0.2, 2],
    [0.25, 6],
  ])("Benjamini and Hochberg at %d reject %d of 25", (q, count) => {
    expect(benjaminiHochberg(p, q)).toHaveLength(count);
  });
  const logE = [120, 45, 30, 26, 8, 3, 1.5, 0.9, 0.4, 0.1].map(Math.log);
  it.each([
    [0.05, 0],
    [0.1, 4],
    [0.2, 4],
  ])("e-BH at %d rejects %d of 10", (alpha, count) => {
    expect(eBenjaminiHochberg(logE, alpha)).toHaveLength(count);
  });
  it("a highest e-value of 441 is worth 20", () => {
    expect(Math.exp(adjustedLogE(Math.log(441)))).toBeCloseTo(20, 10);
    expect(adjustedLogE(0)).toBe(Number.NEGATIVE_INFINITY);
  });
});
