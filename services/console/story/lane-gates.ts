/** Gates of one lane as they stand. */
import type { LaneGate } from "../answers/overview-answer.ts";
import { type GateRow, latestGates } from "../gates/latest-gates.ts";
import type { SqlQuery } from "../sql-query.ts";

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
  return gatesFrom(await latestGates(sql, topic, lane), lane, nowMs);
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
