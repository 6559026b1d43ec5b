import { describe, expect, it } from "vitest";
import type { OutcomeCost } from "../../../../services/core/pattern/pattern-registry.ts";
import { traitCost } from "../../../../services/core/pattern/trait-cost.ts";
import { Random } from "../../../../services/core/random.ts";
import {
  type Stratum,
  stratifiedDifference,
} from "../../../../services/core/statistics/stratified-difference.ts";

const TICKET: OutcomeCost = {
  ...{ name: "ticket", lane: null, owner: "ann", cause: "escalated", complaintType: "" },
  ...{ unitCost: 10, currency: "EUR" },
};
const counts = (successes: number, trials: number) => ({ successes, trials });

describe("a difference of rates over strata", () => {
  it("of one stratum is the plain one", () => {
    const { value, lo, hi } = stratifiedDifference([{ exposed: counts(30, 100), others: counts(20, 100) }])!;
    expect(value).toBeCloseTo(0.1, 12);
    // sqrt(.21 / 100 + .16 / 100) = .060828, by hand.
    expect([lo.toFixed(4), hi.toFixed(4)]).toEqual(["-0.0192", "0.2192"]);
  });

  it("does not blame a trait that is commoner where things go wrong anyway", () => {
    const strata: Stratum[] = [
      { exposed: counts(450, 900), others: counts(50, 100) },
      { exposed: counts(10, 100), others: counts(90, 900) },
    ];
    expect(stratifiedDifference(strata)!.value).toBeCloseTo(0, 12);
    // As a whole it would be .46 against .14.
    expect(
      stratifiedDifference([{ exposed: counts(460, 1_000), others: counts(140, 1_000) }])!.lo,
    ).toBeGreaterThan(0.25);
  });

  it("covers what is there in 95 % of draws, of many small strata as well", () => {
    const random = new Random("strata");
    const draw = (trials: number, rate: number) => {
      let successes = 0;
      for (let i = 0; i < trials; i += 1) if (random.below(10_000) < rate * 10_000) successes += 1;
      return counts(successes, trials);
    };
    const draws = 300;
    let covered = 0;
    for (let i = 0; i < draws; i += 1) {
      const strata = Array.from({ length: 60 }, (_, at) => {
        const rate = 0.1 + 0.01 * at;
        return { exposed: draw(3, rate + 0.15), others: draw(7, rate) };
      });
      const { lo, hi } = stratifiedDifference(strata)!;
      if (lo <= 0.15 && hi >= 0.15) covered += 1;
    }
    expect(covered / draws).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / draws));
  });

  it("is not there without a stratum of both", () => {
    expect(stratifiedDifference([])).toBeNull();
    expect(stratifiedDifference([{ exposed: counts(1, 2), others: counts(0, 0) }])).toBeNull();
  });
});

describe("what a trait costs", () => {
  it("is its excess times the unit cost, over what has it", () => {
    const found = traitCost(TICKET, [{ exposed: counts(60, 200), others: counts(200, 1_000) }]);
    expect(found).toMatchObject({ cost: "ticket", currency: "EUR", withTrait: counts(60, 200) });
    expect(found.excess!.value).toBeCloseTo(0.1, 12);
    expect(found.total!.value).toBeCloseTo(200, 9);
    expect(found.total!.lo).toBeCloseTo(found.excess!.lo * 2_000, 9);
  });

  it("is not told of a few", () => {
    const found = traitCost(TICKET, [{ exposed: counts(9, 29), others: counts(200, 1_000) }]);
    expect(found).toMatchObject({ excess: null, total: null, withTrait: counts(9, 29) });
  });
});
