/**
 * Where a curve over x breaks, how sure that is, and whether it breaks at all, from several seeds measured at the same x. A
 * seed's level is its own (y = curve(x) + seed + error), so that what all arms of a seed share does not count as error.
 */
import type { Random } from "../random.ts";
import { type Design, dot } from "./least-squares.ts";
import { mean } from "./moments.ts";
import { type SegmentedFit, SegmentedGrid, segmentedFit } from "./segmented-fit.ts";

/** A place of the grid is left out of the interval where fewer than 1 in 20 of so many samples fit as badly. */
const BOOTSTRAP_SAMPLES = 199;
const PERMUTATIONS = 999;
const ALPHA = 0.05;
/** Of the squares of y: less is rounding. */
const ROUNDING = 1e-20;
/** Ties of a statistic with itself survive rounding. */
const TIE_SLACK = 1e-12;
/** Coefficients of the segmented model, its break included. */
const PARAMETERS = 4;

export interface BreakEstimate extends SegmentedFit {
  /** 95 %. */
  readonly lo: number;
  readonly hi: number;
  /** True where the interval ends where the grid does: the tested x do not bound it on that side. */
  readonly open: boolean;
  /** That a straight line gives a break as clear as this one. */
  readonly p: number;
}

export type BreakAnswer =
  | { readonly status: "ok"; readonly estimate: BreakEstimate }
  /** Too few x or seeds; or no spread at all. */
  | { readonly status: "insufficient" }
  | { readonly status: "degenerate" };

/**
 * `x` ascends strictly; `seeds` holds one list of y a seed, each as long as `x`. Every number is drawn from `random`: the same
 * seed gives the same interval.
 *
 * The interval holds each place that a test at 5 % does not refuse, the test's distribution drawn from the model with its break
 * there (parametric bootstrap, errors of the pooled variance). Simulated with one seed at six x: it covers the truth 95 times in
 * 100, the percentiles of re-fitted breaks 78 times; with three seeds both are near 95 and equally wide.
 * The p is a permutation's: residuals of the line and the seed, shuffled within each seed, since the F of a break that was looked
 * for is no F. Sources: Hansen 1999 (test inversion), Freedman & Lane 1983, Davies 1987.
 */
export function breakEstimate(
  x: readonly number[],
  seeds: readonly (readonly number[])[],
  random: Random,
): BreakAnswer {
  const freedom = x.length * seeds.length - (seeds.length - 1) - PARAMETERS;
  if (seeds.length === 0 || x.length < PARAMETERS || freedom < 1) return { status: "insufficient" };
  const grid = new SegmentedGrid(x);
  if (grid.models.length === 0) return { status: "insufficient" };
  const levels = seeds.map(mean);
  const centred = seeds.map((values, i) => values.map((value) => value - levels[i]!));
  const spread = centred.flat().reduce((sum, value) => sum + value * value, 0);
  const scale = seeds.flat().reduce((sum, value) => sum + value * value, 0);
  if (!(spread > ROUNDING * scale)) return { status: "degenerate" };
  const observed = summary(centred, x.length);
  const fit = segmentedFit(grid, [...observed.means])!;
  const interval = invertedInterval(grid, observed, freedom, random);
  return {
    status: "ok",
    estimate: {
      ...fit,
      b0: fit.b0 + mean(levels),
      ...interval,
      open: interval.lo === grid.breaks[0] || interval.hi === grid.breaks.at(-1),
      p: permutationP(grid, centred, observed, random),
    },
  };
}

/** All that the fits look at. */
interface Summary {
  /** Of each x over the seeds, around 0. */
  readonly means: Float64Array;
  readonly seeds: number;
  /** Squares around the means, of `(seeds - 1) * (x - 1)` degrees of freedom. */
  readonly within: number;
}

function summary(centred: readonly (readonly number[])[], width: number): Summary {
  const means = new Float64Array(width);
  let all = 0;
  for (const values of centred) {
    for (let j = 0; j < width; j += 1) {
      means[j]! += values[j]! / centred.length;
      all += values[j]! ** 2;
    }
  }
  return { means, seeds: centred.length, within: Math.max(0, all - centred.length * dot(means, means)) };
}

