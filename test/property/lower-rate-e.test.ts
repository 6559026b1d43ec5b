/** Evidence that online is worse than offline, looked at after every pane: how seldom it is wrong, how soon it is right. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { lowerRateLogE } from "../../services/core/statistics/e-values.ts";

const PANE_TRIALS = 20;

function successes(random: Random, trials: number, rate: number): number {
  let count = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) count += 1;
  return count;
}

/** Online trials until ln E reaches `bound`, null where it does not within `trialsMax`. */
function found(random: Random, offline: number, online: number, bound: number, trialsMax: number) {
  const baseline = { successes: successes(random, 2_000, offline), trials: 2_000 };
  let seen = { successes: 0, trials: 0 };
  while (seen.trials < trialsMax) {
    const more = successes(random, PANE_TRIALS, online);
    seen = { successes: seen.successes + more, trials: seen.trials + PANE_TRIALS };
    if (lowerRateLogE(baseline, seen) >= bound) return seen.trials;
  }
  return null;
}

describe("ln E that online is worse than an offline baseline", () => {
  it.each([0.5, 0.9, 0.99])("reaches 1/alpha in at most alpha of equal streams, rate %d", (rate) => {
    const random = new Random(`equal ${rate}`);
    let wrong = 0;
    for (let i = 0; i < 400; i += 1) {
      if (found(random, rate, rate, Math.log(20), 1_000) !== null) wrong += 1;
    }
    expect(wrong / 400).toBeLessThanOrEqual(0.05);
  });
  it("stays down where online is better", () => {
    const random = new Random("better");
    for (let i = 0; i < 50; i += 1) expect(found(random, 0.8, 0.9, Math.log(20), 2_000)).toBeNull();
  });
  it("finds .8 against .9 among 200 buckets within 700 trials, in the median", () => {
    const random = new Random("worse");
    const trials = Array.from({ length: 101 }, () => found(random, 0.9, 0.8, Math.log(200 / 0.05), 5_000));
    expect(trials).not.toContain(null);
    expect(trials.map(Number).sort((a, b) => a - b)[50]).toBeLessThanOrEqual(700);
  });
  it("is nothing without trials, and refuses what contradicts itself", () => {
    expect(lowerRateLogE({ successes: 0, trials: 0 }, { successes: 1, trials: 2 })).toBe(0);
    expect(() => lowerRateLogE({ successes: 3, trials: 2 }, { successes: 1, trials: 2 })).toThrow("3 of 2");
  });
});
