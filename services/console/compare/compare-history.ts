/** What the history has of the two sides of a comparison. */
import { wilson } from "../../core/statistics/intervals.ts";
import type { CompareModel, CompareWindow } from "../answers/compare-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import type { SideValue } from "./compared-rows.ts";

export type HistoryParts = Pick<ConsoleDependencies, "sql" | "names" | "published" | "catalogue">;

/** Read off a `SideName`. */
export type Side =
  | { readonly kind: "window"; readonly window: string; readonly startMs: number }
  | { readonly kind: "model"; readonly model: string };

/** Texts of each side that words and skeletons are read off, those of smallest hash. */
const TEXTS_MAX = 300;
const TEXT_CHARS_MAX = 4_000;
const VALUES_MAX = 20_000;

const WINDOWS_SQL = `
SELECT toString(window) AS window, toFloat64(toUnixTimestamp64Milli(start_time)) AS start_ms,
  toFloat64(toUnixTimestamp64Milli(max(windows.end_time))) AS end_ms, max(windows.generation) AS generation
FROM windows
WHERE _topic = {topic:String} AND lane = {lane:String} AND bucket = '' AND window != 'pane'
GROUP BY window, start_time
ORDER BY start_time DESC, window
LIMIT 200`;

const MODELS_SQL = `
SELECT model_name, toFloat64(toUnixTimestamp64Milli(min(at))) AS first_ms, toFloat64(toUnixTimestamp64Milli(max(at))) AS last_ms,
  toFloat64(count()) AS records
FROM (
  SELECT toString(model) AS model_name, interaction_time AS at FROM outcomes WHERE _topic = {outcomes:String} AND lane = {lane:String}
  UNION ALL
  SELECT toString(model) AS model_name, event_time AS at FROM evaluations WHERE _topic = {evaluations:String} AND lane = {lane:String}
)
WHERE model_name != ''
GROUP BY model_name
ORDER BY last_ms DESC, model_name
LIMIT 100`;

const WINDOW_VALUES_SQL = `
SELECT toString(metric) AS metric, toString(stage) AS stage, toString(segment) AS segment, toString(bucket) AS bucket,
  value, lo, hi, null_sd, toFloat64(n) AS n, toString(status) AS status
FROM windows
WHERE _topic = {topic:String} AND lane = {lane:String} AND window = {window:String}
  AND start_time = fromUnixTimestamp64Milli({start_ms:Int64})
ORDER BY metric, stage, segment, bucket
LIMIT ${VALUES_MAX}`;

/** Of several outcomes of an interaction the latest that says something counts. */
const OUTCOME_RATES_SQL = `
SELECT bucket_name AS bucket, toFloat64(countIf(was_resolved = true)) AS resolved, toFloat64(countIf(isNotNull(was_resolved))) AS resolved_n,
  toFloat64(countIf(was_escalated = true)) AS escalated, toFloat64(countIf(isNotNull(was_escalated))) AS escalated_n
FROM (
  SELECT interaction_id, argMax(toString(bucket), (event_time, _offset)) AS bucket_name,
    argMax(resolved, (event_time, _offset)) AS was_resolved, argMax(outcomes.escalated, (event_time, _offset)) AS was_escalated
  FROM outcomes
  WHERE _topic = {outcomes:String} AND lane = {lane:String} AND model = {model:String}
  GROUP BY interaction_id
)
GROUP BY bucket_name
ORDER BY bucket_name
LIMIT 5000`;

const SUITE_RATES_SQL = `
SELECT toString(suite) AS suite, toString(metric) AS metric, toString(bucket) AS bucket,
  toFloat64(sum(successes)) AS good, toFloat64(sum(trials)) AS tried
FROM evaluations
WHERE _topic = {evaluations:String} AND lane = {lane:String} AND model = {model:String} AND trials > 0 AND isNotNull(successes) AND arm = ''
GROUP BY suite, metric, bucket
ORDER BY suite, metric, bucket
LIMIT 5000`;

const WINDOW_TEXTS_SQL = `
SELECT substringUTF8(output, 1, ${TEXT_CHARS_MAX}) AS text
FROM texts
WHERE lane = {lane:String} AND kind = 'sample' AND id IN (
  SELECT id
  FROM samples
  WHERE lane = {lane:String} AND _topic IN {topics:Array(String)} AND origin NOT IN {real:Array(String)}
    AND event_time >= fromUnixTimestamp64Milli({start_ms:Int64}) AND event_time < (
      SELECT max(end_time) FROM windows
      WHERE _topic = {windows:String} AND lane = {lane:String} AND window = {window:String}
        AND start_time = fromUnixTimestamp64Milli({start_ms:Int64}))
  ORDER BY cityHash64(id), id
  LIMIT 1 BY id
  LIMIT ${TEXTS_MAX})
ORDER BY id, content_hash
LIMIT 1 BY id`;

