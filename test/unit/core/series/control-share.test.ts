import { describe, expect, it } from "vitest";
import { controlShare, isExplained, isShown } from "../../../../services/core/series/control-share.ts";

const counts = (successes: number, trials: number) => ({ successes, trials });
const K = 10;
const ALPHA = 0.05;

describe("what of a fall a control shows as well", () => {
  const rate = { before: counts(8_000, 10_000), since: counts(6_000, 10_000) };

  it("is its fall over the rate's, with an interval that holds it", () => {
    const control = { before: counts(800, 1_000), since: counts(700, 1_000) };
    const share = controlShare(rate, control)!;
    expect(share.value).toBeCloseTo(0.5, 12);
    // Error of the difference of .8 and .7, 1,000 trials each: .0192; over .2, twice: .19 more or less.
    expect(share.lo).toBeCloseTo(0.5 - 0.19, 1);
    expect(share.hi).toBeCloseTo(0.5 + 0.19, 1);
    expect(isExplained(rate, control, K, ALPHA)).toBe(true);
    expect(isShown(share)).toBe(true);
  });

  it("explains nothing where the control stays, and may still explain all where it is small", () => {
    const still = { before: counts(800, 1_000), since: counts(800, 1_000) };
    expect(isExplained(rate, still, K, ALPHA)).toBe(false);
    expect(isShown(controlShare(rate, still))).toBe(false);
    const small = { before: counts(24, 30), since: counts(24, 30) };
    expect(isExplained(rate, small, K, ALPHA)).toBe(true);
    expect(isShown(controlShare(rate, small))).toBe(false);
  });

  it("is left open longer where more rates share the error", () => {
    // .6 of .2 fallen, the control by nothing, with an error of .035: told from all of it at 4.6 errors, not at 6.
    const control = { before: counts(136, 170), since: counts(136, 170) };
    expect(isExplained(rate, control, 1, ALPHA)).toBe(false);
    expect(isExplained(rate, control, 1_000_000, ALPHA)).toBe(true);
  });

  it("is not known without a control, or without a fall", () => {
    const tiny = { before: counts(20, 29), since: counts(500, 1_000) };
    expect(controlShare(rate, tiny)).toBeNull();
    expect(isExplained(rate, tiny, K, ALPHA)).toBe(false);
    expect(controlShare(rate, { before: counts(500, 1_000), since: counts(0, 0) })).toBeNull();
    const still = { before: counts(800, 1_000), since: counts(795, 1_000) };
    expect(controlShare(still, { before: counts(800, 1_000), since: counts(600, 1_000) })).toBeNull();
    expect(isShown(null)).toBe(false);
  });
});
