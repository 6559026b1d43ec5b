/** Curves over time: zoom by dragging, a shared cursor, gates behind them. uPlot draws; tens of thousands of points stay smooth. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock, day, moment } from "../format.ts";

/** Time in ms, value, lower and upper end of its interval; null where a window could not tell. */
export type ChartPoint = readonly [number, number | null, number | null, number | null];

export interface ChartCurve {
  readonly name: string;
  /** Number of a custom property `--series-<n>`. */
  readonly colour: number;
  readonly dashed?: boolean;
  /** The interval is drawn behind the curve. */
  readonly band?: boolean;
  readonly points: readonly ChartPoint[];
}

/** A time in which a gate was not open. */
export interface ChartSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Name of the state: a custom property of that name is its colour. */
  readonly state: string;
}

export interface TimeChartProps {
  /** What it shows, for who cannot see it. */
  readonly label: string;
  readonly curves: readonly ChartCurve[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: (value: number | null) => string;
  readonly spans?: readonly ChartSpan[];
  /** Vertical lines: changes. */
  readonly marks?: readonly number[];
  /** A dashed horizontal line. */
  readonly line?: number;
  readonly height?: number;
  readonly onRange?: (fromMs: number, toMs: number) => void;
  /** Called with the end of the window that was clicked. */
  readonly onPick?: (endMs: number) => void;
}

const SYNC = "story";
const HEIGHT = 190;
const DAY_S = 86_400;

function property(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Ticks of the time axis, in UTC; the day stands where it changes. */
function ticks(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  let last = "";
  return splits.map((seconds) => {
    const ms = seconds * 1_000;
    const today = day(ms);
    if (step >= DAY_S) return today.slice(5);
    const text = today === last ? clock(ms) : `${clock(ms)}\n${today.slice(5)}`;
    last = today;
    return text;
  });
}

/** One table of all curves: times, then value, lower and upper end of each. A null is a gap, what is absent is not. */
function tableOf(curves: readonly ChartCurve[]): uPlot.AlignedData {
  const tables = curves.map(({ points }): uPlot.AlignedData => {
    const at = points.map(([ms]) => ms / 1_000);
    return [
      at,
      points.map(([, value]) => value),
      points.map(([, , low]) => low),
      points.map(([, , , high]) => high),
    ];
  });
  if (tables.length === 0) return [[]];
  return uPlot.join(
    tables,
    // 2: nulls stay gaps also where another curve has a point between them.
    tables.map(() => [0, 2, 1, 1]),
  );
}

export function TimeChart(props: TimeChartProps): JSX.Element {
  const { curves, fromMs, toMs } = props;
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let plot = draw(element, legend.current, latest);
    const resized = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height });
    });
    resized.observe(element);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = (): void => {
      plot.destroy();
      plot = draw(element, legend.current, latest);
    };
    theme.addEventListener("change", repaint);
    return () => {
      theme.removeEventListener("change", repaint);
      resized.disconnect();
      plot.destroy();
    };
  }, [curves, fromMs, toMs, props.spans, props.marks]);

  return (
    <div class="chart">
      <div
        ref={place}
        class="chart-place"
        role="img"
        aria-label={props.label}
        style={{ minHeight: props.height ?? HEIGHT }}
      />
      <ul class="chart-legend" ref={legend}>
        {curves.map(({ name, colour, dashed }) => (
          <li key={name}>
            <span
              class={`chart-key ${dashed === true ? "chart-key-dashed" : ""}`}
              style={{ color: `var(--series-${colour})` }}
            />
            <span class="foreign">{name}</span> <span class="chart-value muted" />
          </li>
        ))}
      </ul>
    </div>
  );
}

