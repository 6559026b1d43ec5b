/** A straight line through points, with how well its slope is known. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Slope {
  readonly value: number;
  /** Half the width of the 95 % interval; infinite for less than three points. */
  readonly half: number;
}

/** Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom; more are taken as 2.23 down to 1.96. */
const T95 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

/**
 * Slope by least squares. The interval takes the points' scatter about the line for independent: where neighbours hang together,
 * as memory does, it is too narrow, so points should be apart.
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  let sxx = 0;
  let sxy = 0;
  for (const { x, y } of points) {
    sxx += (x - meanX) ** 2;
    sxy += (x - meanX) * (y - meanY);
  }
  const value = sxy / sxx;
  if (n < 3) return { value, half: Number.POSITIVE_INFINITY };
  const rest = points.reduce((sum, { x, y }) => sum + (y - meanY - value * (x - meanX)) ** 2, 0);
  const t = T95[n - 3] ?? 1.96 + 2.7 / (n - 2);
  return { value, half: t * Math.sqrt(rest / (n - 2) / sxx) };
}
