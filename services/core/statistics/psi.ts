/** Population stability index with Laplace smoothing. */
import { sameCells, total } from "./jsd.ts";

/** Added to every cell: Jeffreys' prior. A fixed fill of empty cells (1e-4) instead lets one rare cell decide. */
export const PSI_LAPLACE = 0.5;

/**
 * Sum of (q - p) ln(q / p) over the cells, p = (count + a) / (total + a cells); nats, symmetric, 0 or more.
 * NaN where either side is empty. 500/300/150/50 against 600/300/100/0: 0.2686245489 (a = 1: 0.2339622819).
 * Under equal populations it is about (1/n + 1/m) chi-square with cells - 1 degrees of freedom, so .1 and .25 are
 * no thresholds. Source: Yurdakul 2018
 */
export function psi(p: ArrayLike<number>, q: ArrayLike<number>, laplace: number = PSI_LAPLACE): number {
  const cells = sameCells(p, q);
  const pTotal = total(p);
  const qTotal = total(q);
  if (pTotal === 0 || qTotal === 0) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < cells; i++) {
    const a = (p[i]! + laplace) / (pTotal + laplace * cells);
    const b = (q[i]! + laplace) / (qTotal + laplace * cells);
    // Both zero only without smoothing: such a cell says nothing.
    if (a !== b) sum += (b - a) * Math.log(b / a);
  }
  return sum;
}
