/**
 * y = b0 + b1 x + b2 (x - c)+ : two straight pieces that meet at the break c, found on a grid. Source: Muggeo 2003; metric
 * specification 7.
 */
import { coefficients, type Design, design, squaresLeft } from "./least-squares.ts";

/** The grid of breaks in hundredths, both ends inclusive. */
const GRID_FIRST = 5;
const GRID_LAST = 85;
const STEP = 0.01;
/** A break at a tested x is on the grid whatever its last bits. */
const GRID_SLACK = 1e-9;

export interface SegmentedFit {
  readonly break: number;
  readonly b0: number;
  readonly slopeBefore: number;
  readonly slopeAfter: number;
  /** Left by the fit. */
  readonly squares: number;
}

/** The models of one set of x: a line, and one with a break at each place of the grid. */
export class SegmentedGrid {
  /** Ascending; may be empty. At least two of the x lie at or before, and two at or after, each: both slopes are told. */
  readonly breaks: readonly number[];
  readonly models: readonly Design[];
  readonly line: Design;
  readonly x: readonly number[];

  /** `x` ascends strictly. Throws RangeError under two values. */
  constructor(x: readonly number[]) {
    const ones = x.map(() => 1);
    const line = design([ones, x]);
    if (line === null) throw new RangeError("a line needs two different x");
    const breaks: number[] = [];
    const models: Design[] = [];
    for (let i = GRID_FIRST; i <= GRID_LAST; i += 1) {
      const at = i * STEP;
      if (at < x[1]! - GRID_SLACK || at > x[x.length - 2]! + GRID_SLACK) continue;
      const model = design([ones, x, x.map((value) => Math.max(0, value - at))]);
      if (model === null) continue;
      breaks.push(i / 100);
      models.push(model);
    }
    this.x = x;
    this.breaks = breaks;
    this.models = models;
    this.line = line;
  }
}

/** The place of the grid with the fewest squares left; the first of equals. null for an empty grid. */
export function segmentedFit(grid: SegmentedGrid, y: readonly number[]): SegmentedFit | null {
  let best: { at: number; squares: number } | null = null;
  for (const [at, model] of grid.models.entries()) {
    const squares = squaresLeft(model, y);
    if (best === null || squares < best.squares) best = { at, squares };
  }
  if (best === null) return null;
  const [b0, b1, b2] = coefficients(grid.models[best.at]!, y) as [number, number, number];
  return {
    break: grid.breaks[best.at]!,
    b0,
    slopeBefore: b1,
    slopeAfter: b1 + b2,
    squares: best.squares,
  };
}
