/** The null of every sample metric: the metric on real pseudo-windows of half B. */
import type { SampleMetric } from "../metric.ts";
import { JUDGED_TEXTS_MIN, nullSizeMax } from "../null.ts";
import { Random } from "../random.ts";
import type { NullPoint, Reference } from "../reference.ts";
import type { SampledText } from "../sketches/text-sample.ts";
import { mean, quantileOfSorted, sd } from "../statistics/moments.ts";

/** Quantiles stored with a null point, in the order `NullPoint` names. */
export const NULL_QUANTILES = [0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999] as const;

/** Sizes of pseudo-windows for a half B of `textsB` texts: 50 * 2^j and the largest; empty where it is under 50. */
export function nullGrid(textsB: number): number[] {
  const most = nullSizeMax(textsB);
  if (most < JUDGED_TEXTS_MIN) return [];
  const grid: number[] = [];
  for (let n = JUDGED_TEXTS_MIN; n < most; n *= 2) grid.push(n);
  grid.push(most);
  return grid;
}

/**
 * Measures each metric on `draws` pseudo-windows of each size of the grid, against `reference` (whose own nulls are
 * not read). A pseudo-window takes whole clusters of B in random order, without replacement, until it is full; its
 * texts stand in the order drawn, as a window's stand in hash order.
 *
 * `clusters`: B's texts by cluster, in canonical order; not changed. The same clusters, seed and draws give the same
 * points. A size where a metric had no value in more than half of the draws has no point.
 */
export function drawNulls(
  clusters: readonly (readonly SampledText[])[],
  reference: Reference,
  metrics: readonly SampleMetric[],
  seed: number | string,
  draws: number,
): Readonly<Record<string, readonly NullPoint[]>> {
  const points = new Map<string, NullPoint[]>(metrics.map((metric) => [metric.id, []]));
  const order = clusters.map((_, i) => i);
  for (const n of nullGrid(reference.textsB)) {
    const random = new Random(`null/${seed}/${n}`);
    const values = metrics.map((): number[] => []);
    for (let draw = 0; draw < draws; draw++) {
      const sample = { texts: drawTexts(clusters, order, n, random) };
      for (let i = 0; i < metrics.length; i++) {
        const value = metrics[i]!.measure(sample, reference);
        if (typeof value === "number" && Number.isFinite(value)) values[i]!.push(value);
      }
    }
    metrics.forEach((metric, i) => {
      if (values[i]!.length * 2 >= draws) points.get(metric.id)!.push(nullPoint(n, values[i]!));
    });
  }
  return Object.fromEntries(points);
}

/** Whole clusters in random order until `n` texts; the last is cut. `order` is shuffled as far as needed. */
function drawTexts(
  clusters: readonly (readonly SampledText[])[],
  order: number[],
  n: number,
  random: Random,
): SampledText[] {
  const texts: SampledText[] = [];
  for (let i = 0; i < order.length && texts.length < n; i++) {
    const j = i + random.below(order.length - i);
    const drawn = order[j]!;
    order[j] = order[i]!;
    order[i] = drawn;
    for (const text of clusters[drawn]!) {
      if (texts.length === n) break;
      texts.push(text);
    }
  }
  return texts;
}

function nullPoint(n: number, values: readonly number[]): NullPoint {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n,
    mean: mean(sorted),
    sd: sd(sorted),
    quantiles: NULL_QUANTILES.map((q) => quantileOfSorted(sorted, q)),
  };
}
