/** A curve over shares as SVG: points with intervals, the fits, the break with its interval, the cap. */
import type { Gradient } from "../../core/experiment/gradient.ts";
import { formatNumber } from "../../core/rule.ts";
import { escapeHtml } from "../page/escape-html.ts";
import { at, ticks } from "../page/plot-scale.ts";

const WIDTH = 640;
const HEIGHT = 280;
const LEFT = 64;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 40;
/** Empty room above and below the values, as a share of their range. */
const ROOM = 0.08;
const FIT_STEPS = 60;
const CAP_HALF_WIDTH = 5;

interface Scale {
  readonly x: (ratio: number) => number;
  readonly y: (value: number) => number;
  readonly ratioMax: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * One `<svg>` that needs nothing else; its colours are CSS classes of the page it stands in. "" where there is nothing to
 * draw. `title` may hold anything.
 */
export function gradientPlot(title: string, gradient: Gradient, cap: number | null): string {
  const scale = scaleOf(gradient);
  if (scale === null) return "";
  const parts = [
    ...axes(scale, gradient),
    breakBand(scale, gradient),
    capLine(scale, cap),
    fits(scale, gradient),
    ...points(scale, gradient),
  ].filter((part) => part !== "");
  const name = escapeHtml(title);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}" xmlns="http://www.w3.org/2000/svg">`,
    `<title>${name}</title>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

function scaleOf({ points: measured }: Gradient): Scale | null {
  const values = measured.flatMap(({ mean, interval }) => [
    ...(mean === null ? [] : [mean]),
    ...(interval === null ? [] : [interval.lo, interval.hi]),
  ]);
  if (values.length === 0) return null;
  const least = Math.min(...values);
  const most = Math.max(...values);
  const range = most - least;
  const room = range > 0 ? range * ROOM : Math.abs(least) * ROOM || 1;
  const [lo, hi] = [least - room, most + room];
  const ratioMax = measured.at(-1)!.ratio;
  return {
    x: (ratio) => LEFT + (ratio / ratioMax) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - ((value - lo) / (hi - lo)) * (HEIGHT - TOP - BOTTOM),
    ratioMax,
    lo,
    hi,
  };
}

function axes({ x, y, lo, hi, ratioMax }: Scale, { points: measured }: Gradient): string[] {
  const levels = ticks(lo, hi).map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>` +
      `<text class="tick" text-anchor="end" x="${LEFT - 8}" y="${at(y(value) + 4)}">${formatNumber(value)}</text>`,
  );
  const shares = measured.map(
    ({ ratio }) =>
      `<text class="tick" text-anchor="middle" x="${at(x(ratio))}" y="${HEIGHT - BOTTOM + 18}">${formatNumber(ratio)}</text>`,
  );
  const label = `<text class="tick" text-anchor="middle" x="${at(x(ratioMax / 2))}" y="${HEIGHT - 6}">generated share</text>`;
  return [...levels, ...shares, label];
}

/** The interval, and in it the place: a place alone would look surer than it is. */
function breakBand({ x }: Scale, { break: found }: Gradient): string {
  if (found.status !== "ok") return "";
  const { lo, hi, break: place } = found.estimate;
  return (
    `<rect class="band" x="${at(x(lo))}" width="${at(Math.max(1, x(hi) - x(lo)))}" y="${TOP}" height="${HEIGHT - TOP - BOTTOM}"/>` +
    `<line class="break" x1="${at(x(place))}" x2="${at(x(place))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`
  );
}

function capLine({ x }: Scale, cap: number | null): string {
  if (cap === null) return "";
  return `<line class="cap" x1="${at(x(cap))}" x2="${at(x(cap))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`;
}

function fits(scale: Scale, { quadratic, break: found }: Gradient): string {
  const lines: string[] = [];
  if (quadratic !== null) {
    const { a, b, c } = quadratic;
    lines.push(path("quadratic", scale, (ratio) => a + ratio * (b + c * ratio)));
  }
  if (found.status === "ok") {
    const { b0, slopeBefore, slopeAfter, break: place } = found.estimate;
    const bent = (ratio: number): number =>
      b0 + slopeBefore * ratio + (slopeAfter - slopeBefore) * Math.max(0, ratio - place);
    lines.push(path("segmented", scale, bent));
  }
  return lines.join("\n");
}

/** Clipped to the plot: a fit may leave the range of the points. */
function path(name: string, { x, y, lo, hi, ratioMax }: Scale, value: (ratio: number) => number): string {
  const places = Array.from({ length: FIT_STEPS + 1 }, (_, i) => (i / FIT_STEPS) * ratioMax);
  const line = places.map((ratio) => `${at(x(ratio))},${at(y(Math.min(hi, Math.max(lo, value(ratio)))))}`);
  return `<polyline class="${name}" points="${line.join(" ")}"/>`;
}

function points({ x, y }: Scale, { points: measured }: Gradient): string[] {
  return measured.flatMap(({ ratio, mean, interval }) => {
    if (mean === null) return [];
    const centre = x(ratio);
    const bar = (value: number): string =>
      `<line class="bar" x1="${at(centre - CAP_HALF_WIDTH)}" x2="${at(centre + CAP_HALF_WIDTH)}" y1="${at(y(value))}" y2="${at(y(value))}"/>`;
    const whiskers =
      interval === null
        ? ""
        : `<line class="bar" x1="${at(centre)}" x2="${at(centre)}" y1="${at(y(interval.lo))}" y2="${at(y(interval.hi))}"/>${bar(interval.lo)}${bar(interval.hi)}`;
    return [`${whiskers}<circle class="mean" cx="${at(centre)}" cy="${at(y(mean))}" r="4"/>`];
  });
}