const MODEL_TEXTS_SQL = `
SELECT substringUTF8(output, 1, ${TEXT_CHARS_MAX}) AS text
FROM texts
WHERE lane = {lane:String} AND kind = 'interaction' AND id IN (
  SELECT id
  FROM interactions
  WHERE lane = {lane:String} AND _topic = {topic:String} AND model = {model:String}
  ORDER BY cityHash64(id), id
  LIMIT 1 BY id
  LIMIT ${TEXTS_MAX})
ORDER BY id, content_hash
LIMIT 1 BY id`;

/** Windows and model versions of a lane, newest first. */
export async function choicesOf(
  { sql, names }: HistoryParts,
  lane: string,
): Promise<{ readonly windows: readonly CompareWindow[]; readonly models: readonly CompareModel[] }> {
  const [windows, models] = await Promise.all([
    sql.rows<{
      readonly window: string;
      readonly start_ms: number;
      readonly end_ms: number;
      readonly generation: number;
    }>(WINDOWS_SQL, { topic: names.full("windows"), lane }),
    sql.rows<{
      readonly model_name: string;
      readonly first_ms: number;
      readonly last_ms: number;
      readonly records: number;
    }>(MODELS_SQL, { outcomes: names.full("outcomes"), evaluations: names.full("evaluations"), lane }),
  ]);
  return {
    windows: windows.map((row) => ({
      side: `${row.window}/${row.start_ms}`,
      window: row.window,
      startMs: row.start_ms,
      endMs: row.end_ms,
      generation: row.generation,
    })),
    models: models.map((row) => ({
      side: `model/${row.model_name}`,
      model: row.model_name,
      firstMs: row.first_ms,
      lastMs: row.last_ms,
      records: row.records,
    })),
  };
}

/** Every value of a side; empty where the history does not know it. */
export async function sideValues(
  parts: HistoryParts,
  lane: string,
  side: Side,
): Promise<readonly SideValue[]> {
  const { sql, names } = parts;
  if (side.kind === "window") {
    return await sql.rows<SideValue>(WINDOW_VALUES_SQL, {
      topic: names.full("windows"),
      lane,
      window: side.window,
      start_ms: side.startMs,
    });
  }
  const topics = { outcomes: names.full("outcomes"), evaluations: names.full("evaluations") };
  const [outcomes, suites] = await Promise.all([
    sql.rows<OutcomeRow>(OUTCOME_RATES_SQL, { ...topics, lane, model: side.model }),
    sql.rows<SuiteRow>(SUITE_RATES_SQL, { ...topics, lane, model: side.model }),
  ]);
  return [
    ...withWhole(
      outcomes.map((row) => ({ bucket: row.bucket, good: row.resolved, tried: row.resolved_n })),
    ).map((rate) => sideValue("online_success", "all", rate)),
    ...withWhole(
      outcomes.map((row) => ({ bucket: row.bucket, good: row.escalated, tried: row.escalated_n })),
    ).map((rate) => sideValue("escalated", "all", rate)),
    ...suites.map((row) => sideValue(row.metric, `suite:${row.suite}`, row)),
  ].filter(({ n }) => n > 0);
}

/** Texts of a side, at most `TEXTS_MAX`: what models made in a window, what a model version said. Empty where none are kept. */
export async function sideTexts(
  { sql, names, published }: HistoryParts,
  lane: string,
  side: Side,
): Promise<readonly string[]> {
  if (side.kind === "model") {
    const rows = await sql.rows<{ readonly text: string }>(MODEL_TEXTS_SQL, {
      topic: names.full("interactions"),
      lane,
      model: side.model,
    });
    return rows.map(({ text }) => text);
  }
  const rows = await sql.rows<{ readonly text: string }>(WINDOW_TEXTS_SQL, {
    topics: [names.full("admitted"), names.full("quarantined")],
    real: published.policies.of(lane).realOrigins,
    lane,
    windows: names.full("windows"),
    window: side.window,
    start_ms: side.startMs,
  });
  return rows.map(({ text }) => text);
}

interface OutcomeRow {
  readonly bucket: string;
  readonly resolved: number;
  readonly resolved_n: number;
  readonly escalated: number;
  readonly escalated_n: number;
}

interface SuiteRow extends Rate {
  readonly suite: string;
  readonly metric: string;
}

interface Rate {
  readonly bucket: string;
  readonly good: number;
  readonly tried: number;
}

/** The buckets with all of them together, which is bucket "". */
function withWhole(buckets: readonly Rate[]): readonly Rate[] {
  const sum = (part: "good" | "tried"): number => buckets.reduce((total, rate) => total + rate[part], 0);
  return [
    { bucket: "", good: sum("good"), tried: sum("tried") },
    ...buckets.filter(({ bucket }) => bucket !== ""),
  ];
}

function sideValue(metric: string, segment: string, { bucket, good, tried }: Rate): SideValue {
  const interval = wilson(Math.min(good, tried), tried);
  const value = tried === 0 ? null : good / tried;
  return {
    metric,
    stage: "reply",
    segment,
    bucket,
    value,
    ...interval,
    null_sd: null,
    n: tried,
    status: "ok",
  };
}
