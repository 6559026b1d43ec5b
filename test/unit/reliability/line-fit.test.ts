import { describe, expect, it } from "vitest";
import { slopeOf } from "../../reliability/line-fit.ts";

describe("slopeOf", () => {
  it("finds a line through points that lie on one, and is sure of it", () => {
    const { value, half } = slopeOf([1, 2, 3, 4].map((x) => ({ x, y: 7 - 2 * x })));
    expect(value).toBeCloseTo(-2, 12);
    expect(half).toBeCloseTo(0, 12);
  });

  it("gives the textbook interval where they scatter", () => {
    const ys = [1, 3, 2, 5, 4];
    const { value, half } = slopeOf(ys.map((y, i) => ({ x: i + 1, y })));
    // Residuals -0.4, 0.8, -1, 1.2, -0.6: 3.6 over 3 degrees of freedom, over 10: root 0.12, times 3.18.
    expect(value).toBeCloseTo(0.8, 12);
    expect(half).toBeCloseTo(3.18 * Math.sqrt(0.12), 12);
  });

  it("knows nothing from two points", () => {
    expect(slopeOf([1, 2].map((x) => ({ x, y: x }))).half).toBe(Number.POSITIVE_INFINITY);
  });
});
