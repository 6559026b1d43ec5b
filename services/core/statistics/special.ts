/** Special functions the statistics rest on. Plain double arithmetic, deterministic; accuracy is stated per function. */

const LANCZOS_G = 607 / 128;
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  3.399464998481189e-5, 4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125,
  -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-5,
  -2.6190838401581408e-5, 3.6899182659531625e-6,
] as const;
const HALF_LN_TWO_PI = 0.9189385332046728;
const ITERATIONS_MAX = 10_000;
const EPSILON = Number.EPSILON;
/** Replaces a zero denominator in Lentz's continued fractions. */
const TINY = 1e-300;

/**
 * ln Gamma(x) for x > 0, relative error about 1e-14 (lgamma(.5) = 0.5723649429247). NaN for x <= 0.
 * Source: Lanczos 1964, coefficients of P. Godfrey (g = 607/128, 15 terms).
 */
export function lgamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x - 1 + i);
  const t = x - 1 + LANCZOS_G + 0.5;
  return HALF_LN_TWO_PI + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln B(a, b), a, b > 0 (lbeta(16, 36) = -32.3741455969694). */
export function lbeta(a: number, b: number): number {
  return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/** ln of the binomial coefficient "n choose k"; -Infinity where it is zero (k < 0 or k > n). */
export function lchoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  if (k === 0 || k === n) return 0;
  return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/**
 * Regularised incomplete beta I_x(a, b), a, b > 0, x clamped to 0..1. I_.3(2.5, 7) = 0.641222462971721.
 * Source: Lentz's continued fraction, DLMF 8.17.22, on the side of the mean where it converges fast.
 */
export function betainc(a: number, b: number, x: number): number {
  if (!(a > 0) || !(b > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lbeta(a, b));
  if (x <= (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < TINY ? TINY : d);
  let h = d;
  for (let m = 1; m <= ITERATIONS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 + even * d;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = 1 + even / c;
    if (Math.abs(c) < TINY) c = TINY;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + odd * d;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = 1 + odd / c;
    if (Math.abs(c) < TINY) c = TINY;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) <= 4 * EPSILON) break;
  }
  return h;
}

/** The x in 0..1 with I_x(a, b) = p, by bisection to the last bits. betaincinv(94, 7, .025) = 0.873970065419177. */
export function betaincinv(a: number, b: number, p: number): number {
  if (!(a > 0) || !(b > 0) || !(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return 1;
  let lo = 0;
  let hi = 1;
  for (let i = 0; i < 1100; i++) {
    const mid = (lo + hi) / 2;
    if (hi - lo <= EPSILON * mid || mid === lo || mid === hi) break;
    if (betainc(a, b, mid) < p) lo = mid;
    else hi = mid;
  }
  return (lo + hi) / 2;
}

/**
 * Upper regularised incomplete gamma Q(a, x), a > 0, x >= 0; full relative accuracy also far out in the tail.
 * Q(1.5, 2.3) = 0.203542081679365. Source: series DLMF 8.11.4 below a + 1, Lentz's fraction 8.9.2 above.
 */
export function gammaincc(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN;
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - lgamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k <= ITERATIONS_MAX; k++) {
      term *= x / (a + k);
      sum += term;
      if (term <= sum * EPSILON) break;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i <= ITERATIONS_MAX; i++) {
    const an = -i * (i - a);
    b += 2;
    d = an * d + b;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = b + an / c;
    if (Math.abs(c) < TINY) c = TINY;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) <= 4 * EPSILON) break;
  }
  return front * h;
}

/** P(X > x) of a chi-square with `df` degrees of freedom. chi2(69.0909090909, 3) = 6.68197681936887e-15. */
export function chiSquareUpperTail(x: number, df: number): number {
  return x <= 0 ? 1 : gammaincc(df / 2, x / 2);
}

/** erfc(x) (erfc(3) = 2.20904969985854e-05). */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  return x >= 0 ? gammaincc(0.5, x * x) : 2 - gammaincc(0.5, x * x);
}

/** P(Z <= x) of a standard normal (x = -1.96: 0.0249978951482204); small probabilities keep their digits. */
export function normalCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}

/**
 * The x with normalCdf(x) = p; -Infinity at 0, Infinity at 1, NaN outside (p = .975: 1.95996398454005).
 * Source: Acklam's rational start, then two Halley steps on `normalCdf`.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p === 0.5) return 0;
  // The upper half by symmetry: normalCdf near 1 has no digits left to correct with.
  if (p > 0.5) return -normalQuantile(1 - p);
  let x = acklam(p);
  for (let i = 0; i < 2; i++) {
    const u = (normalCdf(x) - p) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
    x -= u / (1 + (x * u) / 2);
  }
  return x;
}

function acklam(p: number): number {
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
        1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}
