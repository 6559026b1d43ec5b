/** Which series of a lane are offline and which online, and what each pair of them shows. Source: metric specification 6. */
import { ALL, type Catalogue, GENERATED, isUserSegment, suiteSegment } from "../catalogue.ts";
import type { WindowRecord } from "../records.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { correlationInterval } from "../statistics/correlation.ts";
import { GAP_ALARM, gapCusum, varianceRatioZ } from "../statistics/decoupling.ts";
import { type DriftCorrelation, driftCorrelation } from "../statistics/drift-correlation.ts";
import { type AlignedSeries, BASELINE_WINDOWS, type MetricSeries } from "./metric-series.ts";

/** Pairs looked at: each is some milliseconds of work a window. */
export const PAIRS_MAX = 32;
/** One-sided 5 %: online has become more restless beside offline. */
const RESTLESS_Z = 1.645;
const SEPARATOR = "~";

export interface SeriesPair {
  readonly offline: string;
  readonly online: string;
  /** As in rows: `<offline>~<online>`. */
  readonly name: string;
}

/** A series' name, `<stage>/<segment>/<metric>`: the value of the whole window. */
export function seriesName(row: Pick<WindowRecord, "stage" | "segment">, metric: string): string {
  return `${row.stage}/${row.segment}/${metric}`;
}

/**
 * Values of one window, by series: what evaluations and generated texts say, and what users do. What users do comes first, then
 * scores of suites, then texts; each by name.
 */
export function windowSeries(
  rows: readonly WindowRecord[],
  catalogue: Catalogue,
): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const row of rows) {
    for (const { metric, bucket, value, status } of row.results) {
      if (bucket !== "" || status !== "ok" || value === null || !Number.isFinite(value)) continue;
      if (isSeries(row, catalogue, metric)) values.set(seriesName(row, metric), value);
    }
  }
  const place = (name: string): number => (isOnline(name, catalogue) ? 0 : isScore(name) ? 1 : 2);
  return new Map([...values].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1)));
}

function isOnline(series: string, catalogue: Catalogue): boolean {
  return catalogue.byId.get(metricOf(series))?.family === "online";
}

/** Of a suite: what decoupling is about. */
function isScore(series: string): boolean {
  return metricOf(series) === "offline_score";
}

/** Whether a metric of a row is followed from window to window. */
export function isSeries(
  row: Pick<WindowRecord, "stage" | "segment">,
  catalogue: Catalogue,
  metric: string,
): boolean {
  const { family, basis } = catalogue.byId.get(metric) ?? {};
  // What became of replies, not how they read: the bound on pairs is for what users do.
  if (family === "online") return basis === "outcomes" && (row.segment === ALL || isUserSegment(row.segment));
  if (family === "offline") return true;
  const textual = family === "support" || family === "repetition" || family === "divergence";
  return textual && row.stage === "candidate" && row.segment === GENERATED;
}

/**
 * Offline series beside online ones, by name of the online one, then the offline one. Of more than `PAIRS_MAX` those of all users are
 * looked at first, then each segment of users beside the main suite, beside the other suites, and beside texts.
 */
export function seriesPairs(names: readonly string[], catalogue: Catalogue): SeriesPair[] {
  const online = names.filter((name) => isOnline(name, catalogue)).sort();
  const offline = names.filter((name) => !isOnline(name, catalogue)).sort();
  const pairs = online.flatMap((on) =>
    offline.map((off) => ({ offline: off, online: on, name: `${off}${SEPARATOR}${on}` })),
  );
  return pairs
    .map((pair, at) => ({ pair, at, place: placeOf(pair) }))
    .sort((a, b) => a.place - b.place || a.at - b.at)
    .slice(0, PAIRS_MAX)
    .sort((a, b) => a.at - b.at)
    .map(({ pair }) => pair);
}

function placeOf({ offline, online }: SeriesPair): number {
  if (online.startsWith(`reply/${ALL}/`)) return 0;
  if (offline.startsWith(`reply/${suiteSegment("main")}/`)) return 1;
  return isScore(offline) ? 2 : 3;
}

function metricOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** What the correlations say of one pair, as results whose bucket is the pair's name. */
export function correlationResults(
  series: MetricSeries,
  { offline, online, name }: SeriesPair,
): MetricResult[] {
  return correlationsOf(series.recent(offline, online), name);
}

/** What the correlations say of two aligned series. */
export function correlationsOf({ x, y }: AlignedSeries, name: string): MetricResult[] {
  const drift = driftCorrelation(x, y);
  if (drift.status !== "ok") {
    return CORRELATION_METRICS.map(([metric]) =>
      noResult(metric, drift.n, drift.status as "degenerate", name),
    );
  }
  return CORRELATION_METRICS.map(([metric, read, ofLevels]) => {
    const value = read(drift);
    const interval = ofLevels ? correlationInterval(value, drift.effectiveN) : null;
    return okResult(metric, drift.n, value, interval, name);
  });
}

/** Id, value, and whether it is a correlation of the levels, which has an interval at the effective n. */
const CORRELATION_METRICS: readonly (readonly [string, (drift: DriftCorrelation) => number, boolean])[] = [
  ["drift_correlation", (drift) => drift.pearson, true],
  ["drift_rank_correlation", (drift) => drift.spearman, true],
  ["drift_whitened", (drift) => drift.whitened, false],
  ["drift_lag", (drift) => drift.lag, false],
  ["drift_concluded", (drift) => drift.sign, false],
];

/**
 * Whether an offline and an online series have come apart since the lane's first windows: online more restless beside offline
 * (D1), or their gap grown (D3). null while there are too few windows of both, or a constant series leaves nothing to say.
 */
export function isApart(
  series: MetricSeries,
  { offline, online }: SeriesPair,
  catalogue: Catalogue,
): boolean | null {
  const before = series.baseline(offline, online);
  const all = series.recent(offline, online);
  const now = { x: all.x.slice(-BASELINE_WINDOWS), y: all.y.slice(-BASELINE_WINDOWS) };
  if (before.x.length < BASELINE_WINDOWS / 2 || now.x.length < BASELINE_WINDOWS / 2) return null;
  const oriented = (name: string, values: readonly number[]): readonly number[] =>
    catalogue.byId.get(metricOf(name))?.better === "lower" ? values.map((value) => -value) : values;
  const pair = ({ x, y }: AlignedSeries) => ({ offline: oriented(offline, x), online: oriented(online, y) });
  const restless = varianceRatioZ(pair(before), pair(now));
  const gap = gapCusum(pair(before), pair(now));
  if (Number.isNaN(restless) && Number.isNaN(gap)) return null;
  return restless > RESTLESS_Z || gap > GAP_ALARM;
}
