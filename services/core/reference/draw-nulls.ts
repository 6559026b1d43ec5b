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
 * Two pseudo-windows without a text in common, one in the place of what is generated: the null of a metric that is measured
 * beside it. They are drawn apart from the others, so that these do not depend on which metrics there are.
 */
function drawPairs(
  clusters: readonly (readonly SampledText[])[],
  reference: Reference,
  metric: SampleMetric,
  n: number,
  seed: number | string,
  draws: number,
): number[] {
  const random = new Random(`null/${metric.id}/${seed}/${n}`);
  const order = clusters.map((_, i) => i);
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    const real = drawTexts(clusters, order, n, random);
    const other = drawTexts(clusters, order, n, random, real.end);
    const value = metric.measure({ texts: real.texts }, reference, { texts: other.texts });
    if (typeof value === "number" && Number.isFinite(value)) values.push(value);
  }
  return values;
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
  const alone = metrics.filter(({ beside }) => beside === undefined);
  const order = clusters.map((_, i) => i);
  for (const n of nullGrid(reference.textsB)) {
    const random = new Random(`null/${seed}/${n}`);
    const values = new Map(alone.map((metric): [SampleMetric, number[]] => [metric, []]));
    for (let draw = 0; draw < draws; draw++) {
      const sample = { texts: drawTexts(clusters, order, n, random).texts };
      for (const [metric, own] of values) {
        const value = metric.measure(sample, reference);
        if (typeof value === "number" && Number.isFinite(value)) own.push(value);
      }
    }
    for (const metric of metrics) {
      const own = values.get(metric) ?? drawPairs(clusters, reference, metric, n, seed, draws);
      if (own.length * 2 >= draws) points.get(metric.id)!.push(nullPoint(n, own));
    }
  }
  return Object.fromEntries(points);
}

/**
 * Whole clusters in random order until `n` texts; the last is cut. `order` is shuffled as far as needed, from place `from` on;
 * `end` is the place behind the last cluster drawn.
 */
function drawTexts(
  clusters: readonly (readonly SampledText[])[],
  order: number[],
  n: number,
  random: Random,
  from = 0,
): { readonly texts: SampledText[]; readonly end: number } {
  const texts: SampledText[] = [];
  let i = from;
  for (; i < order.length && texts.length < n; i++) {
    const j = i + random.below(order.length - i);
    const drawn = order[j]!;
    order[j] = order[i]!;
    order[i] = drawn;
    for (const text of clusters[drawn]!) {
      if (texts.length === n) break;
      texts.push(text);
    }
  }
  return { texts, end: i };
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
