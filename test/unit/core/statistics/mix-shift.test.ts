import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { mixShift, type Stratum } from "../../../../services/core/statistics/mix-shift.ts";

function stratum(before: readonly [number, number], after: readonly [number, number]): Stratum {
  return {
    before: { successes: before[0], trials: before[1] },
    after: { successes: after[0], trials: after[1] },
  };
}

describe("mixShift, by hand", () => {
  it("gives the mix all of a drop where no rate moved", () => {
    const shift = mixShift([stratum([80, 100], [40, 50]), stratum([30, 100], [45, 150])]);
    expect(shift.status).toBe("ok");
    expect(shift.drop.value).toBeCloseTo(0.125, 12);
    expect(shift.within.value).toBeCloseTo(0, 12);
    expect(shift.mix.value).toBeCloseTo(0.125, 12);
    expect(shift.explained?.value).toBeCloseTo(1, 12);
    expect(shift.fixedMixRate).toBeCloseTo(0.55, 12);
    expect(shift.comparableShare).toBe(1);
  });

  it("parts a drop that has both causes", () => {
    const shift = mixShift([stratum([80, 100], [30, 50]), stratum([30, 100], [30, 150])]);
    expect(shift.drop.value).toBeCloseTo(0.25, 12);
    expect(shift.within.value).toBeCloseTo(0.15, 12);
    expect(shift.mix.value).toBeCloseTo(0.1, 12);
    expect(shift.explained?.value).toBeCloseTo(0.4, 12);
    expect(shift.fixedMixRate).toBeCloseTo(0.4, 12);
  });

  it("finds no mix in one stratum, for certain", () => {
    const shift = mixShift([stratum([800, 1000], [500, 1000])]);
    expect(shift.mix.value).toBeCloseTo(0, 12);
    expect(shift.mix.hi - shift.mix.lo).toBeCloseTo(0, 9);
    expect(shift.explained?.value).toBeCloseTo(0, 12);
    expect(shift.within.value).toBeCloseTo(0.3, 12);
    expect(shift.within.lo).toBeCloseTo(shift.drop.lo, 9);
  });

  it("gives the variance of a difference of two rates where there is one stratum", () => {
    const { drop } = mixShift([stratum([499, 998], [499, 998])]);
    expect(drop.hi).toBeCloseTo(1.959963984540054 * Math.sqrt((2 * 0.25) / 998), 12);
  });

  it("takes a stratum that has vanished for as good as it was, and a new one for the mix's doing", () => {
    const gone = mixShift([stratum([90, 100], [0, 0]), stratum([40, 100], [80, 200])]);
    expect(gone.drop.value).toBeCloseTo(0.25, 12);
    expect(gone.within.value).toBeCloseTo(0, 12);
    expect(gone.comparableShare).toBeCloseTo(0.5, 12);
    const added = mixShift([stratum([80, 100], [80, 100]), stratum([0, 0], [10, 100])]);
    expect(added.drop.value).toBeCloseTo(0.35, 12);
    expect(added.within.value).toBeCloseTo(0, 12);
    expect(added.explained?.value).toBeCloseTo(1, 12);
    expect(added.comparableShare).toBeCloseTo(0.5, 12);
  });

  it("cannot tell where nothing is on both sides, or too little is there", () => {
    expect(mixShift([stratum([50, 100], [0, 0]), stratum([0, 0], [50, 100])]).status).toBe("degenerate");
    expect(mixShift([stratum([20, 29], [50, 100])]).status).toBe("insufficient");
    const none = mixShift([]);
    expect(none.status).toBe("insufficient");
    expect(none.explained).toBeNull();
    expect(none.drop.value).toBeNaN();
  });

  it("explains nothing where nothing fell", () => {
    expect(mixShift([stratum([50, 100], [51, 100])]).explained).toBeNull();
    expect(mixShift([stratum([50, 100], [49, 100])]).explained).toBeNull();
    expect(mixShift([stratum([0, 100], [0, 100])]).explained).toBeNull();
  });

  it("passes over strata nobody used, and refuses counts that contradict themselves", () => {
    const strata = [stratum([80, 100], [30, 50]), stratum([30, 100], [30, 150])];
    expect(mixShift([...strata, stratum([0, 0], [0, 0])])).toEqual(mixShift(strata));
    expect(() => mixShift([stratum([3, 2], [0, 0])])).toThrow(RangeError);
    expect(() => mixShift([stratum([0, 0], [-1, 2])])).toThrow(RangeError);
    expect(() => mixShift([stratum([0, 0], [0, Number.NaN])])).toThrow(RangeError);
  });
});

