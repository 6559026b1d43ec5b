/** What may be concluded where many things are tested at once. */

/** `k e(k) / K >= 1 / alpha` may hold exactly: rounding must not decide it. */
const TIE_SLACK = 1e-12;

/**
 * Benjamini and Hochberg: indices that are rejected at false discovery rate `q`, ascending. Needs p-values that are
 * independent or positively dependent. Source: Benjamini & Hochberg 1995.
 */
export function benjaminiHochberg(p: readonly number[], q: number): number[] {
  const order = p.map((_, at) => at).sort((a, b) => p[a]! - p[b]! || a - b);
  let rejected = 0;
  order.forEach((at, i) => {
    if (p[at]! <= ((i + 1) * q) / p.length + TIE_SLACK) rejected = i + 1;
  });
  return order.slice(0, rejected).sort((a, b) => a - b);
}

/**
 * e-BH: indices that are rejected at false discovery rate `alpha`, ascending, whatever the dependence. Takes present
 * e-values by their natural logarithm; of a running maximum use `adjustedLogE`. Source: Wang & Ramdas 2022.
 */
export function eBenjaminiHochberg(logE: readonly number[], alpha: number): number[] {
  const order = logE.map((_, at) => at).sort((a, b) => logE[b]! - logE[a]! || a - b);
  let rejected = 0;
  order.forEach((at, i) => {
    if (logE[at]! + Math.log((i + 1) / logE.length) >= -Math.log(alpha) - TIE_SLACK) rejected = i + 1;
  });
  return order.slice(0, rejected).sort((a, b) => a - b);
}

/**
 * ln of an e-value made from the highest one ever seen: sqrt(E) - 1, an adjuster (the integral of A(x) / x^2 over 1.. is 1).
 * -Infinity for a highest of 1. Source: Dawid et al. 2011; Shafer et al. 2011.
 */
export function adjustedLogE(highestLogE: number): number {
  if (highestLogE <= 0) return Number.NEGATIVE_INFINITY;
  return highestLogE / 2 + Math.log(-Math.expm1(-highestLogE / 2));
}