function draw(
  element: HTMLElement,
  legend: HTMLElement | null,
  latest: { readonly current: TimeChartProps },
): uPlot {
  const { curves, fromMs, toMs, text, line, height = HEIGHT } = latest.current;
  const muted = property("--muted");
  const grid = { stroke: property("--line"), width: 1 };
  const axis = { stroke: muted, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  const values = [...(legend?.querySelectorAll<HTMLElement>(".chart-value") ?? [])];
  const padMs = Math.max(1, (toMs - fromMs) * 0.01);

  const told = (plot: uPlot): void => {
    const index = plot.cursor.idx;
    values.forEach((target, i) => {
      const column = plot.data[1 + 3 * i];
      let at = index ?? (column?.length ?? 0) - 1;
      // Without a cursor the latest value stands there; other curves' times lie between.
      while (at >= 0 && typeof column?.[at] !== "number") at -= 1;
      target.textContent = at < 0 ? "" : text(column?.[at] ?? null);
    });
  };
  return new uPlot(
    {
      width: Math.max(120, element.clientWidth),
      height,
      legend: { show: false },
      padding: [10, 8, 0, 0],
      scales: {
        x: { time: true, range: () => [(fromMs - padMs) / 1_000, (toMs + padMs) / 1_000] },
        // From nothing up: a curve that fell by a tenth must not look as if it fell to the ground.
        y: {
          range: (_plot, least, most) => [
            Math.min(0, least ?? 0),
            1.04 * Math.max(most ?? 1, line ?? 0, 1e-6),
          ],
        },
      },
      cursor: {
        sync: { key: SYNC, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
      },
      axes: [
        { ...axis, values: ticks, size: 46 },
        { ...axis, size: 54, values: (_plot, splits) => splits.map((value) => text(value)) },
      ],
      series: [
        {},
        ...curves.flatMap(({ name, colour, dashed }): uPlot.Series[] => {
          const stroke = property(`--series-${colour}`);
          const silent = { width: 0, points: { show: false }, stroke };
          return [
            {
              label: name,
              stroke,
              width: dashed === true ? 1.5 : 2,
              ...(dashed === true ? { dash: [5, 4] } : {}),
              points: { size: 4, fill: stroke },
            },
            silent,
            silent,
          ];
        }),
      ],
      bands: curves.flatMap(({ band, colour }, i): uPlot.Band[] =>
        band === true
          ? [{ series: [3 + 3 * i, 2 + 3 * i], fill: `${property(`--series-${colour}`)}2e` }]
          : [],
      ),
      hooks: {
        drawClear: [(plot) => paintBehind(plot, latest.current)],
        setCursor: [told],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 8) return;
            const from = plot.posToVal(left, "x") * 1_000;
            const to = plot.posToVal(left + width, "x") * 1_000;
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            latest.current.onRange?.(Math.floor(from), Math.ceil(to));
          },
        ],
        ready: [
          (plot) => {
            told(plot);
            plot.over.addEventListener("click", () => {
              const index = plot.cursor.idx;
              const at = index === null || index === undefined ? undefined : plot.data[0][index];
              if (at !== undefined && plot.select.width === 0)
                latest.current.onPick?.(Math.round(at * 1_000));
            });
          },
        ],
      },
    },
    tableOf(curves),
    element,
  );
}

/** Gates that were not open, changes, and the line of what is usual: under the curves. */
function paintBehind(plot: uPlot, { spans = [], marks = [], line }: TimeChartProps): void {
  const { ctx, bbox } = plot;
  const x = (ms: number): number =>
    Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(ms / 1_000, "x", true)));
  ctx.save();
  for (const { fromMs, toMs, state } of spans) {
    ctx.fillStyle = property(`--${state}`);
    ctx.globalAlpha = state === "frozen" || state === "rolled_back" ? 0.13 : 0.07;
    ctx.fillRect(x(fromMs), bbox.top, Math.max(1, x(toMs) - x(fromMs)), bbox.height);
  }
  ctx.globalAlpha = 0.8;
  ctx.strokeStyle = property("--probation");
  ctx.setLineDash([3, 3]);
  for (const ms of marks) {
    ctx.beginPath();
    ctx.moveTo(x(ms), bbox.top);
    ctx.lineTo(x(ms), bbox.top + bbox.height);
    ctx.stroke();
  }
  if (line !== undefined) {
    const y = plot.valToPos(line, "y", true);
    if (y >= bbox.top && y <= bbox.top + bbox.height) {
      ctx.strokeStyle = property("--muted");
      ctx.setLineDash([6, 5]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** What a chart says where it cannot be seen. */
export function chartLabel(
  title: string,
  curves: readonly ChartCurve[],
  text: (value: number | null) => string,
): string {
  const last = curves.map(({ name, points }) => {
    const at = points.findLast(([, value]) => value !== null);
    return at === undefined ? `${name}: nothing yet` : `${name}: ${text(at[1])} at ${moment(at[0])}`;
  });
  return `${title}. ${last.join("; ")}`.slice(0, 2_000);
}
