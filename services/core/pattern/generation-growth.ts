/** How an error pattern's share grows from generation to generation. */
import { Z_95 } from "../statistics/intervals.ts";
import { studentQuantile } from "../statistics/student-t.ts";

/** Fewer generations, or texts with the pattern, are no growth. */
export const GROWTH_GENERATIONS_MIN = 3;
export const GROWTH_FOUND_MIN = 10;

export interface GenerationCounts {
  readonly generation: number;
  /** Texts with the pattern, of texts. */
  readonly found: number;
  readonly texts: number;
}

export interface Growth {
  /** Factor from one generation to the next: 2 doubles, 1 stays. */
  readonly factor: number;
  /** 95 %. */
  readonly lo: number;
  readonly hi: number;
  /** How much more generations differ from the line than counts alone would; 1 and more. */
  readonly dispersion: number;
}

/**
 * The slope of ln share over generations, each weighted by its counts. The error is that of the counts, or that of what the line
 * leaves (Student's t), whichever is larger: texts of a generation are not independent. Counts that double exactly: factor 2.
 * null under three generations with texts or ten texts with the pattern. One look: no evidence to be peeked at (that is
 * `error_pattern_rise`). Source: weighted least squares with quasi-Poisson errors (McCullagh & Nelder 1989, 6.2).
 */
export function generationGrowth(generations: readonly GenerationCounts[]): Growth | null {
  const told = generations.filter(({ texts }) => texts > 0);
  const found = told.reduce((sum, one) => sum + one.found, 0);
  if (told.length < GROWTH_GENERATIONS_MIN || found < GROWTH_FOUND_MIN) return null;
  // Half a text more: a generation without the pattern has a share, too.
  const points = told.map((one) => ({
    x: one.generation,
    y: Math.log((one.found + 0.5) / (one.texts + 0.5)),
    weight: one.found + 0.5,
  }));
  const weights = points.reduce((sum, { weight }) => sum + weight, 0);
  const meanX = points.reduce((sum, { x, weight }) => sum + weight * x, 0) / weights;
  const meanY = points.reduce((sum, { y, weight }) => sum + weight * y, 0) / weights;
  const spread = points.reduce((sum, { x, weight }) => sum + weight * (x - meanX) ** 2, 0);
  if (spread === 0) return null;
  const slope =
    points.reduce((sum, { x, y, weight }) => sum + weight * (x - meanX) * (y - meanY), 0) / spread;
  const left = points.reduce(
    (sum, { x, y, weight }) => sum + weight * (y - meanY - slope * (x - meanX)) ** 2,
    0,
  );
  const df = points.length - 2;
  const dispersion = Math.max(1, left / df);
  const ofResiduals = studentQuantile(0.975, df) * Math.sqrt(left / df);
  const half = Math.max(Z_95, ofResiduals) / Math.sqrt(spread);
  return {
    factor: Math.exp(slope),
    lo: Math.exp(slope - half),
    hi: Math.exp(slope + half),
    dispersion,
  };
}
