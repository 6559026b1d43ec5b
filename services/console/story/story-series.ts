/** Curves of a lane, in few enough points to be drawn. */
import type { StoryPoint, StorySeries } from "../answers/story-answer.ts";
import type { SqlQuery } from "../sql-query.ts";

/** Steps of the time axis; each gives at most two points and one gap. */
const STEPS_MAX = 1_000;
/** Curves of one story: a lane has as many suites and origins as its producers name. */
const SERIES_MAX = 80;

/** What is drawn of a lane: of generated candidates what narrows, of real ones the same beside it, of replies what users say. */
const SHOWN = `
  (bucket = '' AND segment IN ('generated', 'real') AND stage = 'candidate' AND metric IN
    ('tail_coverage', 'skeleton_distinct_6', 'distinct_4', 'near_duplicate_share', 'exact_duplicate_share', 'word_jsd', 'length_jsd'))
  OR (stage = 'candidate' AND segment = 'all' AND metric = 'origin_mix')
  OR (bucket = '' AND stage = 'candidate' AND metric = 'volume' AND segment IN ('all', 'generated', 'real'))
  OR (bucket = '' AND stage = 'reply' AND metric = 'tail_coverage')
  OR (bucket = '' AND stage = 'reply' AND metric = 'online_success' AND segment IN ('all', 'control'))
  OR (bucket = '' AND stage = 'reply' AND metric = 'offline_score' AND startsWith(segment, 'suite:'))`;

const SERIES_SQL = `
SELECT metric, stage, segment, bucket,
  groupArray((at, told, low, high)) AS steps
FROM (
  SELECT metric, stage, segment, bucket, intDiv(toUnixTimestamp64Milli(end_time) - {from:Int64}, {step:Int64}) AS step,
    toFloat64(max(toUnixTimestamp64Milli(end_time))) AS at,
    countIf(status = 'ok' AND isNotNull(value)) AS told,
    argMinIf((toFloat64(toUnixTimestamp64Milli(end_time)), assumeNotNull(value), lo, hi), value, status = 'ok' AND isNotNull(value)) AS low,
    argMaxIf((toFloat64(toUnixTimestamp64Milli(end_time)), assumeNotNull(value), lo, hi), value, status = 'ok' AND isNotNull(value)) AS high
  FROM windows
  WHERE _topic = {topic:String} AND lane = {lane:String} AND window = {window:String}
    AND end_time >= fromUnixTimestamp64Milli({from:Int64}) AND end_time <= fromUnixTimestamp64Milli({to:Int64})
    AND (${SHOWN})
  GROUP BY metric, stage, segment, bucket, step
  ORDER BY metric, stage, segment, bucket, step)
GROUP BY metric, stage, segment, bucket
ORDER BY metric, stage, segment, bucket
LIMIT ${SERIES_MAX}`;

type Extreme = readonly [number, number, number | null, number | null];

interface SeriesRow {
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  /** Last end of the step, windows with a value (as text), the least, the greatest. */
  readonly steps: readonly (readonly [number, string | number, Extreme, Extreme])[];
}

export interface SeriesQuestion {
  readonly topic: string;
  readonly lane: string;
  readonly window: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** At most `SERIES_MAX` curves of at most `2 × STEPS_MAX` points; no peak and no trough is lost to the reduction. */
export async function storySeries(sql: SqlQuery, question: SeriesQuestion): Promise<readonly StorySeries[]> {
  const { fromMs, toMs, ...names } = question;
  const rows = await sql.rows<SeriesRow>(SERIES_SQL, {
    ...names,
    from: fromMs,
    to: toMs,
    step: Math.max(1, Math.ceil((toMs - fromMs + 1) / STEPS_MAX)),
  });
  return rows.map(({ metric, stage, segment, bucket, steps }) => ({
    metric,
    stage,
    segment,
    bucket,
    points: steps.flatMap(pointsOf),
  }));
}

function pointsOf([at, told, low, high]: SeriesRow["steps"][number]): StoryPoint[] {
  if (Number(told) === 0) return [[at, null, null, null]];
  if (low[0] === high[0]) return [low];
  return low[0] < high[0] ? [low, high] : [high, low];
}
