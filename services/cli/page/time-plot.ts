/** Curves over time as SVG: values with intervals, real text as a dashed line, the gate's states as bands, changes as marks. */
import { formatNumber } from "../../core/rule.ts";
import { escapeHtml } from "./escape-html.ts";
import { at, ticks } from "./plot-scale.ts";

const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 34;
/** Empty room above and below the values, as a share of their range. */
const ROOM = 0.08;
/** Curves that have a colour and a dash of their own. */
const STYLES = 8;

export interface TimePoint {
  readonly ms: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly real: number | null;
}

export interface TimeCurve {
  readonly name: string;
  readonly points: readonly TimePoint[];
}

export interface TimeBand {
  readonly fromMs: number;
  readonly toMs: number;
  /** A gate's state: its CSS class is `gate-<state>`. */
  readonly state: string;
}

export interface TimeMarks {
  readonly bands: readonly TimeBand[];
  /** Times of changes, epoch ms. */
  readonly changesMs: readonly number[];
}

/** Styles of what `timePlot` draws, for the page it stands in. */
export const TIME_PLOT_STYLE = `
.curve { fill: none; stroke-width: 1.8; } .dot { stroke: none; } .spread { stroke: none; opacity: .16; }
.c0 { stroke: #1660b8; } .c1 { stroke: #b4530a; } .c2 { stroke: #1c7a4a; } .c3 { stroke: #8a3fa8; } .c4 { stroke: #0f7c86; } .c5 { stroke: #a8324a; } .c6 { stroke: #6b6f12; } .c7 { stroke: #5b6673; }
.f0 { fill: #1660b8; } .f1 { fill: #b4530a; } .f2 { fill: #1c7a4a; } .f3 { fill: #8a3fa8; } .f4 { fill: #0f7c86; } .f5 { fill: #a8324a; } .f6 { fill: #6b6f12; } .f7 { fill: #5b6673; }
.c1 { stroke-dasharray: 7 3; } .c2 { stroke-dasharray: 2 3; } .c3 { stroke-dasharray: 9 3 2 3; } .c4 { stroke-dasharray: 4 4; } .c5 { stroke-dasharray: 12 4; } .c6 { stroke-dasharray: 1 4; } .c7 { stroke-dasharray: 6 2 1 2; }
.real { fill: none; stroke: var(--soft); stroke-dasharray: 5 4; } .untold { fill: none; stroke: var(--warm); } .change { stroke: var(--ink); stroke-dasharray: 1 3; }
.gate-watch { fill: #d9a400; opacity: .14; } .gate-throttled { fill: #d06a00; opacity: .18; } .gate-frozen, .gate-rolled_back { fill: #3f7fd0; opacity: .22; } .gate-probation { fill: #6b9a3a; opacity: .16; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .3rem 0 0; list-style: none; } .key svg { display: inline-block; width: 28px; height: 10px; margin-right: .4rem; }
`;

