/** The curves of a report: values of decision windows, thinned to what a page can show. */
import { type AskRows, epochMs, type LaneSpan, ofSpan, spanParameters } from "../../diagnosis/ask-rows.ts";

/** Points of one curve; more windows are averaged. */
const POINTS_MAX = 240;
const ROWS_MAX = 20_000;
const NAMES_MAX = 8;

export interface CurvePoint {
  /** End of the window, or of the last that is averaged here. */
  readonly ms: number;
  /** null where it could not be told: neither 0 nor a line across. */
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** The same on real text of the same size. */
  readonly real: number | null;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What to read from it, in a sentence. */
  readonly note: string;
  readonly curves: readonly Curve[];
  /** Windows averaged in a point, at most. */
  readonly windowsAPoint: number;
}

interface PointRow {
  readonly metric: string;
  readonly segment: string;
  readonly bucket: string;
  readonly ms: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly real: number | null;
  readonly windows: number;
}

const TEXT_METRICS = [
  [
    "tail_coverage",
    "Tail coverage",
    "Rare words of the reference that still come, over what chance would give. The dashed line is real text.",
  ],
  [
    "distinct_4",
    "Distinct phrases",
    "Share of 4-grams that are not repeated. Lower than real text: it repeats itself.",
  ],
  [
    "skeleton_distinct_6",
    "Distinct sentence templates",
    "Lower than real text: the same sentences with other nouns.",
  ],
  ["near_duplicate_share", "Near-duplicates", "Share of texts that nearly repeat another."],
  [
    "word_jsd",
    "Divergence of words",
    "Distance of word use from the reference, in bits. Higher: further from real text.",
  ],
  ["length_psi", "Divergence of lengths", "Stability index of text lengths against the reference."],
] as const;
const TEXT_NAMES = TEXT_METRICS.map(([metric]) => `'${metric}'`).join(", ");

const OF_CURVES = `${ofSpan("windows", "end_time")} AND window = 'decision' AND (
       stage = 'candidate' AND segment = 'generated' AND bucket = '' AND metric IN (${TEXT_NAMES})
    OR stage = 'candidate' AND segment = 'all' AND bucket != '' AND metric = 'origin_mix'
    OR stage = 'reply' AND bucket = '' AND (metric = 'offline_score' AND startsWith(segment, 'suite:') OR metric = 'online_success' AND segment = 'all'))`;

const EXTENT_SQL = `
SELECT ${epochMs("min(end_time)")} AS firstMs, ${epochMs("max(end_time)")} AS lastMs, toFloat64(uniqExact(end_time)) AS ends
FROM windows WHERE ${OF_CURVES}`;

const POINTS_SQL = `
SELECT metric, segment, bucket, ${epochMs("max(end_time)")} AS ms, avgIf(value, status = 'ok') AS mean, min(lo) AS low, max(hi) AS high,
       avg(null_mean) AS real, toFloat64(count()) AS windows
FROM windows WHERE ${OF_CURVES}
GROUP BY metric, segment, bucket, intDiv(toUnixTimestamp64Milli(end_time) - {firstMs:Int64}, {slotMs:Int64})
ORDER BY metric, segment, bucket, ms
LIMIT ${ROWS_MAX}`;

/** Charts with at least one value; none for a lane without decision windows in the span. */
export async function readCharts(ask: AskRows, span: LaneSpan): Promise<readonly Chart[]> {
  const parameters = spanParameters(span);
  const [extent] = await ask<{ readonly firstMs: number; readonly lastMs: number; readonly ends: number }>(
    EXTENT_SQL,
    parameters,
  );
  if (extent === undefined || extent.ends === 0) return [];
  const { firstMs, lastMs, ends } = extent;
  const slotMs = ends <= POINTS_MAX ? 1 : Math.ceil((lastMs - firstMs + 1) / POINTS_MAX);
  const rows = await ask<PointRow>(POINTS_SQL, {
    ...parameters,
    firstMs: String(firstMs),
    slotMs: String(slotMs),
  });
  return chartsOf(rows).filter(({ curves }) =>
    curves.some(({ points }) => points.some(({ value }) => value !== null)),
  );
}

function chartsOf(rows: readonly PointRow[]): readonly Chart[] {
  const of = (metric: string): readonly PointRow[] => rows.filter((row) => row.metric === metric);
  const users = of("online_success");
  return [
    chart(
      "origins",
      "Where samples come from",
      "Share of each origin among all candidates. What is not a real origin of the lane's policy counts as generated.",
      of("origin_mix"),
      ({ bucket }) => bucket,
    ),
    ...TEXT_METRICS.map(([metric, title, note]) => chart(metric, title, note, of(metric), () => title)),
    chart(
      "offline_online",
      "Suites beside users",
      "Scores of the suites beside the share of users who are served. Read the course of the gap, not its size.",
      [...users, ...of("offline_score")],
      ({ metric, segment }) => (metric === "online_success" ? "users" : segment.slice("suite:".length)),
    ),
  ];
}

function chart(
  id: string,
  title: string,
  note: string,
  rows: readonly PointRow[],
  nameOf: (row: PointRow) => string,
): Chart {
  const byName = new Map<string, CurvePoint[]>();
  for (const row of rows) {
    const { ms, mean, low, high, real } = row;
    const points = byName.get(nameOf(row)) ?? [];
    points.push({ ms, value: mean, lo: low, hi: high, real });
    byName.set(nameOf(row), points);
  }
  const curves = [...byName].map(([name, points]) => ({ name, points }));
  return {
    id,
    title,
    note,
    curves: curves.slice(0, NAMES_MAX),
    windowsAPoint: Math.max(0, ...rows.map(({ windows }) => windows)),
  };
}
