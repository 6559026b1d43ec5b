/**
 * How far raters agree beyond chance, and what people's ratings of some say of a judge's ratings of all. Intervals are 95 %,
 * by the jackknife over units (Efron & Tibshirani 1993, chapter 11), with Student's t.
 */
import { clopperPearson, type Interval, Z_95 } from "./intervals.ts";
import { studentQuantile } from "./student-t.ts";

/** Counts of two raters: `table[i][j]` units that the first put into category i and the second into j; square. */
export type RaterTable = readonly (readonly number[])[];

export interface Agreement {
  /** Units that entered. */
  readonly n: number;
  /** Share of units, or of pairs of ratings, that agree. */
  readonly observed: number;
  /** At most 1; 0 is what chance gives. NaN where chance alone explains all: every rating is of one category. */
  readonly value: number;
  /** null where there is no value, or one unit. */
  readonly interval: Interval | null;
}

/**
 * Cohen's kappa: chance as the product of what each rater gives out. [[40, 10], [5, 45]]: .7. It collapses where nearly all
 * units are of one category; read `gwetAc1` beside it. Throws RangeError for a table that is not square or has negative counts.
 * Source: Cohen 1960.
 */
export function cohenKappa(table: RaterTable): Agreement {
  return jackknifed(table, (counts) => {
    const { n, observed, rows, columns } = margins(counts);
    const chance = rows.reduce((sum, row, i) => sum + (row / n) * (columns[i]! / n), 0);
    return { observed, value: beyond(observed, chance), chance };
  });
}

/**
 * Gwet's AC1: chance as that of guessing among the categories in use, so that it holds at extreme prevalence.
 * [[40, 10], [5, 45]]: .7007481297. Throws as `cohenKappa`. Source: Gwet 2008.
 */
export function gwetAc1(table: RaterTable): Agreement {
  return jackknifed(table, (counts) => {
    const { n, observed, rows, columns } = margins(counts);
    const shares = rows.map((row, i) => (row + columns[i]!) / (2 * n));
    const chance = shares.reduce((sum, share) => sum + share * (1 - share), 0) / (shares.length - 1);
    return { observed, value: beyond(observed, chance), chance };
  });
}

interface Measured {
  readonly observed: number;
  readonly value: number;
  readonly chance: number;
}

function jackknifed(table: RaterTable, measure: (counts: RaterTable) => Measured): Agreement {
  checkTable(table);
  const n = table.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  if (n === 0) return { n, observed: Number.NaN, value: Number.NaN, interval: null };
  const whole = measure(table);
  const without: Weighted[] = [];
  table.forEach((row, i) => {
    row.forEach((count, j) => {
      if (count === 0 || n === 1) return;
      const less = table.map((other, a) => other.map((cell, b) => (a === i && b === j ? cell - 1 : cell)));
      without.push({ value: measure(less).value, times: count });
    });
  });
  const { observed, value, chance } = whole;
  // Where all agree, or all differ, the units do not vary, and what one would be without them says nothing.
  const uniform = observed === 0 || observed === 1;
  const interval = uniform ? uniformInterval(observed, n, chance) : jackknifeInterval(value, without, n);
  return { n, observed, value, interval: Number.isNaN(value) ? null : interval };
}

function uniformInterval(observed: number, n: number, chance: number): Interval {
  const { lo, hi } = clopperPearson(observed * n, n);
  return { lo: beyond(lo, chance), hi: beyond(hi, chance) };
}

interface Weighted {
  readonly value: number;
  readonly times: number;
}

/** From the values without one unit each; null where one of them is none, or there is one unit. */
function jackknifeInterval(value: number, without: readonly Weighted[], n: number): Interval | null {
  if (n < 2 || without.some((one) => Number.isNaN(one.value))) return null;
  const mean = without.reduce((sum, one) => sum + one.value * one.times, 0) / n;
  const squares = without.reduce((sum, one) => sum + (one.value - mean) ** 2 * one.times, 0);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(((n - 1) / n) * squares);
  return { lo: Math.max(-1, value - half), hi: Math.min(1, value + half) };
}

function beyond(observed: number, chance: number): number {
  return chance >= 1 ? Number.NaN : (observed - chance) / (1 - chance);
}

function margins(table: RaterTable) {
  const rows = table.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = table.map((_, j) => table.reduce((sum, row) => sum + row[j]!, 0));
  const n = rows.reduce((a, b) => a + b, 0);
  const observed = table.reduce((sum, row, i) => sum + row[i]!, 0) / n;
  return { n, observed, rows, columns };
}

