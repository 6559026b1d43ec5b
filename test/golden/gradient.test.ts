/** Published and independently computed numbers of ratio experiments: metrics.md 7. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { breakEstimate } from "../../services/core/statistics/break-estimate.ts";
import { holm } from "../../services/core/statistics/holm.ts";
import { design, squaresLeft } from "../../services/core/statistics/least-squares.ts";
import { quadraticFit } from "../../services/core/statistics/quadratic-fit.ts";
import { SegmentedGrid, segmentedFit } from "../../services/core/statistics/segmented-fit.ts";
import { signFlipP } from "../../services/core/statistics/sign-flip.ts";
import {
  meanInterval,
  meanLowerBound,
  studentQuantile,
  studentTwoSidedP,
} from "../../services/core/statistics/student-t.ts";

const RATIOS = [0, 0.1, 0.3, 0.5, 0.7, 0.9];
const SCORES = [0.7, 0.722, 0.741, 0.735, 0.69, 0.61];

describe("six shares, one score each (7)", () => {
  it("as two straight pieces", () => {
    const fit = segmentedFit(new SegmentedGrid(RATIOS), SCORES)!;
    expect(fit.break).toBe(0.44);
    expect(fit.slopeBefore).toBeCloseTo(0.127915, 6);
    expect(fit.slopeAfter).toBeCloseTo(-0.313884, 6);
    expect(fit.squares).toBeCloseTo(0.00024945, 8);
    const line = squaresLeft(design([RATIOS.map(() => 1), RATIOS])!, SCORES);
    expect((line - fit.squares) / 2 / (fit.squares / 2)).toBeCloseTo(25.404, 3);
  });

  it("as a quadratic", () => {
    const { vertex } = quadraticFit(RATIOS, SCORES)!;
    expect(vertex!.x).toBeCloseTo(0.3323775523, 10);
    expect(vertex!.y).toBeCloseTo(0.7446320942, 10);
  });

  it("with a break that one replicate hardly bounds", () => {
    const found = breakEstimate(RATIOS, [SCORES], new Random("golden"));
    if (found.status !== "ok") throw new Error(found.status);
    // The percentiles of re-fitted breaks are .34..59, and cover the truth 78 times in 100: too short.
    expect(found.estimate.lo).toBeLessThanOrEqual(0.34);
    expect(found.estimate.hi).toBeGreaterThanOrEqual(0.59);
    expect(found.estimate.break).toBe(0.44);
    expect(found.estimate.b0).toBeCloseTo(0.7038026733, 9);
  });
});

describe("intervals over seeds", () => {
  it("rest on Student's t", () => {
    expect(studentQuantile(0.975, 1)).toBeCloseTo(12.7062047362, 9);
    expect(studentQuantile(0.975, 4)).toBeCloseTo(2.7764451052, 9);
    expect(studentQuantile(0.95, 2)).toBeCloseTo(2.9199855804, 9);
    expect(studentQuantile(0.025, 4)).toBeCloseTo(-2.7764451052, 9);
    expect(studentQuantile(0.5, 7)).toBe(0);
    expect(studentQuantile(1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(studentQuantile(0.975, 0)).toBeNaN();
    expect(studentTwoSidedP(2.7764451052, 4)).toBeCloseTo(0.05, 9);
    expect(studentTwoSidedP(Number.NEGATIVE_INFINITY, 4)).toBe(0);
    // scipy.stats.ttest_1samp([1, 2, 3, 4, 5], 0): t 4.2426406871, p .0132356.
    expect(studentTwoSidedP(4.2426406871, 4)).toBeCloseTo(0.0132356, 6);
    const { lo, hi } = meanInterval([1, 2, 3, 4, 5])!;
    expect([lo, hi]).toEqual([expect.closeTo(1.0367568385, 9), expect.closeTo(4.9632431615, 9)]);
    expect(meanLowerBound([1, 2, 3, 4, 5])).toBeCloseTo(3 - 2.1318467863 * Math.SQRT1_2, 9);
    expect(meanInterval([1])).toBeNull();
  });
});

describe("effects of controls", () => {
  it("by their signs alone", () => {
    expect(signFlipP([0.1, 0.2, 0.3])).toBe(0.25);
    expect(signFlipP([0.1, -0.1])).toBe(1);
    expect(signFlipP([1, 1, 1, 1, 1, 1])).toBe(2 / 64);
    // Of the 8 patterns, 3 - 2 - 1 = 0 is nearer to 0: 1 + 2 + 3 and 3 + 2 - 1 are as far, with their negatives.
    expect(signFlipP([3, 2, -1])).toBe(0.5);
    expect(signFlipP([])).toBe(1);
    expect(() => signFlipP(new Array<number>(17).fill(1))).toThrow(RangeError);
  });

  it("over several arms, by Holm", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
