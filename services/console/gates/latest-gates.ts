/** The latest revision of every gate. */
import type { SqlQuery } from "../sql-query.ts";

/** Which revisions are the latest is read off narrow columns: the table holds every renewal of every lease for a year. */
const GATES_SQL = `
SELECT lane, subject, state, share, toFloat64(toUnixTimestamp64Milli(since)) AS since_ms,
       toFloat64(toUnixTimestamp64Milli(valid_until)) AS until_ms, rule, cause, decision_id, clean_windows
FROM gates
WHERE _topic = {topic:String} AND ({lane:String} = '' OR lane = {lane:String}) AND (subject, revision, lane) IN (
  SELECT subject, max(revision), lane FROM gates
  WHERE _topic = {topic:String} AND ({lane:String} = '' OR lane = {lane:String}) GROUP BY lane, subject)
LIMIT 1 BY lane, subject
LIMIT 100000`;

export interface GateRow {
  readonly lane: string;
  readonly subject: string;
  readonly state: string;
  readonly share: number;
  readonly since_ms: number;
  readonly until_ms: number;
  readonly rule: string;
  readonly cause: string;
  readonly decision_id: string;
  readonly clean_windows: number;
}

/** `lane`: of this lane alone; "" for all. */
export function latestGates(sql: SqlQuery, topic: string, lane = ""): Promise<readonly GateRow[]> {
  return sql.rows<GateRow>(GATES_SQL, { topic, lane });
}
