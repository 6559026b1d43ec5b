/** What history says of a lane's pairs of series, and of its online alarms, of one run. */
import type { DriftWindow } from "../../core/proxy/learn-proxies.ts";
import { sqlRows } from "../sql-client.ts";

/** Decision windows that a proposal is learned from: the latest. */
const LEARN_WINDOWS_MAX = 100;
const ROWS_MAX = 10_000;

export interface LaneQuestion {
  readonly address: string;
  /** Prefix of the run's topics. */
  readonly run: string;
  readonly lane: string;
}

const OF_LANE = `_topic = concat({run:String}, 'series.v1') AND lane = {lane:String} AND window = 'decision'`;

const DRIFT_SQL = `
SELECT
    bucket AS pair, toFloat64(toUnixTimestamp64Milli(end_time)) AS endMs,
    anyIf(value, metric = 'drift_concluded' AND status = 'ok') AS concluded,
    anyIf(value, metric = 'drift_correlation' AND status = 'ok') AS correlation,
    anyIf(lo, metric = 'drift_correlation' AND status = 'ok') AS lo,
    anyIf(hi, metric = 'drift_correlation' AND status = 'ok') AS hi,
    anyIf(value, metric = 'drift_lag' AND status = 'ok') AS lag,
    toFloat64(max(n)) AS n
FROM windows
WHERE ${OF_LANE} AND segment = 'drift' AND bucket != '' AND NOT endsWith(bucket, '@version')
  AND metric IN ('drift_correlation', 'drift_lag', 'drift_concluded')
  AND end_time IN
  (
      SELECT DISTINCT end_time FROM windows
      WHERE ${OF_LANE} AND segment = 'drift' AND metric = 'drift_concluded'
      ORDER BY end_time DESC LIMIT {windows:UInt32}
  )
GROUP BY pair, end_time
ORDER BY end_time, pair
LIMIT {limit:UInt32}`;

const ALARMS_SQL = `
SELECT
    alarms.bucket AS alarm, toFloat64(toUnixTimestamp64Milli(alarms.end_time)) AS endMs,
    alarms.value AS explained, toFloat64(alarms.n) AS looked, leads.value AS lead,
    substring(leads.bucket, 1, length(leads.bucket) - length(alarms.bucket) - 1) AS proxy
FROM (SELECT bucket, end_time, value, n FROM windows WHERE ${OF_LANE} AND segment = 'proxies' AND metric = 'alarm_explained') AS alarms
LEFT ANY JOIN
(
    SELECT bucket, end_time, value, substring(bucket, position(bucket, '~') + 1) AS alarm
    FROM windows WHERE ${OF_LANE} AND segment = 'proxies' AND metric = 'proxy_lead'
) AS leads ON leads.end_time = alarms.end_time AND leads.alarm = alarms.bucket
ORDER BY alarms.end_time DESC, alarm
LIMIT {limit:UInt32}`;

const UNCOVERED_SQL = `
SELECT value, lo, hi, toFloat64(n) AS n, status
FROM windows
WHERE ${OF_LANE} AND segment = 'proxies' AND metric = 'uncovered_alarms'
ORDER BY end_time DESC
LIMIT 1`;

export function readDrift({ address, run, lane }: LaneQuestion): Promise<readonly DriftWindow[]> {
  const bounds = { windows: String(LEARN_WINDOWS_MAX), limit: String(ROWS_MAX) };
  return sqlRows<DriftWindow>(address, DRIFT_SQL, { run, lane, ...bounds });
}

export interface RecordedAlarm {
  /** `<series>`, or `<series>[<bucket>]`. */
  readonly alarm: string;
  /** End of the decision window that raised it. */
  readonly endMs: number;
  /** 1 or 0. */
  readonly explained: number;
  /** Mapped proxies of which there was enough to tell. */
  readonly looked: number;
  /** Windows; null where nothing explained it, and `proxy` is "" then. */
  readonly lead: number | null;
  readonly proxy: string;
}

export interface UncoveredShare {
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly n: number;
  readonly status: string;
}

/** The latest alarms, newest first, and the share that nothing covered; null where there never was one. */
export async function readAlarms(
  { address, run, lane }: LaneQuestion,
  alarmsMax: number,
): Promise<{ readonly alarms: readonly RecordedAlarm[]; readonly uncovered: UncoveredShare | null }> {
  const alarms = await sqlRows<RecordedAlarm>(address, ALARMS_SQL, { run, lane, limit: String(alarmsMax) });
  const [uncovered = null] = await sqlRows<UncoveredShare>(address, UNCOVERED_SQL, { run, lane });
  return { alarms, uncovered };
}
