/** When a series moved to another level, and how little chance looks like it. */
import { mean } from "./moments.ts";
import { studentTwoSidedP } from "./student-t.ts";

/** Fewer values before a shift do not say what the level was. */
export const SHIFT_BEFORE_MIN = 12;
/** Correlation of neighbours beyond which a series of this length says nothing about levels. */
const PHI_MAX = 0.9;
/** A variance that is a smaller share of the squares than this is rounding. */
const ROUNDING = 1e-24;

export interface LevelShift {
  /** Index of the first value at the new level. */
  readonly at: number;
  /** New level less old level. */
  readonly by: number;
  /** That a series without a shift shows one as clear in this direction, choosing the place paid for; 0..1. */
  readonly p: number;
}

/**
 * The clearest single shift of level in one direction. `values` on one grid, oldest first, null for gaps, which are passed over.
 * Two means with a common spread; neighbours that are alike (AR(1) of what the two levels leave, with Kendall's correction for short
 * series) are worth fewer values, and single ones never less than themselves. p is Student's, one-sided, times the places looked at
 * (Bonferroni). null with fewer than `SHIFT_BEFORE_MIN` + 1 values, or where nothing moves that way.
 *
 * Sources: Worsley 1979 (the largest of two-sample t), Kendall 1954 (bias of an autocorrelation).
 */
export function levelShift(values: readonly (number | null)[], direction: 1 | -1): LevelShift | null {
  const places = values.flatMap((value, at) => (value === null ? [] : [at]));
  const present = places.map((at) => values[at]!);
  const splits = present.length - SHIFT_BEFORE_MIN;
  let best: LevelShift | null = null;
  let bestT = 0;
  for (let split = SHIFT_BEFORE_MIN; split < present.length; split += 1) {
    const found = tested(present, split);
    if (!(found.t * direction > bestT)) continue;
    bestT = found.t * direction;
    const p = Math.min(1, (studentTwoSidedP(found.t, found.df) / 2) * splits);
    best = { at: places[split]!, by: found.by, p };
  }
  return best;
}

function tested(values: readonly number[], split: number) {
  const [before, after] = [values.slice(0, split), values.slice(split)];
  const [low, high] = [mean(before), mean(after)];
  const rest = values.map((value, i) => value - (i < split ? low : high));
  const n = values.length;
  const squares = rest.reduce((sum, own) => sum + own * own, 0);
  const size = values.reduce((sum, value) => sum + value * value, 0);
  const by = high - low;
  // Two constant levels: rounding is no spread, and a difference of rounding no step.
  if (squares <= size * ROUNDING) {
    return { by, t: by * by <= size * ROUNDING ? 0 : by * Number.POSITIVE_INFINITY, df: n - 2 };
  }
  const products = rest.slice(1).reduce((sum, own, i) => sum + own * rest[i]!, 0);
  const raw = products / squares;
  const phi = Math.min(PHI_MAX, Math.max(0, raw + (1 + 4 * raw) / n));
  const alike = (1 + phi) / (1 - phi);
  const share = (count: number): number => Math.min(1, alike / count);
  const variance = (squares / (n - 2)) * (share(before.length) + share(after.length));
  return { by, t: by / Math.sqrt(variance), df: Math.max(1, n / alike - 2) };
}
