/** Distances between two histograms over ordered bins. */
import { sameCells, total } from "./jsd.ts";

/**
 * Kolmogorov-Smirnov distance of binned data: max |F - G| over the bin ends, 0..1. Understates the raw distance by at
 * most the largest bin's mass. NaN where either side is empty. 500/300/150/50 against 600/300/100/0: 0.1.
 */
export function ksBinned(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let most = 0;
  const gaps = cumulativeGaps(p, q);
  if (gaps === null) return Number.NaN;
  for (const gap of gaps) most = Math.max(most, Math.abs(gap));
  return most;
}

/**
 * Earth mover's distance of binned data: sum of width |F - G|, in the unit of the widths; `widths[i]` is the distance
 * from bin i to bin i + 1 (one fewer than bins), 1 each where none are given. NaN where either side is empty.
 * 500/300/150/50 against 600/300/100/0 at unit widths: 0.25. Source: Kolmogorov 1933, Vallender 1974.
 */
export function w1Binned(p: ArrayLike<number>, q: ArrayLike<number>, widths?: ArrayLike<number>): number {
  const gaps = cumulativeGaps(p, q);
  if (gaps === null) return Number.NaN;
  if (widths !== undefined && widths.length !== gaps.length) {
    throw new RangeError(`${widths.length} widths between ${p.length} bins`);
  }
  let sum = 0;
  for (let i = 0; i < gaps.length; i++) sum += (widths === undefined ? 1 : widths[i]!) * Math.abs(gaps[i]!);
  return sum;
}

/** F - G after each bin but the last, where both are 1; null where either side is empty. */
function cumulativeGaps(p: ArrayLike<number>, q: ArrayLike<number>): number[] | null {
  const cells = sameCells(p, q);
  const pTotal = total(p);
  const qTotal = total(q);
  if (pTotal === 0 || qTotal === 0) return null;
  const gaps: number[] = [];
  let pSum = 0;
  let qSum = 0;
  for (let i = 0; i + 1 < cells; i++) {
    pSum += p[i]!;
    qSum += q[i]!;
    gaps.push(pSum / pTotal - qSum / qTotal);
  }
  return gaps;
}
