import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ksBinned, w1Binned } from "../../services/core/statistics/binned-distance.ts";
import {
  bernoulliLogE,
  EMPTY_TWO_SAMPLE_E,
  foldTwoSampleE,
} from "../../services/core/statistics/e-values.ts";
import { entropyNats, hill1, hill2 } from "../../services/core/statistics/entropy.ts";
import { clopperPearson, wilson } from "../../services/core/statistics/intervals.ts";
import { jsdBits } from "../../services/core/statistics/jsd.ts";
import { quantile } from "../../services/core/statistics/moments.ts";
import { psi } from "../../services/core/statistics/psi.ts";
import {
  betainc,
  betaincinv,
  lchoose,
  normalCdf,
  normalQuantile,
} from "../../services/core/statistics/special.ts";
import { binomialLowerTail, expectedCoverage } from "../../services/core/statistics/tail.ts";

const pair = fc.integer({ min: 1, max: 12 }).chain((cells) =>
  fc.tuple(
    fc
      .array(fc.nat(500), { minLength: cells, maxLength: cells })
      .map(([first, ...rest]) => [first! + 1, ...rest]),
    fc
      .array(fc.nat(500), { minLength: cells, maxLength: cells })
      .map(([first, ...rest]) => [first! + 1, ...rest]),
  ),
);
const counted = fc
  .integer({ min: 1, max: 3_000 })
  .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));

describe("distances between histograms", () => {
  it("are symmetric, within their range, and 0 for equal shares", () => {
    fc.assert(
      fc.property(pair, ([p, q]) => {
        expect(jsdBits(p, q)).toBeCloseTo(jsdBits(q, p), 12);
        expect(jsdBits(p, q)).toBeGreaterThanOrEqual(0);
        expect(jsdBits(p, q)).toBeLessThanOrEqual(1);
        expect(psi(p, q)).toBeCloseTo(psi(q, p), 10);
        expect(psi(p, q)).toBeGreaterThanOrEqual(0);
        expect(ksBinned(p, q)).toBeLessThanOrEqual(w1Binned(p, q) + 1e-12);
        expect(ksBinned(p, q)).toBeLessThanOrEqual(1);
        const tripled = p.map((count) => 3 * count);
        expect(jsdBits(p, tripled)).toBeLessThan(1e-12);
        expect(w1Binned(p, tripled)).toBeLessThan(1e-12);
      }),
    );
  });

  it("refuse histograms of different cells", () => {
    expect(() => jsdBits([1], [1, 2])).toThrow(RangeError);
    expect(() => psi([1], [1, 2])).toThrow(RangeError);
    expect(() => w1Binned([1, 2], [1, 2], [1, 1])).toThrow(RangeError);
  });
});

describe("diversity", () => {
  it("Hill numbers fall with their order and never exceed the types present", () => {
    fc.assert(
      fc.property(pair, ([p]) => {
        const types = p.filter((count) => count > 0).length;
        expect(hill1(p)).toBeLessThanOrEqual(types + 1e-9);
        expect(hill2(p)).toBeLessThanOrEqual(hill1(p) + 1e-9);
        expect(hill2(p)).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(entropyNats(p)).toBeLessThanOrEqual(Math.log(types) + 1e-12);
      }),
    );
  });
});

describe("intervals", () => {
  it("hold the rate, lie in 0..1, mirror when failures are counted, and exact ones contain the tail tests", () => {
    fc.assert(
      fc.property(counted, ([x, n]) => {
        for (const interval of [wilson(x, n), clopperPearson(x, n)]) {
          expect(interval.lo).toBeGreaterThanOrEqual(0);
          expect(interval.lo).toBeLessThanOrEqual(x / n);
          expect(interval.hi).toBeGreaterThanOrEqual(x / n);
          expect(interval.hi).toBeLessThanOrEqual(1);
        }
        const mirrored = wilson(n - x, n);
        expect(mirrored.lo).toBeCloseTo(1 - wilson(x, n).hi, 12);
        const exact = clopperPearson(x, n);
        if (x < n) expect(binomialLowerTail(x, n, exact.hi)).toBeCloseTo(0.025, 8);
      }),
    );
  });
});

describe("special functions", () => {
  it("invert each other", () => {
    const open = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    // Below 1 the quantile near 1 has fewer digits than its distance from 1 needs; counts are never below.
    const shape = fc.double({ min: 1, max: 400, noNaN: true });
    fc.assert(
      fc.property(open, shape, shape, (p, a, b) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
        expect(betainc(a, b, betaincinv(a, b, p))).toBeCloseTo(p, 9);
        expect(betainc(a, b, p)).toBeCloseTo(1 - betainc(b, a, 1 - p), 10);
      }),
    );
  });

  it("count what a sum of binomial terms counts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, k, p) => {
          let sum = 0;
          for (let i = 0; i <= Math.min(k, n); i++) {
            sum += Math.exp(lchoose(n, i) + i * Math.log(p) + (n - i) * Math.log1p(-p));
          }
          expect(binomialLowerTail(k, n, p)).toBeCloseTo(sum, 10);
        },
      ),
    );
  });
});

describe("expected coverage", () => {
  it("grows with the sample from 0 to 1 and is n / N for single items", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.nat(40),
        (tail, extra) => {
          const total = tail.reduce((sum, count) => sum + count, extra);
          let last = 0;
          for (let n = 0; n <= total; n++) {
            const now = expectedCoverage(tail, total, n);
            expect(now).toBeGreaterThanOrEqual(last - 1e-12);
            last = now;
          }
          expect(last).toBeCloseTo(1, 12);
          expect(expectedCoverage([1], total, Math.floor(total / 2))).toBeCloseTo(
            Math.floor(total / 2) / total,
            10,
          );
        },
      ),
    );
  });
});

describe("e-values", () => {
  it("have mean 1 under the null: exactly, summed over all outcomes of n trials", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        (n, p0) => {
          let mean = 0;
          for (let s = 0; s <= n; s++) {
            const ln = lchoose(n, s) + s * Math.log(p0) + (n - s) * Math.log1p(-p0);
            mean += Math.exp(ln + bernoulliLogE(s, n - s, p0));
          }
          expect(mean).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  it("two samples with one rate have mean 1, whatever was seen before", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (a, b, p) => {
        const past = { successesA: a, trialsA: 20, successesB: b, trialsB: 20 };
        const state = { ...foldTwoSampleE(EMPTY_TWO_SAMPLE_E, past), logE: 0 };
        let mean = 0;
        for (const x of [0, 1]) {
          for (const y of [0, 1]) {
            const chance = (x === 1 ? p : 1 - p) * (y === 1 ? p : 1 - p);
            const block = { successesA: x, trialsA: 1, successesB: y, trialsB: 1 };
            mean += chance * Math.exp(foldTwoSampleE(state, block).logE);
          }
        }
        expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});

describe("quantiles", () => {
  it("lie between the extremes and grow with q", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, (x) => {
        const at = [0, 0.1, 0.5, 0.9, 1].map((q) => quantile(x, q));
        expect(at[0]! - Math.min(...x)).toBeCloseTo(0, 12);
        expect(at[4]! - Math.max(...x)).toBeCloseTo(0, 12);
        for (let i = 1; i < at.length; i++) expect(at[i]! - at[i - 1]!).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});
