import { describe, expect, it } from "vitest";
import { wilson } from "../../../../services/core/statistics/intervals.ts";
import { rateDifference } from "../../../../services/core/statistics/rate-difference.ts";
import { beyondNoise, valueDifference } from "../../../../services/core/statistics/value-difference.ts";

const bare = { lo: null, hi: null, nullSd: null };

describe("the difference of two measured values", () => {
  it("is that of two rates where the intervals are Wilson's", () => {
    const [a, b] = [
      { successes: 48, trials: 80 },
      { successes: 56, trials: 70 },
    ];
    const of = (rate: typeof a) => ({
      value: rate.successes / rate.trials,
      ...wilson(rate.successes, rate.trials),
      nullSd: null,
    });
    const expected = rateDifference(b, a);
    const found = valueDifference(of(a), of(b))!;
    expect(found.value).toBeCloseTo(expected.value, 12);
    expect(found.lo).toBeCloseTo(expected.lo, 12);
    expect(found.hi).toBeCloseTo(expected.hi, 12);
  });

  it("has the golden interval, and the other sign the other way round", () => {
    const a = { value: 0.5, lo: 0.4, hi: 0.6, nullSd: null };
    const b = { value: 0.8, lo: 0.7, hi: 0.9, nullSd: null };
    const rise = valueDifference(a, b)!;
    expect(rise.value).toBeCloseTo(0.3, 12);
    expect(rise.lo).toBeCloseTo(0.15858, 5);
    expect(rise.hi).toBeCloseTo(0.44142, 5);
    const fall = valueDifference(b, a)!;
    expect([fall.value, fall.z]).toEqual([-rise.value, -rise.z]);
    expect(fall.hi).toBeCloseTo(-rise.lo, 12);
  });

  it("falls back on the spread of real windows, and says nothing without either", () => {
    const found = valueDifference({ ...bare, value: 1, nullSd: 0.3 }, { ...bare, value: 2, nullSd: 0.4 })!;
    expect(found.z).toBeCloseTo(2, 12);
    expect(found.hi - found.value).toBeCloseTo(1.959963984540054 * 0.5, 12);
    expect(valueDifference({ ...bare, value: 1 }, { ...bare, value: 2 })).toBeNull();
    expect(valueDifference({ ...bare, value: 1, nullSd: 1 }, { ...bare, value: 2 })).toBeNull();
    expect(valueDifference({ ...bare, value: 1, nullSd: 0 }, { ...bare, value: 2, nullSd: 0 })).toBeNull();
    expect(valueDifference({ value: 1, lo: 1, hi: 1, nullSd: null }, { ...bare, value: 2 })).toBeNull();
    expect(
      valueDifference({ ...bare, value: Number.NaN, nullSd: 1 }, { ...bare, value: 2, nullSd: 1 }),
    ).toBeNull();
  });

  it("is named beyond noise only where it is so among all that were looked at", () => {
    const difference = (z: number) => ({ value: z, lo: 0, hi: 0, z });
    expect(beyondNoise([difference(2.2)])).toEqual([0]);
    const many = [difference(2.2), ...Array.from({ length: 40 }, () => difference(0.1)), difference(-6)];
    expect(beyondNoise(many)).toEqual([41]);
    expect(beyondNoise([])).toEqual([]);
    expect(beyondNoise([difference(Number.POSITIVE_INFINITY), difference(0)])).toEqual([0]);
  });
});
