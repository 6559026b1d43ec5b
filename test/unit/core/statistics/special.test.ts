import { describe, expect, it } from "vitest";
import {
  betainc,
  betaincinv,
  chiSquareUpperTail,
  erfc,
  gammaincc,
  lbeta,
  lchoose,
  lgamma,
  normalCdf,
  normalQuantile,
} from "../../../../services/core/statistics/special.ts";

/** scipy 1.17.1, special and stats. */
const GOLDEN: readonly (readonly [string, number, number])[] = [
  ["norm.cdf(-1.96)", normalCdf(-1.96), 0.0249978951482204],
  ["norm.sf(6)", normalCdf(-6), 9.86587645037695e-10],
  ["norm.ppf(.975)", normalQuantile(0.975), 1.95996398454005],
  ["norm.ppf(1e-6)", normalQuantile(1e-6), -4.7534243088229],
  ["chi2.sf(69.0909090909,3)", chiSquareUpperTail(69.0909090909, 3), 6.68197681936887e-15],
  ["chi2.sf(10,9)", chiSquareUpperTail(10, 9), 0.350485212323361],
  ["betainc(2.5,7,.3)", betainc(2.5, 7, 0.3), 0.641222462971721],
  ["betaincinv(94,7,.025)", betaincinv(94, 7, 0.025), 0.873970065419177],
  ["betaln(16,36)", lbeta(16, 36), -32.3741455969694],
  ["gammaln(.5)", lgamma(0.5), 0.5723649429247],
  ["gammaln(1000.5)", lgamma(1000.5), 5908.67417584868],
  ["gammaincc(1.5,2.3)", gammaincc(1.5, 2.3), 0.203542081679365],
  ["erfc(3)", erfc(3), 2.20904969985854e-5],
];

describe("special functions", () => {
  for (const [name, actual, expected] of GOLDEN) {
    it(`${name} agrees with scipy`, () => {
      expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-11);
    });
  }

  it("has the exact ends", () => {
    expect(betainc(2, 3, 0)).toBe(0);
    expect(betainc(2, 3, 1)).toBe(1);
    expect(betaincinv(2, 3, 0)).toBe(0);
    expect(betaincinv(2, 3, 1)).toBe(1);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(gammaincc(2, 0)).toBe(1);
    expect(lchoose(5, 6)).toBe(Number.NEGATIVE_INFINITY);
    expect(Math.exp(lchoose(10, 3))).toBeCloseTo(120, 9);
  });

  it("gives NaN outside the domain", () => {
    for (const value of [lgamma(0), lgamma(-1), betainc(0, 1, 0.5), gammaincc(0, 1), normalQuantile(2)]) {
      expect(value).toBeNaN();
    }
  });
});
