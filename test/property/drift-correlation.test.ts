/** What independent and what lagged series come to, by simulation. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { driftCorrelation } from "../../services/core/statistics/drift-correlation.ts";

const PAIRS = 500;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}

/** AR(1) from its stationary distribution; a random walk for phi 1. */
function series(random: Random, length: number, phi: number): number[] {
  let value = phi < 1 ? normal(random) / Math.sqrt(1 - phi * phi) : 0;
  return Array.from({ length }, () => {
    value = phi * value + normal(random);
    return value;
  });
}

describe("of independent autocorrelated series", () => {
  it.each([
    [20, 0.5],
    [20, 0.95],
    [40, 0.9],
    [40, 1],
  ])("of %d values, AR(1) %d, at most nominal + 2 points are said to go together", (n, phi) => {
    const random = new Random(`independent ${n} ${phi}`);
    let signed = 0;
    for (let i = 0; i < PAIRS; i += 1) {
      if (driftCorrelation(series(random, n, phi), series(random, n, phi)).sign !== 0) signed += 1;
    }
    expect(signed / PAIRS).toBeLessThanOrEqual(0.07);
  });
});

describe("of an online series that follows an offline one by three steps", () => {
  it.each([0.5, 0.95])("the lag is found within a step, AR(1) %d", (phi) => {
    const random = new Random(`lagged ${phi}`);
    const n = 60;
    let found = 0;
    for (let i = 0; i < 100; i += 1) {
      const offline = series(random, n + 3, phi);
      const online = offline.slice(0, n).map((value) => 0.8 * value + 0.5 * normal(random));
      const result = driftCorrelation(offline.slice(3), online);
      if (result.whitenedP <= 0.05 && Math.abs(result.lag - 3) <= 1 && result.whitened > 0) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(90);
  });
});

it("says why there is none of few values or a constant", () => {
  expect(driftCorrelation([1, 2, 3], [1, 2, 3])).toMatchObject({ status: "insufficient", sign: 0, n: 3 });
  const still = new Array<number>(30).fill(0.8);
  const moving = still.map((_, t) => Math.sin(t));
  expect(driftCorrelation(still, moving)).toMatchObject({ status: "degenerate", sign: 0 });
});
