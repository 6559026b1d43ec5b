import { describe, expect, it } from "vitest";
import { rateRatio } from "../../../../services/core/statistics/rate-ratio.ts";

describe("one rate over another", () => {
  it("has Katz's interval", () => {
    const { value, lo, hi, z } = rateRatio({ successes: 30, trials: 100 }, { successes: 60, trials: 100 });
    // ln 2 / sqrt(.03), and exp(ln .5 -+ 1.96 sqrt(.03)), by hand.
    expect([value, lo, hi, z].map((x) => x.toFixed(4))).toEqual(["0.5000", "0.3561", "0.7021", "-4.0019"]);
  });

  it("is known within bounds where there is no success, or nothing but", () => {
    const none = rateRatio({ successes: 0, trials: 50 }, { successes: 25, trials: 50 });
    expect(none.value).toBe(0);
    expect(none.lo).toBeGreaterThan(0);
    expect(none.hi).toBeLessThan(0.5);
    const equal = rateRatio({ successes: 50, trials: 50 }, { successes: 40, trials: 40 });
    expect(equal).toEqual({ value: 1, lo: 1, hi: 1, z: 0 });
    expect(rateRatio({ successes: 3, trials: 9 }, { successes: 0, trials: 9 }).value).toBe(Infinity);
  });

  it("needs trials on both sides, and counts that agree", () => {
    const some = { successes: 1, trials: 2 };
    for (const bad of [
      { successes: 0, trials: 0 },
      { successes: 3, trials: 2 },
      { successes: -1, trials: 2 },
    ]) {
      expect(() => rateRatio(bad, some)).toThrow(RangeError);
      expect(() => rateRatio(some, bad)).toThrow(RangeError);
    }
  });
});
