import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { breakEstimate } from "../../../../services/core/statistics/break-estimate.ts";
import { normalQuantile } from "../../../../services/core/statistics/special.ts";

const RATIOS = [0, 0.1, 0.3, 0.5, 0.7];
const RUNS = 40;

function curves(seeds: number, value: (ratio: number) => number, random: Random): number[][] {
  const noise = (sigma: number): number => sigma * normalQuantile(random.nextFloat() || 0.5);
  return Array.from({ length: seeds }, () => {
    const level = noise(0.02);
    return RATIOS.map((ratio) => level + value(ratio) + noise(0.0112));
  });
}

function estimated(seeds: readonly (readonly number[])[], name: string) {
  const found = breakEstimate(RATIOS, seeds, new Random(name));
  if (found.status !== "ok") throw new Error(found.status);
  return found.estimate;
}

describe("a break", () => {
  it("lies in its interval about as often as it says, and is shown where it is", () => {
    let covered = 0;
    let shown = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const truth = run % 2 === 0 ? 0.3 : 0.4;
      const bent = (ratio: number): number => 0.7 + 0.128 * ratio - 0.442 * Math.max(0, ratio - truth);
      const { lo, hi, p } = estimated(curves(3, bent, new Random(`bent/${run}`)), `break/${run}`);
      if (lo <= truth && truth <= hi) covered += 1;
      if (p <= 0.05) shown += 1;
    }
    // Of 40 at 95 %, fewer than 34 come once in 300 times.
    expect(covered).toBeGreaterThanOrEqual(34);
    expect(shown).toBeGreaterThanOrEqual(34);
  });

  it("is not shown where there is none, however steep the line", () => {
    let shown = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const seeds = curves(3, (ratio) => 0.7 - 0.4 * ratio, new Random(`line/${run}`));
      if (estimated(seeds, `none/${run}`).p <= 0.05) shown += 1;
    }
    // Of 40 at 5 %, more than 6 come once in 300 times.
    expect(shown).toBeLessThanOrEqual(6);
  });

  it("does not depend on the level of a seed, and comes again with the same generator", () => {
    const seeds = curves(3, (ratio) => -Math.abs(ratio - 0.4), new Random("levels"));
    const moved = seeds.map((values, i) => values.map((value) => value + 10 * i));
    const first = estimated(seeds, "same");
    expect(estimated(seeds, "same")).toEqual(first);
    const other = estimated(moved, "same");
    expect(other).toMatchObject({ break: first.break, lo: first.lo, hi: first.hi, p: first.p });
    expect(other.slopeAfter).toBeCloseTo(first.slopeAfter, 9);
  });

  it("is found to the point where nothing varies, and named open where the ratios do not bound it", () => {
    const exact = [0, 1].map((level) => RATIOS.map((ratio) => level - Math.abs(ratio - 0.3)));
    expect(estimated(exact, "exact")).toMatchObject({ break: 0.3, lo: 0.3, hi: 0.3, open: false });
    const noisy = curves(2, () => 0, new Random("noise only"));
    const { lo, hi, open } = estimated(noisy, "noise");
    expect(open).toBe(true);
    expect(hi - lo).toBeGreaterThan(0.2);
  });

  it("is none of too few ratios, too few seeds, or of one value", () => {
    const random = new Random("none");
    expect(breakEstimate([0, 0.3, 0.5], [[1, 2, 3]], random).status).toBe("insufficient");
    expect(breakEstimate([0, 0.3, 0.5, 0.7], [[1, 2, 3, 5]], random).status).toBe("insufficient");
    expect(breakEstimate(RATIOS, [], random).status).toBe("insufficient");
    expect(breakEstimate([0.9, 0.95, 0.97, 0.98, 0.99], [[1, 2, 1, 2, 1]], random).status).toBe(
      "insufficient",
    );
    expect(breakEstimate(RATIOS, [[2, 2, 2, 2, 2]], random).status).toBe("degenerate");
    const levels = [0.1, 0.7].map((level) => RATIOS.map(() => level));
    expect(breakEstimate(RATIOS, levels, random).status).toBe("degenerate");
  });
});
