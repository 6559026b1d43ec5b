import { describe, expect, it } from "vitest";
import {
  clopperPearson,
  clopperPearsonLower,
  clopperPearsonUpper,
  wilson,
} from "../../../../services/core/statistics/intervals.ts";

/** statsmodels 0.15.0, stats.proportion.proportion_confint(alpha=.05). */
const GOLDEN = [
  {
    x: 93,
    n: 100,
    wilson: [0.862504852609265, 0.965680738932727],
    cp: [0.861080271544143, 0.971394711092561],
  },
  { x: 0, n: 30, wilson: [0, 0.113513393173969], cp: [0, 0.115703308222028] },
  {
    x: 15,
    n: 1000,
    wilson: [0.00911097880408167, 0.0246009769269068],
    cp: [0.00841904975003438, 0.0246197000970412],
  },
  {
    x: 1,
    n: 7,
    wilson: [0.0256796243447436, 0.513127829274319],
    cp: [0.00361029686190058, 0.578723197043195],
  },
] as const;

describe("intervals of a rate", () => {
  for (const golden of GOLDEN) {
    it(`agrees with statsmodels at ${golden.x} of ${golden.n}`, () => {
      const score = wilson(golden.x, golden.n);
      expect(score.lo).toBeCloseTo(golden.wilson[0], 12);
      expect(score.hi).toBeCloseTo(golden.wilson[1], 12);
      const exact = clopperPearson(golden.x, golden.n);
      expect(exact.lo).toBeCloseTo(golden.cp[0], 11);
      expect(exact.hi).toBeCloseTo(golden.cp[1], 11);
    });
  }

  it("gates an audit of 100 at .90 with four failures but not five", () => {
    expect(clopperPearsonLower(96, 100)).toBeCloseTo(0.9108, 4);
    expect(clopperPearsonLower(95, 100)).toBeCloseTo(0.8977, 4);
  });

  it("bounds a rate without failures by 1 - alpha^(1/n)", () => {
    expect(clopperPearsonUpper(0, 299)).toBeCloseTo(1 - 0.05 ** (1 / 299), 12);
    expect(clopperPearsonUpper(0, 299)).toBeLessThan(0.01);
    for (const [n, target] of [
      [29, 0.9],
      [59, 0.95],
      [99, 0.97],
      [299, 0.99],
    ] as const) {
      expect(clopperPearsonLower(n, n)).toBeGreaterThanOrEqual(target);
      expect(clopperPearsonLower(n - 1, n - 1)).toBeLessThan(target);
    }
  });

  it("says nothing without trials and everything at the ends", () => {
    expect(wilson(0, 0)).toEqual({ lo: 0, hi: 1 });
    expect(clopperPearson(0, 0)).toEqual({ lo: 0, hi: 1 });
    expect(wilson(0, 10).lo).toBe(0);
    expect(wilson(10, 10).hi).toBe(1);
  });

  it("refuses what is not a count", () => {
    for (const [x, n] of [
      [-1, 5],
      [6, 5],
      [Number.NaN, 5],
      [1, Number.NaN],
      [1, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => wilson(x, n)).toThrow(RangeError);
      expect(() => clopperPearson(x, n)).toThrow(RangeError);
    }
  });
});