interface Scale {
  readonly x: (ms: number) => number;
  readonly y: (value: number) => number;
  readonly lo: number;
  readonly hi: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One `<svg>`; "" where no curve has a value. Names may hold anything. */
export function timePlot(title: string, curves: readonly TimeCurve[], marks: TimeMarks): string {
  const scale = scaleOf(curves);
  if (scale === null) return "";
  const alone = curves.length === 1;
  const name = escapeHtml(title);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}" xmlns="http://www.w3.org/2000/svg">`,
    `<title>${name}</title>`,
    ...marks.bands.map((band) => bandBox(scale, band)),
    ...axes(scale),
    ...marks.changesMs
      .filter((ms) => ms >= scale.fromMs && ms <= scale.toMs)
      .map(
        (ms) =>
          `<line class="change" x1="${at(scale.x(ms))}" x2="${at(scale.x(ms))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
      ),
    ...curves.flatMap((curve, i) => [
      ...(alone ? [spread(scale, curve), realLine(scale, curve)] : []),
      ...drawn(scale, curve, i % STYLES),
    ]),
    "</svg>",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** What each line means, as a list. Names may hold anything. */
export function plotKey(curves: readonly TimeCurve[]): string {
  const items = curves.map(
    ({ name }, i) =>
      `<li><svg viewBox="0 0 28 10" aria-hidden="true"><line class="curve c${i % STYLES}" x1="0" x2="28" y1="5" y2="5"/></svg>${escapeHtml(name)}</li>`,
  );
  return `<ul class="key">${items.join("")}</ul>`;
}

function scaleOf(curves: readonly TimeCurve[]): Scale | null {
  const points = curves.flatMap((curve) => curve.points);
  const alone = curves.length === 1;
  const values = points.flatMap(({ value, lo, hi, real }) =>
    [value, ...(alone ? [lo, hi, real] : [])].filter((each) => each !== null),
  );
  if (values.length === 0) return null;
  const [least, most] = [least0(values), most0(values)];
  const range = most - least;
  const room = range > 0 ? range * ROOM : Math.abs(least) * ROOM || 1;
  const [lo, hi] = [least - room, most + room];
  const times = points.map(({ ms }) => ms);
  const [fromMs, toMs] = [least0(times), most0(times)];
  const wide = Math.max(1, toMs - fromMs);
  return {
    x: (ms) => LEFT + (toMs === fromMs ? 0.5 : (ms - fromMs) / wide) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - ((value - lo) / (hi - lo)) * (HEIGHT - TOP - BOTTOM),
    lo,
    hi,
    fromMs,
    toMs,
  };
}

const least0 = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most0 = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

function axes({ x, y, lo, hi, fromMs, toMs }: Scale): string[] {
  const levels = ticks(lo, hi).map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>` +
      `<text class="tick" text-anchor="end" x="${LEFT - 8}" y="${at(y(value) + 4)}">${formatNumber(value)}</text>`,
  );
  const ends =
    fromMs === toMs ? [[fromMs, "middle"] as const] : [[fromMs, "start"] as const, [toMs, "end"] as const];
  const times = ends.map(
    ([ms, anchor]) =>
      `<text class="tick" text-anchor="${anchor}" x="${at(x(ms))}" y="${HEIGHT - BOTTOM + 20}">${timeLabel(ms)}</text>`,
  );
  return [...levels, ...times];
}

function timeLabel(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** Cut to what is plotted: a gate is older than the curves. */
function bandBox({ x, fromMs, toMs }: Scale, band: TimeBand): string {
  const from = Math.max(fromMs, band.fromMs);
  const to = Math.min(toMs, band.toMs);
  if (to <= from) return "";
  return `<rect class="gate-${band.state}" x="${at(x(from))}" width="${at(x(to) - x(from))}" y="${TOP}" height="${HEIGHT - TOP - BOTTOM}"/>`;
}

function spread({ x, y }: Scale, { points }: TimeCurve): string {
  const known = points.filter(({ lo, hi }) => lo !== null && hi !== null);
  if (known.length < 2) return "";
  const up = known.map(({ ms, hi }) => `${at(x(ms))},${at(y(hi!))}`);
  const down = known.toReversed().map(({ ms, lo }) => `${at(x(ms))},${at(y(lo!))}`);
  return `<polygon class="spread f0" points="${[...up, ...down].join(" ")}"/>`;
}

function realLine({ x, y }: Scale, { points }: TimeCurve): string {
  const known = points.filter(({ real }) => real !== null);
  if (known.length < 2) return "";
  return `<polyline class="real" points="${known.map(({ ms, real }) => `${at(x(ms))},${at(y(real!))}`).join(" ")}"/>`;
}

/** A line breaks where a value could not be told, and a hollow mark at the foot stands for it. */
function drawn({ x, y }: Scale, { points }: TimeCurve, style: number): string[] {
  const runs: string[][] = [[]];
  for (const { ms, value } of points) {
    if (value === null) runs.push([]);
    else runs.at(-1)!.push(`${at(x(ms))},${at(y(value))}`);
  }
  return [
    ...runs
      .filter((run) => run.length > 1)
      .map((run) => `<polyline class="curve c${style}" points="${run.join(" ")}"/>`),
    ...points.map(({ ms, value }) =>
      value === null
        ? `<circle class="untold" cx="${at(x(ms))}" cy="${HEIGHT - BOTTOM - 4}" r="3"/>`
        : `<circle class="dot f${style}" cx="${at(x(ms))}" cy="${at(y(value))}" r="2"/>`,
    ),
  ];
}
