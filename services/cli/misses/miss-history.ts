/** What history says of a lane's failed interactions, of one run. */
import type { FailureCounts } from "../../core/misses/gap.ts";
import type { Miss } from "../../core/misses/miss.ts";
import { MATURITY_MS, type Maturity } from "../../core/misses/miss-export.ts";
import { sqlRows } from "../sql-client.ts";

/** Misses read for one taken: half are on the other side of the split, some repeat others or have no words. */
const READ_PER_ITEM = 4;
/** Buckets of a lane that are told apart; more than monitor and series do. */
const BUCKETS_MAX = 10_000;
const CLAIMS_MAX = 100;

export interface MissQuestion {
  readonly address: string;
  /** Prefix of the run's topics. */
  readonly run: string;
  readonly lane: string;
  /** Segments of outcomes that the lane's models have no part in: people answered. */
  readonly controls: readonly string[];
}

export interface MissFilter {
  readonly sinceMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  /** null: every bucket. */
  readonly bucket: string | null;
  /** Only those that have a correction. */
  readonly corrected: boolean;
  readonly itemsMax: number;
}

/** A list as JSON: texts go through every client and door as they are. */
const OURS = `NOT has(JSONExtract({controls:String}, 'Array(String)'), segment)`;
const WITHIN = `run = {run:String} AND lane = {lane:String} AND ${OURS}`;

const THROUGH_SQL = `
SELECT count() AS outcomes, toFloat64(toUnixTimestamp64Milli(max(event_time))) AS throughMs
FROM outcomes
WHERE _topic = concat({run:String}, 'outcomes.v1') AND lane = {lane:String}`;

/**
 * The newest of each bucket, then the second newest of each: a common bucket does not crowd out a rare one. Equal words of two runs are
 * kept once, under the topic of one of them.
 */
const MISSES_SQL = `
WITH picked AS
(
    SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY failed_time DESC, interaction_id) AS place
    FROM misses
    WHERE ${WITHIN}
      AND interaction_time >= fromUnixTimestamp64Milli({since:Int64}) AND interaction_time < fromUnixTimestamp64Milli({until:Int64})
      AND ({anyBucket:UInt8} = 1 OR bucket = {bucket:String})
      AND ({corrected:UInt8} = 0 OR correction != '')
    ORDER BY place, failed_time DESC, interaction_id
    LIMIT {limit:UInt32}
)
SELECT
    interaction_id AS interactionId, bucket, segment, model, cause,
    toFloat64(toUnixTimestamp64Milli(interaction_time)) AS interactionMs,
    toFloat64(toUnixTimestamp64Milli(failed_time)) AS failedMs,
    complaint_type AS complaintType, correction,
    words.input AS request, words.output AS response, words.context AS context,
    toString(about.language) AS language, toString(about.product) AS product, toString(about.consent) AS consent
FROM picked
LEFT ANY JOIN
(
    SELECT id, input, output, context FROM texts
    WHERE lane = {lane:String} AND kind = 'interaction' AND id IN (SELECT interaction_id FROM picked)
    ORDER BY _topic = concat({run:String}, 'interactions.v1') DESC, _offset DESC
    LIMIT 1 BY id
) AS words ON words.id = picked.interaction_id
LEFT ANY JOIN
(
    SELECT id, language, product, consent FROM interactions
    WHERE lane = {lane:String} AND _topic = concat({run:String}, 'interactions.v1')
      AND id IN (SELECT interaction_id FROM picked)
) AS about ON about.id = picked.interaction_id
ORDER BY place, failed_time DESC, interaction_id`;

/** Versions that first answered after a time: what data exported then can have changed. */
const MODELS_SQL = `
SELECT model FROM outcomes
WHERE _topic = concat({run:String}, 'outcomes.v1') AND lane = {lane:String}
  AND ${OURS}
GROUP BY model
HAVING min(interaction_time) >= fromUnixTimestamp64Milli({since:Int64})`;

/**
 * As the view failure_cohorts counts, without its hours and for one lane only, so that a million outcomes are no matter. Of an
 * interaction the latest outcome counts that came in time and says whether.
 */