function checkTable(table: RaterTable): void {
  const isSquare = table.length >= 2 && table.every((row) => row.length === table.length);
  if (!isSquare || table.some((row) => row.some((count) => !(count >= 0 && Number.isInteger(count))))) {
    throw new RangeError("a table of two raters is square, of two categories or more, and holds counts");
  }
}

/** How often raters put one unit into each category, and how many units were rated so. */
export interface RatedUnits {
  readonly ratings: readonly number[];
  readonly times: number;
}

/**
 * Krippendorff's alpha of nominal ratings by any number of raters, with gaps; units with fewer than two ratings are left out.
 * `n` counts those left. (1,1,-), (1,0,1), (0,0,0), (1,1,1), (0,-,0), (1,0,0), (1,1,1), (-,1,0): .4444444444.
 * Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability.
 */
export function krippendorffAlpha(units: readonly RatedUnits[]): Agreement {
  const rated = units.filter(({ ratings, times }) => times > 0 && sumOf(ratings) >= 2);
  const n = rated.reduce((sum, { times }) => sum + times, 0);
  if (n === 0) return { n, observed: Number.NaN, value: Number.NaN, interval: null };
  const whole = alphaOf(rated);
  const without = rated.map((unit) => {
    const less = rated.map((one) => (one === unit ? { ...one, times: one.times - 1 } : one));
    return { value: n === 1 ? Number.NaN : alphaOf(less).value, times: unit.times };
  });
  const { observed, value, chance } = whole;
  const uniform = observed === 0 || observed === 1;
  const interval = uniform ? uniformInterval(observed, n, chance) : jackknifeInterval(value, without, n);
  return { n, observed, value, interval: Number.isNaN(value) ? null : interval };
}

/** From the coincidences of values within units. */
function alphaOf(units: readonly RatedUnits[]): Measured {
  const totals: number[] = [];
  let agreeing = 0;
  for (const { ratings, times } of units) {
    const raters = sumOf(ratings);
    ratings.forEach((count, category) => {
      totals[category] = (totals[category] ?? 0) + count * times;
      agreeing += (times * count * (count - 1)) / (raters - 1);
    });
  }
  const all = sumOf(totals);
  const chance = totals.reduce((sum, total) => sum + total * (total - 1), 0) / (all * (all - 1));
  const observed = all === 0 ? Number.NaN : agreeing / all;
  return { observed, value: beyond(observed, chance), chance };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** What a judge said of all, and of those that people rated, too. Counts. */
export interface JudgedAndRated {
  readonly judged: number;
  readonly accepted: number;
  /** Rated by people: [judge rejects, judge accepts] x [people reject, people accept]. */
  readonly rated: RaterTable;
}

export interface PoweredRate {
  /** Rate at which people would accept all that was judged. */
  readonly value: number;
  readonly standardError: number;
  readonly interval: Interval;
  /** Mean of judge less people on the rated: positive where the judge is too lenient. */
  readonly offset: number;
}

/**
 * Prediction-powered rate: the judge's own, corrected by how far it is off where people looked. Valid where those are a random
 * draw from all that was judged, not a choice. null under two rated. 9,200 of 10,000 accepted; of 100 rated 80 accepted by both,
 * 12 by the judge alone, 2 by people alone: .82, standard error .0363386, .7488 to .8912.
 * Throws RangeError for counts that contradict each other. Source: Angelopoulos et al. 2023, arXiv 2301.09633.
 */
export function predictionPowered({ judged, accepted, rated }: JudgedAndRated): PoweredRate | null {
  checkTable(rated);
  if (rated.length !== 2 || !(accepted >= 0 && accepted <= judged)) {
    throw new RangeError(`not a judge's counts: ${accepted} of ${judged}`);
  }
  const [[rejectedByBoth, byPeople], [byJudge, byBoth]] = rated as [[number, number], [number, number]];
  const n = rejectedByBoth + byPeople + byJudge + byBoth;
  if (n < 2 || judged === 0) return null;
  const offset = (byJudge - byPeople) / n;
  const variance = (byJudge + byPeople - n * offset * offset) / (n - 1);
  const rate = accepted / judged;
  const standardError = Math.sqrt(variance / n + (rate * (1 - rate)) / judged);
  const value = rate - offset;
  const half = Z_95 * standardError;
  return { value, standardError, interval: { lo: value - half, hi: value + half }, offset };
}
