/** What a benchmark measures, what of it is kept, and how two runs compare. */

/** How far two medians may lie apart, in robust standard deviations of both runs, before a figure counts as moved. */
const SIGMAS = 3;
/** No timed change smaller than this is shown as one, however quiet the machine was. */
const TIMED_CHANGE_MIN = 0.03;
/** Table operations are the same in every run. */
const COUNTED_CHANGE_MIN = 0.02;
/** Bytes allocated hang a little on when the compiler gets to what. */
const ALLOCATED_CHANGE_MIN = 0.06;
/** Of a normal distribution: standard deviation over median absolute deviation. */
const SD_OVER_MAD = 1.4826;

export type FigureKind = "timed" | "counted" | "allocated";

/** One figure as it was measured: the same work again and again, in turns with its floor. */
export interface Measured {
  /** Unique in its bench. */
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** Timed figures are compared by their noise, the others tightly. */
  readonly kind: FigureKind;
  /** One value a round, at least one. */
  readonly rounds: readonly number[];
  /** The floor in the same unit and the same rounds; null where there is none. */
  readonly floor: readonly number[] | null;
}

/** What is printed and kept. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  readonly kind: FigureKind;
  /** Median of the rounds. */
  readonly value: number;
  /** Robust relative spread of what is compared (the ratio where there is a floor, else the value); 0 for one round. */
  readonly noise: number;
  /** Median over the rounds of figure over floor; null where there is none. */
  readonly overFloor: number | null;
}

export type Move = "same" | "better" | "worse" | "new";

export interface Comparison {
  readonly figure: Figure;
  /** This run over the baseline: of the ratios to the floor where both have one, else of the values. null without baseline. */
  readonly ratio: number | null;
  readonly move: Move;
}

export function summarise({ rounds, floor, ...figure }: Measured): Figure {
  if (rounds.length === 0) throw new RangeError(`${figure.name} was not measured`);
  if (floor !== null && floor.length !== rounds.length) {
    throw new RangeError(`${figure.name} has ${rounds.length} rounds, its floor ${floor.length}`);
  }
  const ratios = floor === null ? null : rounds.map((value, i) => value / floor[i]!);
  return {
    ...figure,
    value: median(rounds),
    noise: relativeSpread(ratios ?? rounds),
    overFloor: ratios === null ? null : median(ratios),
  };
}

/** A figure moved where it differs by more than the noise that both runs measured. */
export function compare(figure: Figure, baseline: Figure | undefined): Comparison {
  if (baseline === undefined || baseline.unit !== figure.unit) return { figure, ratio: null, move: "new" };
  const byFloor = figure.overFloor !== null && baseline.overFloor !== null;
  const now = byFloor ? figure.overFloor! : figure.value;
  const then = byFloor ? baseline.overFloor! : baseline.value;
  if (then === 0) return { figure, ratio: null, move: now === 0 ? "same" : "new" };
  const ratio = now / then;
  return { figure, ratio, move: moveOf(figure, ratio, Math.hypot(figure.noise, baseline.noise)) };
}

function moveOf(figure: Figure, ratio: number, noise: number): Move {
  if (Math.abs(ratio - 1) <= leastChange(figure.kind, noise)) return "same";
  return ratio < 1 === (figure.better === "lower") ? "better" : "worse";
}

function leastChange(kind: FigureKind, noise: number): number {
  if (kind === "counted") return COUNTED_CHANGE_MIN;
  return kind === "allocated" ? ALLOCATED_CHANGE_MIN : Math.max(TIMED_CHANGE_MIN, SIGMAS * noise);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function relativeSpread(values: readonly number[]): number {
  const middle = median(values);
  if (middle === 0) return 0;
  return (SD_OVER_MAD * median(values.map((value) => Math.abs(value - middle)))) / Math.abs(middle);
}
