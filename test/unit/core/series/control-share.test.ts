import { describe, expect, it } from "vitest";
import { controlShare, isExplained } from "../../../../services/core/series/control-share.ts";

const counts = (successes: number, trials: number) => ({ successes, trials });

describe("what of a fall a control shows as well", () => {
  const rate = { before: counts(8_000, 10_000), since: counts(6_000, 10_000) };

  it("is its fall over the rate's, with an interval that holds it", () => {
    const share = controlShare(rate, { before: counts(800, 1_000), since: counts(700, 1_000) })!;
    expect(share.value).toBeCloseTo(0.5, 12);
    // Error of the difference of .8 and .7, 1,000 trials each: .0192; over .2, twice: .19 more or less.
    expect(share.lo).toBeCloseTo(0.5 - 0.19, 1);
    expect(share.hi).toBeCloseTo(0.5 + 0.19, 1);
    expect(isExplained(share)).toBe(true);
  });

  it("explains nothing where the control stays, and may still explain all where it is small", () => {
    expect(isExplained(controlShare(rate, { before: counts(800, 1_000), since: counts(800, 1_000) }))).toBe(
      false,
    );
    expect(isExplained(controlShare(rate, { before: counts(24, 30), since: counts(24, 30) }))).toBe(true);
  });

  it("is not known without a control, or without a fall", () => {
    expect(controlShare(rate, { before: counts(20, 29), since: counts(500, 1_000) })).toBeNull();
    expect(controlShare(rate, { before: counts(500, 1_000), since: counts(0, 0) })).toBeNull();
    const still = { before: counts(800, 1_000), since: counts(795, 1_000) };
    expect(controlShare(still, { before: counts(800, 1_000), since: counts(600, 1_000) })).toBeNull();
    expect(isExplained(null)).toBe(false);
  });
});
