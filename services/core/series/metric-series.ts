/** Values of a lane's metrics, one a decision window: what correlation and decoupling look at. Bounded. */
import { type Fields, JsonShape } from "../json-shape.ts";

/** Series kept per lane. */
export const SERIES_MAX = 40;
/** Latest windows kept of each. */
export const SERIES_WINDOWS_MAX = 128;
/** First windows kept for good: the healthy baseline of the lane. */
export const BASELINE_WINDOWS = 20;

/** Two series on one grid: the windows in which both have a value, oldest first. */
export interface AlignedSeries {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Series {
  /** Its first values, without gaps. */
  readonly baseline: (number | null)[];
  /** Latest windows, oldest first, null where the metric had no value. All series are equally long. */
  readonly recent: (number | null)[];
}

const shape = new JsonShape((message) => new Error(`a lane's series cannot be read: ${message}`));

export class MetricSeries {
  readonly #series = new Map<string, Series>();
  /** Windows seen since the first, at most `BASELINE_WINDOWS + SERIES_WINDOWS_MAX` told apart. */
  #length = 0;

  /**
   * One window's values by name, what matters most first: new names beyond `SERIES_MAX` are left out. A series that has none this
   * time gets a gap.
   */
  push(values: ReadonlyMap<string, number>): void {
    for (const name of values.keys()) {
      if (this.#series.has(name) || this.#series.size >= SERIES_MAX) continue;
      const gaps = new Array<number | null>(this.#length).fill(null);
      this.#series.set(name, { baseline: [], recent: gaps });
    }
    for (const [name, { baseline, recent }] of this.#series) {
      const value = values.get(name) ?? null;
      if (baseline.length < BASELINE_WINDOWS && this.#series.size > 0) baseline.push(value);
      recent.push(value);
      if (recent.length > SERIES_WINDOWS_MAX) recent.shift();
    }
    this.#length = Math.min(this.#length + 1, SERIES_WINDOWS_MAX);
  }

  names(): string[] {
    return [...this.#series.keys()].sort();
  }

  /** Latest windows of one series, oldest first, the last one's last, null for gaps; empty where it is not kept. */
  values(name: string): readonly (number | null)[] {
    return this.#series.get(name)?.recent ?? [];
  }

  recent(x: string, y: string): AlignedSeries {
    return aligned(this.#series.get(x)?.recent ?? [], this.#series.get(y)?.recent ?? []);
  }

  baseline(x: string, y: string): AlignedSeries {
    return aligned(this.#series.get(x)?.baseline ?? [], this.#series.get(y)?.baseline ?? []);
  }

  toJson(): Fields {
    return {
      length: this.#length,
      series: [...this.#series].map(([name, { baseline, recent }]) => [name, baseline, recent]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): MetricSeries {
    const fields = shape.object(json, name);
    const all = new MetricSeries();
    all.#length = shape.count(fields.length, `${name} length`);
    shape.array(fields.series, `${name} series`, (entry, at) => {
      const [key, baseline, recent] = shape.tuple(entry, at, 3);
      const values = (value: unknown): (number | null)[] =>
        shape.array(value, at, (item, itemName) => shape.finiteOrNull(item, itemName));
      all.#series.set(shape.string(key, at), { baseline: values(baseline), recent: values(recent) });
    });
    return all;
  }
}

function aligned(a: readonly (number | null)[], b: readonly (number | null)[]): AlignedSeries {
  const x: number[] = [];
  const y: number[] = [];
  const from = Math.max(a.length, b.length);
  for (let back = from; back >= 1; back -= 1) {
    const [left, right] = [a[a.length - back] ?? null, b[b.length - back] ?? null];
    if (left === null || right === null) continue;
    x.push(left);
    y.push(right);
  }
  return { x, y };
}
