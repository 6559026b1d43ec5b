import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import {
  dependenceFactor,
  mannKendall,
  mannKendallZ,
  TREND_POINTS_MAX,
  type TrendPoint,
  trend,
} from "../../../../services/core/statistics/trend.ts";

const points = (values: readonly number[]): TrendPoint[] => values.map((value, at) => ({ at, value }));

describe("a trend", () => {
  // Metric specification 4: cross-entropies of eight generations.
  it.each([
    [[4.21, 2.88, 2.63, 2.47, 2.35, 2.26, 2.17, 2.1], -0.135, -28, -3.3404],
    [[7.7, 7.97, 8.14, 8.27, 8.38, 8.47, 8.55, 8.63], 0.113, 28, 3.3404],
  ])("of published series: %j", (values, slope, s, z) => {
    const test = mannKendall(values);
    expect(test.s).toBe(s);
    expect(mannKendallZ(test.s, test.variance)).toBeCloseTo(z, 4);
    expect(trend(points(values))!.slope).toBeCloseTo(slope, 3);
  });

  it("counts ties", () => {
    // n = 5 with one tie of two: (5*4*15 - 2*1*9) / 18.
    expect(mannKendall([1, 2, 2, 3, 4])).toEqual({ s: 9, variance: (300 - 18) / 18 });
    expect(mannKendallZ(0, 0)).toBe(0);
  });

  it("goes by the time between points, not by their number", () => {
    const at = [0, 1, 2, 3, 10, 20, 30, 40, 50];
    const found = trend(at.map((t) => ({ at: t, value: 3 * t })))!;
    expect(found).toMatchObject({ n: 9, slope: 3, lo: 3, hi: 3 });
    expect(found.z).toBeGreaterThan(3);
  });

  it("is none of under eight points, and flat where nothing moves", () => {
    expect(trend(points([1, 2, 3, 4, 5, 6, 7]))).toBeNull();
    expect(trend(points(new Array<number>(12).fill(0.8)))).toEqual({ n: 12, slope: 0, lo: 0, hi: 0, z: 0 });
    expect(() => trend(points(new Array<number>(TREND_POINTS_MAX + 1).fill(0)))).toThrow(RangeError);
  });

  it("stays where one point goes astray", () => {
    const values = Array.from({ length: 20 }, (_, i) => 10 - 0.2 * i);
    values[7] = 400;
    expect(trend(points(values))!.slope).toBeCloseTo(-0.2, 6);
  });

  it("covers the slope, and is seldom significant without one", () => {
    const random = new Random("trend/coverage");
    const noise = (): number => [1, 2, 3, 4].reduce((sum) => sum + random.nextFloat() - 0.5, 0);
    let covered = 0;
    let significant = 0;
    for (let run = 0; run < 400; run += 1) {
      const { lo, hi, z } = trend(points(Array.from({ length: 24 }, (_, i) => 0.1 * i + noise())))!;
      if (lo <= 0.1 && hi >= 0.1) covered += 1;
      if (trend(points(Array.from({ length: 24 }, noise)))!.z < -2.326) significant += 1;
      expect(z).toBeGreaterThan(0);
    }
    expect(covered).toBeGreaterThan(370);
    expect(significant).toBeLessThanOrEqual(10);
  });

  it("is held to more where values hang together", () => {
    const random = new Random("trend/dependence");
    let last = 0;
    const hanging = Array.from({ length: 60 }, () => {
      last = 0.9 * last + random.nextFloat() - 0.5;
      return last;
    });
    expect(dependenceFactor(hanging)).toBeGreaterThan(2);
    expect(dependenceFactor([3, 1, 2, 5, 4, 1.5, 2.5, 4.5])).toBeGreaterThanOrEqual(1);
  });
});
