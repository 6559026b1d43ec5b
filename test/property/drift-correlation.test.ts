/** What independent and what lagged series come to, by simulation. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { strongestByShift } from "../../services/core/statistics/circular-shifts.ts";
import { crossCorrelation } from "../../services/core/statistics/correlation.ts";
import { driftCorrelation } from "../../services/core/statistics/drift-correlation.ts";
import { falselyTied, INDEPENDENT, lagsFound } from "../support/correlation-runs.ts";

/** 2,000 are tried by `make calibrate`. */
const PAIRS = 500;

describe("of independent autocorrelated series", () => {
  // Long series take long; the short ones are those that mislead.
  it.each(INDEPENDENT.filter(([n]) => n <= 40))(
    "of %d values, AR(1) %d, at most nominal + 2 points are said to go together",
    (n, phi) => {
      expect(falselyTied(new Random(`independent ${n} ${phi}`), PAIRS, n, phi) / PAIRS).toBeLessThanOrEqual(
        0.07,
      );
    },
  );
});

describe("of an online series that follows an offline one by three steps", () => {
  it.each([0.5, 0.95])("the lag is found within a step, AR(1) %d", (phi) => {
    expect(lagsFound(new Random(`lagged ${phi}`), 100, phi)).toBeGreaterThanOrEqual(90);
  });
});

it("takes all shifts at once for what they are one by one", () => {
  const random = new Random("shifts");
  for (const [n, lagMax] of [
    [20, 4],
    [61, 7],
    [128, 7],
  ] as const) {
    const [x, y] = [0, 0].map(() => Array.from({ length: n }, () => random.nextFloat()));
    const byShift: number[] = [];
    for (let shift = lagMax + 1; shift < n - lagMax; shift += 1) {
      const shifted = [...y!.slice(shift), ...y!.slice(0, shift)];
      const lags = Array.from({ length: 2 * lagMax + 1 }, (_, at) =>
        crossCorrelation(x!, shifted, at - lagMax),
      );
      byShift.push(Math.max(...lags.map(Math.abs)));
    }
    const atOnce = strongestByShift(x!, y!, lagMax);
    expect(atOnce).toHaveLength(byShift.length);
    for (const [at, strongest] of atOnce.entries()) expect(strongest).toBeCloseTo(byShift[at]!, 12);
  }
});

it("says why there is none of few values or a constant", () => {
  expect(driftCorrelation([1, 2, 3], [1, 2, 3])).toMatchObject({ status: "insufficient", sign: 0, n: 3 });
  const still = new Array<number>(30).fill(0.8);
  const moving = still.map((_, t) => Math.sin(t));
  expect(driftCorrelation(still, moving)).toMatchObject({ status: "degenerate", sign: 0 });
});
