/** Tests and effect sizes of a table of counts. */
import { chiSquareUpperTail } from "./special.ts";

/** Statistics of a table. `pChi2`, `pG`: upper tails of chi-square with `df` degrees of freedom. */
export interface Contingency {
  readonly chi2: number;
  readonly pChi2: number;
  /** Likelihood ratio statistic; for two equal-sized rows it is 2N times their JSD in nats. */
  readonly g: number;
  readonly pG: number;
  readonly df: number;
  /** Effect size 0..1; a p-value alone says only that n is large. */
  readonly cramerV: number;
  /** Bergsma's bias-corrected V: about 0 under equal populations at any n. */
  readonly cramerVCorrected: number;
}

/**
 * Homogeneity of the rows of `table` (each row: counts of one population over the same cells). Rows and columns
 * without counts are dropped; null where fewer than two of either remain: nothing can differ.
 * 500/300/150/50 against 600/300/100/0: chi2 69.0909090909, df 3, p 6.68e-15; G 88.4859474146; V .1858640755.
 * Cells expected under 5 belong in `__other__` before. Source: Pearson 1900, Bergsma 2013
 */
export function contingency(table: readonly (readonly number[])[]): Contingency | null {
  const width = table[0]?.length ?? 0;
  const columnTotals = new Array<number>(width).fill(0);
  const rowTotals: number[] = [];
  for (const row of table) {
    if (row.length !== width) throw new RangeError(`rows of ${width} and ${row.length} cells`);
    let sum = 0;
    for (let i = 0; i < width; i++) {
      columnTotals[i]! += row[i]!;
      sum += row[i]!;
    }
    rowTotals.push(sum);
  }
  const rows = rowTotals.filter((sum) => sum > 0).length;
  const columns = columnTotals.filter((sum) => sum > 0).length;
  if (rows < 2 || columns < 2) return null;
  const n = rowTotals.reduce((sum, value) => sum + value, 0);
  let chi2 = 0;
  let g = 0;
  table.forEach((row, r) => {
    row.forEach((observed, c) => {
      const expected = (rowTotals[r]! * columnTotals[c]!) / n;
      if (expected === 0) return;
      chi2 += (observed - expected) ** 2 / expected;
      if (observed > 0) g += 2 * observed * Math.log(observed / expected);
    });
  });
  const df = (rows - 1) * (columns - 1);
  const phi2 = Math.max(0, chi2 / n - df / (n - 1));
  const rowsCorrected = rows - (rows - 1) ** 2 / (n - 1);
  const columnsCorrected = columns - (columns - 1) ** 2 / (n - 1);
  return {
    chi2,
    pChi2: chiSquareUpperTail(chi2, df),
    g,
    pG: chiSquareUpperTail(g, df),
    df,
    cramerV: Math.sqrt(chi2 / (n * (Math.min(rows, columns) - 1))),
    cramerVCorrected: Math.sqrt(phi2 / (Math.min(rowsCorrected, columnsCorrected) - 1)),
  };
}
