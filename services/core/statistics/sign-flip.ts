/** All sign patterns of this many differences are tried: 2^16. */
export const SIGN_FLIP_VALUES_MAX = 16;
/** Sums that differ by less are ties: rounding must not decide whether a pattern is as extreme. */
const TIE_SLACK = 1e-12;

/**
 * Exact two-sided p of paired differences: the share of all 2^n sign patterns whose sum is as far from 0 as the one seen. Never
 * below 2 / 2^n, so n < 6 cannot show .05. .1, .2, .3 give .25. 1 for none; throws RangeError beyond the bound.
 * Source: Fisher 1935.
 */
export function signFlipP(differences: readonly number[]): number {
  const n = differences.length;
  if (n > SIGN_FLIP_VALUES_MAX) throw new RangeError(`${n} differences, at most ${SIGN_FLIP_VALUES_MAX}`);
  let scale = 0;
  let seen = 0;
  for (const difference of differences) {
    scale += Math.abs(difference);
    seen += difference;
  }
  let asExtreme = 0;
  for (let pattern = 0; pattern < 2 ** n; pattern += 1) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += (pattern >> i) & 1 ? -differences[i]! : differences[i]!;
    if (Math.abs(sum) >= Math.abs(seen) - TIE_SLACK * scale) asExtreme += 1;
  }
  return asExtreme / 2 ** n;
}
