/**
 * Null calibration: a window's value is held against the same metric on real windows of the same number of texts
 * (metrics.md section 1, design law 5).
 */
import type { SampleMetric } from "./metric.ts";
import type { Reference } from "./reference.ts";
import { type MetricResult, noResult, okResult } from "./result.ts";
import type { TextSample } from "./sketches/text-sample.ts";
import { Z_95 } from "./statistics/intervals.ts";

/** Texts a text metric is judged on at most: the size of the bottom-k sample. */
export const JUDGED_TEXTS_MAX = 512;
/** Fewer texts than this are never judged; it is also where the null's grid starts. */
export const JUDGED_TEXTS_MIN = 50;
/** A pseudo-window holds at most 1/5 of half B: larger ones would be copies of B and of each other. */
export const NULL_WINDOWS_PER_HALF = 5;

/** Mean and standard deviation of a metric on real windows, in the metric's raw scale. */
export interface NullMoments {
  readonly mean: number;
  readonly sd: number;
}

/** How many of a window's `n` texts are judged: min(n, 512, textsB / 5); min(n, 512) without a reference. */
export function judgedSize(n: number, reference: Reference | null): number {
  const most = reference === null ? JUDGED_TEXTS_MAX : nullSizeMax(reference.textsB);
  return Math.min(n, most);
}

/** The largest pseudo-window that a half B of `textsB` texts supports. */
export function nullSizeMax(textsB: number): number {
  return Math.min(JUDGED_TEXTS_MAX, Math.floor(textsB / NULL_WINDOWS_PER_HALF));
}

/**
 * The null of a metric on n texts: mean and sd interpolated linearly in log n between grid points, clamped above the
 * last. null where the reference holds none for this metric, or n lies below the first grid point.
 */
export function nullAt(reference: Reference, metricId: string, n: number): NullMoments | null {
  if (!Object.hasOwn(reference.nulls, metricId)) return null;
  const points = reference.nulls[metricId]!;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || n < first.n) return null;
  if (n >= last.n) return { mean: last.mean, sd: last.sd };
  const above = points.findIndex((point) => point.n > n);
  const left = points[above - 1]!;
  const right = points[above]!;
  const share = Math.log(n / left.n) / Math.log(right.n / left.n);
  return {
    mean: left.mean + share * (right.mean - left.mean),
    sd: left.sd + share * (right.sd - left.sd),
  };
}

/**
 * Judges a sample metric on the window's texts of smallest rank.
 *
 * `sample.texts` ascend by (rank, id), so their first `judgedSize` are the sample; it must not change afterwards.
 * The result has n = texts judged and nRef = texts of half B. With scale `to_null` value, interval and null are
 * divided by the raw null mean, so nullMean is 1. `z` is signed, (value - nullMean) / nullSd. `lo..hi` is
 * value +- 1.96 nullSd: the spread of *real* windows of this n laid around the value, not the sampling error of the
 * generator, which one window cannot tell.
 *
 * Statuses: `insufficient` under 50 texts, or where the null has no point this small; `no_reference` where one is
 * needed; `degenerate` where the metric says so, gives a value that is not finite, or real windows never vary and
 * this one differs (the value is then given, z is not). A metric that needs no reference gives its bare value
 * without one.
 */
export function judge(metric: SampleMetric, sample: TextSample, reference: Reference | null): MetricResult {
  if (reference === null && (metric.needsReference || metric.scale === "to_null")) {
    return noResult(metric.id, Math.min(sample.texts.length, JUDGED_TEXTS_MAX), "no_reference");
  }
  const judged = judgedSample(sample, reference);
  const n = judged.texts.length;
  if (n < JUDGED_TEXTS_MIN) return noResult(metric.id, n, "insufficient");
  const raw = metric.measure(judged, reference);
  if (typeof raw === "string") return noResult(metric.id, n, raw);
  if (!Number.isFinite(raw)) return noResult(metric.id, n, "degenerate");
  if (reference === null) return okResult(metric.id, n, raw, null);
  return holdAgainstNull(metric, n, raw, reference);
}

function holdAgainstNull(metric: SampleMetric, n: number, raw: number, reference: Reference): MetricResult {
  const real = nullAt(reference, metric.id, n);
  const nRef = reference.textsB;
  if (real === null) {
    const value = metric.scale === "absolute" ? raw : null;
    return { ...noResult(metric.id, n, "insufficient"), nRef, value };
  }
  const unit = metric.scale === "to_null" ? real.mean : 1;
  if (!(unit > 0)) return { ...noResult(metric.id, n, "degenerate"), nRef };
  const value = raw / unit;
  const nullMean = real.mean / unit;
  const nullSd = real.sd / unit;
  if (nullSd === 0 && value !== nullMean) {
    return { ...noResult(metric.id, n, "degenerate"), nRef, value };
  }
  const half = Z_95 * nullSd;
  return {
    ...okResult(metric.id, n, value, { lo: value - half, hi: value + half }),
    nRef,
    nullMean,
    nullSd,
    ratio: nullMean === 0 ? null : value / nullMean,
    z: nullSd === 0 ? 0 : (value - nullMean) / nullSd,
  };
}

const judgedSamples = new WeakMap<TextSample, TextSample>();

/** The judged texts as a sample of their own: one object per window, so that metrics share what they count on it. */
export function judgedSample(sample: TextSample, reference: Reference | null): TextSample {
  const n = judgedSize(sample.texts.length, reference);
  if (n === sample.texts.length) return sample;
  const known = judgedSamples.get(sample);
  if (known !== undefined && known.texts.length === n) return known;
  const judged: TextSample = { texts: sample.texts.slice(0, n) };
  judgedSamples.set(sample, judged);
  return judged;
}