function invertedInterval(
  grid: SegmentedGrid,
  observed: Summary,
  freedom: number,
  random: Random,
): { readonly lo: number; readonly hi: number } {
  const { seeds, within, means } = observed;
  const width = means.length;
  const noise: { errors: Float64Array; within: number }[] = [];
  for (let i = 0; i < BOOTSTRAP_SAMPLES; i += 1) {
    // The same errors at every place of the grid: what differs between places is the places.
    const errors = centredNormals(width, 1 / Math.sqrt(seeds), random);
    noise.push({ errors, within: chiSquare((seeds - 1) * (width - 1), random) });
  }
  const left = new Float64Array(grid.models.length);
  const fewest = squaresOfEach(grid.models, means, left);
  const variance = (seeds * fewest + within) / freedom;
  const kept = grid.breaks.filter((_, at) => {
    const badness = (seeds * (left[at]! - fewest)) / variance;
    // The place itself is the truth here, so it frees one degree.
    const sigma = Math.sqrt((seeds * left[at]! + within) / (freedom + 1));
    return !(badness > 0) || isKept(grid, at, noise, { seeds, means, sigma, freedom }, badness);
  });
  return { lo: kept[0]!, hi: kept.at(-1)! };
}

/** Whether a break there would fit as badly as it does more than 1 time in 20; looks no further than it needs to. */
function isKept(
  grid: SegmentedGrid,
  at: number,
  noise: readonly { readonly errors: Float64Array; readonly within: number }[],
  { seeds, means, sigma, freedom }: { seeds: number; means: Float64Array; sigma: number; freedom: number },
  badness: number,
): boolean {
  const curve = projected(grid.models[at]!, means);
  const y = new Float64Array(curve.length);
  const left = new Float64Array(grid.models.length);
  const enough = ALPHA * (noise.length + 1);
  let asBad = 1;
  for (const { errors, within } of noise) {
    for (let j = 0; j < y.length; j += 1) y[j] = curve[j]! + sigma * errors[j]!;
    const fewest = squaresOfEach(grid.models, y, left);
    const variance = (seeds * fewest + sigma * sigma * within) / freedom;
    if (seeds * (left[at]! - fewest) >= badness * variance * (1 - TIE_SLACK)) asBad += 1;
    if (asBad > enough) return true;
  }
  return false;
}

function permutationP(
  grid: SegmentedGrid,
  centred: readonly (readonly number[])[],
  observed: Summary,
  random: Random,
): number {
  const line = projected(grid.line, observed.means);
  const residuals = centred.map((values) => values.map((value, j) => value - line[j]!));
  const clear = clearness(grid, observed);
  let asClear = 1;
  for (let i = 0; i < PERMUTATIONS; i += 1) {
    for (const values of residuals) random.shuffle(values);
    if (clearness(grid, summary(residuals, line.length)) >= clear * (1 - TIE_SLACK)) asClear += 1;
  }
  return asClear / (PERMUTATIONS + 1);
}

/** Squares that a break takes away from those a line leaves, beside those it leaves itself: grows with the largest F. */
function clearness(grid: SegmentedGrid, { means, seeds, within }: Summary): number {
  const broken = squaresOfEach(grid.models, means, new Float64Array(grid.models.length));
  const straight = squaresOfEach([grid.line], means, new Float64Array(1));
  const noise = seeds * broken + within;
  return noise > 0 ? (seeds * (straight - broken)) / noise : Number.MAX_VALUE;
}

/** Squares each model leaves of `y`, which is around 0, into `left`; returns the fewest. */
function squaresOfEach(models: readonly Design[], y: Float64Array, left: Float64Array): number {
  const all = dot(y, y);
  let fewest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < models.length; i += 1) {
    let squares = all;
    for (const unit of models[i]!.basis) {
      const along = dot(unit, y);
      squares -= along * along;
    }
    left[i] = Math.max(0, squares);
    fewest = Math.min(fewest, left[i]!);
  }
  return fewest;
}

/** The model's curve through `y`. */
function projected(model: Design, y: Float64Array): Float64Array {
  const curve = new Float64Array(y.length);
  for (const unit of model.basis) {
    const along = dot(unit, y);
    for (let j = 0; j < y.length; j += 1) curve[j]! += along * unit[j]!;
  }
  return curve;
}

function centredNormals(count: number, sigma: number, random: Random): Float64Array {
  const values = new Float64Array(count);
  let sum = 0;
  for (let j = 0; j < count; j += 1) {
    values[j] = sigma * normal(random);
    sum += values[j]!;
  }
  return values.map((value) => value - sum / count);
}

/** Standard normal by the polar method, which needs no sine. Source: Marsaglia & Bray 1964. */
function normal(random: Random): number {
  for (;;) {
    const u = 2 * random.nextFloat() - 1;
    const v = 2 * random.nextFloat() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

function chiSquare(freedom: number, random: Random): number {
  let sum = 0;
  for (let i = 0; i < freedom; i += 1) sum += normal(random) ** 2;
  return sum;
}
