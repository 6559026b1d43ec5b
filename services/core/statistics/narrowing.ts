/** How a choice among candidates changes their mix. */
import { sameCells, total } from "./jsd.ts";

/**
 * Divergence of what was accepted from all candidates over the same cells, KL(accepted || candidates) in bits, 0 and more.
 * Accepted counts are part of the candidates', so no smoothing is needed: RangeError where a cell accepted more than it had.
 * NaN where nothing was accepted. 300/180/60/10 of 400/300/200/100: 0.1450377975.
 */
export function narrowingBits(accepted: ArrayLike<number>, candidates: ArrayLike<number>): number {
  const cells = sameCells(accepted, candidates);
  const kept = total(accepted);
  const all = total(candidates);
  if (kept === 0) return Number.NaN;
  let bits = 0;
  for (let i = 0; i < cells; i += 1) {
    if (accepted[i]! > candidates[i]!) throw new RangeError(`${accepted[i]} accepted of ${candidates[i]}`);
    if (accepted[i]! === 0) continue;
    const share = accepted[i]! / kept;
    bits += share * Math.log2((share * all) / candidates[i]!);
  }
  return Math.max(0, bits);
}

/**
 * Mean and standard deviation of `narrowingBits` where acceptance does not depend on the cell: 2 ln 2 bits / (1 / kept -
 * 1 / all) is then chi-square with cells - 1 degrees of freedom, as drawing without replacement has it. Both 0 where all
 * was accepted. Good from about 5 accepted a cell on.
 */
export function narrowingNull(
  cells: number,
  kept: number,
  all: number,
): { readonly mean: number; readonly sd: number } {
  const unit = Math.max(0, 1 / kept - 1 / all) / (2 * Math.LN2);
  return { mean: (cells - 1) * unit, sd: Math.sqrt(2 * (cells - 1)) * unit };
}
