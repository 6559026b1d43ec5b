/** Gates of one lane as they stand. */
import type { LaneGate } from "../answers/overview-answer.ts";
import type { SqlQuery } from "../sql-query.ts";

/** The latest revisions are read off narrow columns: the table holds every renewal of every lease for a year. */
const GATES_SQL = `
SELECT subject, state, share, toFloat64(toUnixTimestamp64Milli(since)) AS since_ms,
       toFloat64(toUnixTimestamp64Milli(valid_until)) AS until_ms, cause, rule
FROM gates
WHERE _topic = {topic:String} AND lane = {lane:String} AND (subject, revision) IN (
  SELECT subject, max(revision) FROM gates WHERE _topic = {topic:String} AND lane = {lane:String} GROUP BY subject)
LIMIT 1 BY subject
LIMIT 1000`;

export interface GateRow {
  readonly subject: string;
  readonly state: string;
  readonly share: number;
  readonly since_ms: number;
  readonly until_ms: number;
  readonly cause: string;
  readonly rule: string;
}

export interface LaneGates {
  /** The lane's own; null before its first verdict. */
  readonly own: LaneGate | null;
  /** Its subjects that are not open, by name. */
  readonly held: readonly { readonly subject: string; readonly state: string }[];
}

export async function laneGates(
  sql: SqlQuery,
  topic: string,
  lane: string,
  nowMs: number,
): Promise<LaneGates> {
  return gatesFrom(await sql.rows<GateRow>(GATES_SQL, { topic, lane }), lane, nowMs);
}

/** `rows`: the latest of each subject of one lane. */
export function gatesFrom(rows: readonly GateRow[], lane: string, nowMs: number): LaneGates {
  const own = rows.find(({ subject }) => subject === `lane:${lane}`);
  return {
    own:
      own === undefined
        ? null
        : {
            state: own.state,
            share: own.share,
            sinceMs: own.since_ms,
            validUntilMs: own.until_ms,
            stale: own.until_ms < nowMs,
            cause: own.cause,
            rule: own.rule,
          },
    held: rows
      .filter((row) => row !== own && row.state !== "open")
      .map(({ subject, state }) => ({ subject, state }))
      .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
  };
}
