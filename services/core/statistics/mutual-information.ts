/** How much one thing tells of another, from a table of counts. */
import { Z_95 } from "./intervals.ts";

/** Bits. `value` is corrected for bias and not below 0; `plugIn` is not corrected. */
export interface MutualInformation {
  readonly value: number;
  readonly plugIn: number;
  /** 95 %, by the delta method; null where `value` is 0, as the method says nothing there. */
  readonly interval: { readonly lo: number; readonly hi: number } | null;
  readonly n: number;
  /** Rows, columns and cells that hold any counts. */
  readonly rows: number;
  readonly columns: number;
  readonly cells: number;
}

/**
 * Mutual information between row and column of `table` (rows of equal length). The plug-in estimate is too high by about
 * (cells - rows - columns + 1) / 2n nats, cells, rows and columns counted where they occur; that is taken off (Miller &
 * Madow). null without counts. [[40, 10], [10, 40]]: plug-in .2780719051, less 1 / (200 ln 2) = .0072134752.
 * Source: Miller 1955; standard error sqrt((sum p log^2(p / (px py)) - I^2) / n)
 */
export function mutualInformation(table: readonly (readonly number[])[]): MutualInformation | null {
  const width = table[0]?.length ?? 0;
  const columnSums = new Array<number>(width).fill(0);
  const rowSums = table.map((row) => {
    if (row.length !== width) throw new RangeError(`rows of ${width} and ${row.length} cells`);
    let sum = 0;
    for (let c = 0; c < width; c += 1) {
      sum += row[c]!;
      columnSums[c]! += row[c]!;
    }
    return sum;
  });
  const n = rowSums.reduce((sum, count) => sum + count, 0);
  if (n === 0) return null;
  let plugIn = 0;
  let squares = 0;
  let cells = 0;
  table.forEach((row, r) => {
    row.forEach((count, c) => {
      if (count === 0) return;
      cells += 1;
      const log = Math.log2((count * n) / (rowSums[r]! * columnSums[c]!));
      plugIn += (count / n) * log;
      squares += (count / n) * log * log;
    });
  });
  const rows = rowSums.filter((sum) => sum > 0).length;
  const columns = columnSums.filter((sum) => sum > 0).length;
  const value = Math.max(0, plugIn - (cells - rows - columns + 1) / (2 * n * Math.LN2));
  const half = Z_95 * Math.sqrt(Math.max(0, squares - plugIn * plugIn) / n);
  const most = Math.log2(Math.min(rows, columns));
  const interval =
    value > 0 ? { lo: Math.max(0, value - half), hi: Math.max(value, Math.min(most, value + half)) } : null;
  return { value, plugIn: Math.max(0, plugIn), interval, n, rows, columns, cells };
}
