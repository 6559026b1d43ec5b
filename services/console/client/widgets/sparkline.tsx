/** A curve the size of a word. */
import type { JSX } from "preact";

const WIDTH = 132;
const HEIGHT = 30;
const EDGE = 2.5;

export interface SparklineProps {
  /** Oldest first. */
  readonly values: readonly number[];
  /** What it shows, in words. */
  readonly label: string;
  /** A dashed line at this value: what real data shows, say. */
  readonly line?: number;
}

export function Sparkline({ values, label, line }: SparklineProps): JSX.Element | null {
  if (values.length < 2) return null;
  const all = line === undefined ? values : [...values, line];
  const least = Math.min(...all);
  const most = Math.max(...all);
  const x = (i: number): number => EDGE + (i / (values.length - 1)) * (WIDTH - 2 * EDGE);
  const y = (value: number): number =>
    most === least ? HEIGHT / 2 : EDGE + (1 - (value - least) / (most - least)) * (HEIGHT - 2 * EDGE);
  const last = values.at(-1) ?? 0;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      {line !== undefined && <line class="sparkline-line" x1={0} x2={WIDTH} y1={y(line)} y2={y(line)} />}
      <polyline points={values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ")} />
      <circle cx={x(values.length - 1)} cy={y(last)} r={2.5} />
    </svg>
  );
}
