/** What a sample of real data should still contain of the tail, and how unlikely a thinner one is. */
import { betainc, lchoose } from "./special.ts";

/**
 * Share of the tail that n items drawn without replacement are expected to show, 0..1.
 * `tailCounts`: counts of the tail's types in a real half of `total` items, each 0..total. `n` in 0..total, else NaN
 * (grow the half or shrink the window); NaN for an empty tail.
 * Counts 3, 2, 1, 1, 1, 1 of 40, n = 20: 0.6068376068. Source: the hypergeometric law.
 * Text is bursty, so a text metric takes its expectation from pseudo-windows instead; this is for independent items.
 */
export function expectedCoverage(tailCounts: readonly number[], total: number, n: number): number {
  if (tailCounts.length === 0 || !(n >= 0 && n <= total)) return Number.NaN;
  const all = lchoose(total, n);
  let sum = 0;
  for (const count of tailCounts) sum += 1 - Math.exp(lchoose(total - count, n) - all);
  return sum / tailCounts.length;
}

/**
 * P(X <= successes) for X binomial(trials, p): how unlikely a tail mass this small is under the real one.
 * 15 of 1000 at .09: 7.6e-24. `successes` an integer; below 0 gives 0, from `trials` on 1. p in 0..1, else NaN.
 */
export function binomialLowerTail(successes: number, trials: number, p: number): number {
  if (!(p >= 0 && p <= 1) || !(trials >= 0)) return Number.NaN;
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  return betainc(trials - successes, successes + 1, 1 - p);
}

/**
 * The rarest keys that together hold at most `share` of all counts: the tail. Ascending by count, ties by `order`,
 * so the choice does not depend on the order of the input. Returns positions in `counts`; may be empty, as where
 * every key alone holds more than `share`. At most `tailMax` positions.
 */
export function tailPositions(
  counts: ArrayLike<number>,
  share: number,
  order: (a: number, b: number) => number,
  tailMax: number,
): number[] {
  const positions: number[] = [];
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]!;
    positions.push(i);
  }
  positions.sort((a, b) => counts[a]! - counts[b]! || order(a, b));
  const budget = sum * share;
  let held = 0;
  let kept = 0;
  while (kept < positions.length && kept < tailMax) {
    held += counts[positions[kept]!]!;
    if (held > budget) break;
    kept += 1;
  }
  return positions.slice(0, kept);
}