const FAILURES_SQL = `
SELECT bucket, toFloat64(countIf(NOT resolved)) AS failures, toFloat64(count()) AS trials
FROM
(
    SELECT assumeNotNull(resolved) AS resolved, bucket, segment, model FROM outcomes
    WHERE _topic = concat({run:String}, 'outcomes.v1') AND lane = {lane:String} AND isNotNull(outcomes.resolved)
      AND interaction_time >= fromUnixTimestamp64Milli({since:Int64}) AND interaction_time < fromUnixTimestamp64Milli({until:Int64})
      AND event_time <= interaction_time + toIntervalMillisecond({within:Int64})
    ORDER BY event_time DESC, _offset DESC
    LIMIT 1 BY interaction_id
)
WHERE ${OURS} AND ({anyModel:UInt8} = 1 OR model IN (${MODELS_SQL}))
GROUP BY bucket
ORDER BY bucket
LIMIT {limit:UInt32}`;

const EXPORTS_SQL = `
SELECT id, actor, details['export'] AS json, toFloat64(toUnixTimestamp64Milli(_append_time)) AS recordedMs
FROM changes
WHERE _topic = concat({run:String}, 'changes.v1') AND lane = {lane:String} AND kind = {kind:String}
  AND ({id:String} = '' OR id = {id:String})
ORDER BY _append_time, _partition, _offset
LIMIT {limit:UInt32}`;

/** How far the lane's outcomes have come, epoch ms; null where it has none. */
export async function outcomesThrough({ address, run, lane }: MissQuestion): Promise<number | null> {
  const [row] = await sqlRows<{ outcomes: string | number; throughMs: number }>(address, THROUGH_SQL, {
    run,
    lane,
  });
  return row === undefined || Number(row.outcomes) === 0 ? null : row.throughMs;
}

/** Misses with their words, newest of each bucket first; more than `itemsMax`, so that enough are left of them. */
export function readMisses(
  { address, run, lane, controls }: MissQuestion,
  { sinceMs, untilMs, bucket, corrected, itemsMax }: MissFilter,
): Promise<readonly Miss[]> {
  return sqlRows<Miss>(address, MISSES_SQL, {
    run,
    lane,
    controls: JSON.stringify(controls),
    since: String(sinceMs),
    until: String(untilMs),
    anyBucket: bucket === null ? "1" : "0",
    bucket: bucket ?? "",
    corrected: corrected ? "1" : "0",
    limit: String(itemsMax * READ_PER_ITEM),
  });
}

export interface FailureSpan {
  /** Interactions from here … */
  readonly sinceMs: number;
  /** … to here, exclusive, … */
  readonly untilMs: number;
  /** … of which no outcome that counts can come any more: how far the lane's outcomes have come. */
  readonly throughMs: number;
  readonly maturity: Maturity;
  /** Only of versions that first answered in the span. */
  readonly newModels: boolean;
}

/** Failures by bucket, of outcomes that came in time and are final. */
export async function readFailures(
  { address, run, lane, controls }: MissQuestion,
  { sinceMs, untilMs, throughMs, maturity, newModels }: FailureSpan,
): Promise<ReadonlyMap<string, FailureCounts>> {
  const withinMs = MATURITY_MS[maturity];
  const rows = await sqlRows<FailureCounts & { readonly bucket: string }>(address, FAILURES_SQL, {
    run,
    lane,
    controls: JSON.stringify(controls),
    since: String(sinceMs),
    until: String(Math.min(untilMs, throughMs - withinMs)),
    within: String(withinMs),
    anyModel: newModels ? "0" : "1",
    limit: String(BUCKETS_MAX),
  });
  return new Map(rows.map(({ bucket, failures, trials }) => [bucket, { failures, trials }]));
}

/** Versions that first answered at or after a time. */
export async function newModels(
  { address, run, lane, controls }: MissQuestion,
  sinceMs: number,
): Promise<string[]> {
  const rows = await sqlRows<{ model: string }>(address, `${MODELS_SQL} ORDER BY model LIMIT 100`, {
    run,
    lane,
    controls: JSON.stringify(controls),
    since: String(sinceMs),
  });
  return rows.map(({ model }) => model);
}

export interface ExportClaim {
  readonly id: string;
  readonly actor: string;
  readonly json: string;
  readonly recordedMs: number;
}

/** Records of exports in the order of the log; all of the lane where `id` is "". */
export function readExportClaims(
  { address, run, lane }: MissQuestion,
  kind: string,
  id: string,
): Promise<readonly ExportClaim[]> {
  return sqlRows<ExportClaim>(address, EXPORTS_SQL, { run, lane, kind, id, limit: String(CLAIMS_MAX) });
}
