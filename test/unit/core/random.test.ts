import { describe, expect, it } from "vitest";
import { Random } from "../../../services/core/random.ts";

describe("Random", () => {
  it("gives one frozen sequence for one seed: references and the lab are built from it", () => {
    const random = new Random("plumbline");
    expect([random.nextU32(), random.nextU32(), random.nextU32()]).toEqual([
      2160311666, 1021635115, 1729355315,
    ]);
    expect(new Random(7).nextU32()).toBe(3906230286);
  });

  it("gives different sequences for different seeds", () => {
    const firsts = new Set(Array.from({ length: 10_000 }, (_, seed) => new Random(seed).nextU32()));
    expect(firsts.size).toBe(10_000);
  });

  it("draws evenly below n, and within [0, 1)", () => {
    const random = new Random("even");
    const counts = new Array<number>(7).fill(0);
    let sum = 0;
    let outside = 0;
    const draws = 70_000;
    for (let i = 0; i < draws; i += 1) {
      const x = random.below(7);
      counts[x] = counts[x]! + 1;
      const float = random.nextFloat();
      if (!(float >= 0 && float < 1)) outside += 1;
      sum += float;
    }
    expect(outside).toBe(0);
    for (const count of counts) expect(Math.abs(count - draws / 7)).toBeLessThan(5 * Math.sqrt(draws / 7));
    expect(Math.abs(sum / draws - 0.5)).toBeLessThan(5 / Math.sqrt(12 * draws));
  });

  it("refuses ranges it cannot draw from", () => {
    const random = new Random(1);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => random.below(n)).toThrow(RangeError);
    expect(random.below(1)).toBe(0);
  });

  it("shuffles into every order equally often", () => {
    const random = new Random("orders");
    const counts = new Map<string, number>();
    const draws = 12_000;
    for (let i = 0; i < draws; i += 1) {
      const order = random.shuffle([1, 2, 3]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) {
      expect(Math.abs(count - draws / 6)).toBeLessThan(5 * Math.sqrt(draws / 6));
    }
  });
});
