import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { levelShift, SHIFT_BEFORE_MIN } from "../../../../services/core/statistics/level-shift.ts";

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}

/** AR(1) around 0, variance 1. */
function wandering(random: Random, n: number, phi: number): number[] {
  const values: number[] = [];
  let last = normal(random);
  for (let i = 0; i < n; i += 1) {
    values.push(last);
    last = phi * last + Math.sqrt(1 - phi * phi) * normal(random);
  }
  return values;
}

describe("a shift of level", () => {
  it("is found where it was, in its direction only", () => {
    const random = new Random("level-shift/place");
    const values = wandering(random, 60, 0).map((value, t) => (t >= 45 ? value - 4 : value));
    const found = levelShift(values, -1)!;
    expect(Math.abs(found.at - 45)).toBeLessThanOrEqual(1);
    expect(found.p).toBeLessThan(1e-6);
    expect(found.by).toBeLessThan(-3);
    expect(levelShift(values, 1)?.p ?? 1).toBeGreaterThan(0.05);
  });

  it("is told by index, gaps included", () => {
    const values = Array.from({ length: 40 }, (_, t) => (t % 3 === 0 ? null : t >= 28 ? 1 : (t % 5) / 100));
    expect(levelShift(values, 1)?.at).toBe(28);
  });

  it("is none in a constant series, and certain between two constants", () => {
    expect(levelShift(new Array<number>(30).fill(0.7), 1)).toBeNull();
    expect(levelShift(new Array<number>(30).fill(0.1 + 0.2), -1)).toBeNull();
    const stepped = Array.from({ length: 30 }, (_, t) => (t < 20 ? 0.9 : 0.8));
    expect(levelShift(stepped, -1)).toMatchObject({ at: 20, p: 0 });
    expect(levelShift(new Array<number>(SHIFT_BEFORE_MIN).fill(1), 1)).toBeNull();
    expect(levelShift([], 1)).toBeNull();
  });

  it.each([
    [0, 40],
    [0, 128],
    [0.5, 40],
    [0.5, 128],
    [0.7, 128],
  ])("is seen by chance in at most 5 of 100 series, neighbours alike by %f, %i long", (phi, n) => {
    const random = new Random(`level-shift/null/${phi}/${n}`);
    const rounds = 400;
    let shown = 0;
    for (let round = 0; round < rounds; round += 1) {
      if ((levelShift(wandering(random, n, phi), 1)?.p ?? 1) <= 0.05) shown += 1;
    }
    // Three standard errors of 5 % in 400.
    expect(shown / rounds).toBeLessThanOrEqual(0.083);
  });
});
