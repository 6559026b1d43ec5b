import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { mutualInformation } from "../../../../services/core/statistics/mutual-information.ts";

/** A table of `n` independent draws; `weights` of rows and columns fall from the first on. */
function independent(random: Random, rows: number, columns: number, n: number): number[][] {
  const draw = (weights: readonly number[]): number => {
    let left = random.below(weights.reduce((sum, weight) => sum + weight, 0));
    return weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
  };
  const rowWeights = Array.from({ length: rows }, (_, i) => Math.floor(10_000 / (i + 1)));
  const columnWeights = Array.from({ length: columns }, (_, i) => Math.ceil(10_000 * 0.7 ** i));
  const table = rowWeights.map(() => new Array<number>(columns).fill(0));
  for (let i = 0; i < n; i += 1) table[draw(rowWeights)]![draw(columnWeights)]! += 1;
  return table;
}

describe("mutual information of rows and columns that are independent", () => {
  it.each([
    [20, 26, 1_000],
    [5, 7, 200],
    [200, 7, 5_000],
  ])("is about 0 in tables of %i x %i at %i counts, however rare the cells", (rows, columns, n) => {
    const random = new Random(`independent ${rows} ${columns}`);
    const found = Array.from({ length: 40 }, () => mutualInformation(independent(random, rows, columns, n))!);
    const mean = (of: (one: (typeof found)[number]) => number) =>
      found.reduce((sum, one) => sum + of(one), 0) / 40;
    expect(Math.abs(mean(({ plugIn, chance }) => plugIn - chance))).toBeLessThan(0.01);
    expect(mean(({ value }) => value)).toBeLessThan(0.02);
    expect(mean(({ plugIn }) => plugIn)).toBeGreaterThan(0.08);
  });
});