/** What is drawn from, and what the parts then truly are. */
interface World {
  readonly name: string;
  readonly sharesBefore: readonly number[];
  readonly sharesAfter: readonly number[];
  readonly ratesBefore: readonly number[];
  readonly ratesAfter: readonly number[];
}

const WORLDS: readonly World[] = [
  {
    name: "mix and rates move",
    sharesBefore: [0.5, 0.3, 0.15, 0.05],
    sharesAfter: [0.3, 0.2, 0.3, 0.2],
    ratesBefore: [0.8, 0.6, 0.3, 0.1],
    ratesAfter: [0.75, 0.55, 0.25, 0.08],
  },
  {
    name: "only the mix moves, many small strata",
    sharesBefore: [0.4, 0.3, 0.1, 0.05, 0.05, 0.04, 0.03, 0.03],
    sharesAfter: [0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    ratesBefore: [0.9, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    ratesAfter: [0.9, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
  },
  {
    name: "only rates move",
    sharesBefore: [0.6, 0.3, 0.1],
    sharesAfter: [0.6, 0.3, 0.1],
    ratesBefore: [0.7, 0.5, 0.4],
    ratesAfter: [0.68, 0.4, 0.2],
  },
];
const RUNS = 1_000;
const TRIALS = 600;

function draw(world: World, random: Random): Stratum[] {
  const counts = world.sharesBefore.map(() => ({ before: [0, 0], after: [0, 0] }));
  for (const [side, shares, rates] of [
    ["before", world.sharesBefore, world.ratesBefore],
    ["after", world.sharesAfter, world.ratesAfter],
  ] as const) {
    for (let trial = 0; trial < TRIALS; trial += 1) {
      let target = random.nextFloat();
      let at = 0;
      while (at < shares.length - 1 && target >= shares[at]!) {
        target -= shares[at]!;
        at += 1;
      }
      counts[at]![side][1]! += 1;
      if (random.nextFloat() < rates[at]!) counts[at]![side][0]! += 1;
    }
  }
  return counts.map(({ before, after }) =>
    stratum(before as unknown as [number, number], after as unknown as [number, number]),
  );
}

describe("mixShift, simulated", () => {
  it.each(WORLDS)("covers the truth: $name", (world) => {
    const sum = (f: (at: number) => number): number =>
      world.sharesBefore.reduce((total, _, at) => total + f(at), 0);
    const within = sum((at) => world.sharesBefore[at]! * (world.ratesBefore[at]! - world.ratesAfter[at]!));
    const mix = sum((at) => (world.sharesBefore[at]! - world.sharesAfter[at]!) * world.ratesAfter[at]!);
    const random = new Random(`mix-shift/${world.name}`);
    const covered = { drop: 0, mix: 0, within: 0, explained: 0 };
    let explainable = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const shift = mixShift(draw(world, random));
      const holds = ({ lo, hi }: { lo: number; hi: number }, truth: number): number =>
        lo <= truth && truth <= hi ? 1 : 0;
      covered.drop += holds(shift.drop, mix + within);
      covered.mix += holds(shift.mix, mix);
      covered.within += holds(shift.within, within);
      if (shift.explained === null) continue;
      explainable += 1;
      covered.explained += holds(shift.explained, mix / (mix + within));
    }
    const shares = [
      covered.drop / RUNS,
      covered.mix / RUNS,
      covered.within / RUNS,
      covered.explained / explainable,
    ];
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.93);
      expect(share).toBeLessThan(0.985);
    }
  });
});
