import { describe, expect, it } from "vitest";
import {
  CONTROL_OF_ALL,
  RateEvidence,
  type RateFinding,
} from "../../../../services/core/series/rate-evidence.ts";
import type { RateCounts } from "../../../../services/core/statistics/e-values.ts";

const rate = (successes: number, trials: number): RateCounts => ({ successes, trials });

/** A bucket that falls from .8 to .4 while all falls from .8 to .7, as the control of all does. */
function findingOf(own: (late: boolean) => RateCounts | null): RateFinding {
  const evidence = new RateEvidence();
  for (let t = 0; t < 40; t += 1) {
    const late = t >= 20;
    const control = own(late);
    evidence.fold(
      new Map([["a", rate(late ? 80 : 160, 200)]]),
      new Map([
        [CONTROL_OF_ALL, rate(late ? 700 : 800, 1_000)],
        ...(control === null ? [] : [["a", control] as const]),
      ]),
    );
  }
  return evidence.findings()[0]!;
}

describe("a rate's control", () => {
  it("is its own: what hits all does not hit all alike", () => {
    const { logE, controlShare } = findingOf((late) => rate(late ? 20 : 40, 50));
    expect(controlShare!.value).toBeCloseTo(1, 2);
    expect(logE).toBeLessThanOrEqual(0);
  });

  it("is that of all where it has none, or one too small to be held beside it", () => {
    for (const own of [null, rate(0, 0)]) {
      const { logE, controlShare } = findingOf(() => own);
      expect(controlShare!.value).toBeCloseTo(0.25, 2);
      expect(logE).toBeGreaterThan(10);
    }
  });

  it("does not silence what fell further than it", () => {
    const { logE } = findingOf((late) => rate(late ? 75 : 80, 100));
    expect(logE).toBeGreaterThan(10);
  });
});
