/** A run's figures beside their floors and the last baseline, for people. */
import type { Comparison, Move } from "./figure.ts";

/** One line a figure: value, noise, over the floor, over the baseline, and a mark where it moved by more than the noise. */
export function figureLines(comparisons: readonly Comparison[], hasBaseline: boolean): readonly string[] {
  return comparisons.map(({ figure, ratio, move }) => {
    const { name, unit, value, noise, overFloor, kind } = figure;
    const spread = kind === "timed" ? `±${(100 * noise).toFixed(1)} %` : kind;
    const floor =
      overFloor === null ? "" : `${overFloor < 1 ? overFloor.toPrecision(2) : overFloor.toFixed(2)}× floor`;
    const baseline = ratio === null ? (hasBaseline ? move : "") : `${ratio.toFixed(3)}× baseline`;
    const mark = ratio === null ? "" : arrow(move, ratio);
    const columns = [name.padEnd(26), shown(value).padStart(10), unit.padEnd(12), spread.padStart(9)];
    return `  ${[...columns, floor.padStart(13), baseline.padStart(17), mark].join(" ")}`.trimEnd();
  });
}

/** The arrow points where the figure went. */
function arrow(move: Move, ratio: number): string {
  if (move === "same" || move === "new") return "";
  return `${ratio > 1 ? "↑" : "↓"} ${move}`;
}

function shown(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4)));
}
