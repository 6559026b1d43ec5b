import { describe, expect, it } from "vitest";
import {
  type GenerationCounts,
  generationGrowth,
} from "../../../../services/core/pattern/generation-growth.ts";
import { Random } from "../../../../services/core/random.ts";

function drawn(random: Random, rates: readonly number[], texts = 1_000): GenerationCounts[] {
  return rates.map((rate, generation) => {
    let found = 0;
    for (let i = 0; i < texts; i += 1) if (random.below(1_000_000) < rate * 1_000_000) found += 1;
    return { generation, found, texts };
  });
}

describe("growth of an error pattern over generations", () => {
  it("is the factor from one to the next", () => {
    const doubles = [1, 2, 3, 4].map((generation) => ({
      generation,
      found: 1_000 * 2 ** generation,
      texts: 1e6,
    }));
    const growth = generationGrowth(doubles)!;
    expect(growth.factor).toBeCloseTo(2, 3);
    expect(growth.lo).toBeGreaterThan(1.9);
    expect(growth.hi).toBeLessThan(2.1);
    // A generation that nobody trained on is no step.
    expect(generationGrowth(doubles.filter(({ generation }) => generation !== 3))!.factor).toBeCloseTo(2, 3);
  });

  it("is found where a pattern doubles, and nearly never where it does not", () => {
    const random = new Random("growth");
    const grows = (rates: readonly number[]) => generationGrowth(drawn(random, rates))!.lo > 1;
    const found = Array.from({ length: 50 }, () => grows([0.01, 0.02, 0.04, 0.08, 0.16]));
    expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(45);
    const draws = 300;
    const errors = Array.from({ length: draws }, () => grows([0.02, 0.02, 0.02, 0.02, 0.02]));
    // 2.5 % are allowed to; three standard errors above that.
    const most = draws * 0.025 + 3 * Math.sqrt(draws * 0.025);
    expect(errors.filter(Boolean).length).toBeLessThanOrEqual(most);
  });

  it("is less sure where generations differ more than their counts would let them", () => {
    const wild = [10, 90, 20, 120, 60].map((found, generation) => ({ generation, found, texts: 1_000 }));
    const growth = generationGrowth(wild)!;
    expect(growth.dispersion).toBeGreaterThan(5);
    expect(growth.lo).toBeLessThan(1);
  });

  it("cannot be told of two generations, of few texts, or of one generation twice", () => {
    const counts = (found: number) => (generation: number) => ({ generation, found, texts: 1_000 });
    expect(generationGrowth([1, 2].map(counts(50)))).toBeNull();
    expect(generationGrowth([1, 2, 3].map(counts(3)))).toBeNull();
    expect(generationGrowth([1, 1, 1].map(counts(50)))).toBeNull();
    expect(generationGrowth([])).toBeNull();
  });
});
