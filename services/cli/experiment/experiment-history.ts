/** An experiment as history has it: its plan, its results, and what was done to the lane's share. */
import type { ExperimentResult } from "../../core/experiment/match-results.ts";
import { SHARE_CHANGE_KINDS, type ShareChange } from "../../core/experiment/untested-increase.ts";
import { CliError } from "../io.ts";
import { sqlRows } from "../sql-client.ts";
import { visible } from "../table.ts";
import { type ClaimedPlan, firstOf, PLAN_KIND, type PlanClaim } from "./plan-record.ts";

export const RESULTS_MAX = 100_000;
const CLAIMS_MAX = 1_000;
const CHANGES_MAX = 1_000;

const APPENDED = "toUnixTimestamp64Milli(_append_time)";
/** A producer may claim any event time; that the log has a record shows that it was made by then. */
const MADE = `least(toUnixTimestamp64Milli(event_time), ${APPENDED})`;

const CLAIMS_SQL = `
SELECT lane, experiment_id AS experimentId, details['plan'] AS json, details['planHash'] AS hash,
       toFloat64(${APPENDED}) AS publishedMs
FROM changes
WHERE kind = {kind:String} AND experiment_id = {id:String}
ORDER BY _append_time, _partition, _offset
LIMIT {limit:UInt32}`;

const RESULTS_SQL = `
SELECT id, toFloat64(${MADE}) AS madeMs, lane, arm, synthetic_share AS syntheticShare,
       settings_hash AS settingsHash, seed, suite, metric, bucket, item_id AS itemId,
       toFloat64(successes) AS successes, toFloat64(trials) AS trials, value
FROM evaluations
WHERE experiment_id = {id:String}
ORDER BY _append_time, _partition, _offset
LIMIT {limit:UInt32}`;

const CHANGES_SQL = `
SELECT id, kind, lane, share_from AS shareFrom, share_to AS shareTo, experiment_id AS experimentId, actor,
       toFloat64(${MADE}) AS madeMs
FROM changes
WHERE lane = {lane:String} AND kind IN (${SHARE_CHANGE_KINDS.map((kind) => `'${kind}'`).join(", ")})
  AND (experiment_id = {id:String}
       OR (experiment_id = '' AND ${MADE} >= {sinceMs:Int64}))
ORDER BY _append_time, _partition, _offset
LIMIT {limit:UInt32}`;

/** A change of the lane's share, by whom. */
export interface LaneChange extends ShareChange {
  readonly id: string;
  readonly actor: string;
}

export interface RecordedExperiment {
  readonly claimed: ClaimedPlan;
  readonly results: readonly ExperimentResult[];
  /** That name this experiment, or none since its plan was published; in the order of the log. */
  readonly changes: readonly LaneChange[];
}

const SHARE_CHANGES_SQL = `
SELECT id, kind, lane, share_from AS shareFrom, share_to AS shareTo, experiment_id AS experimentId, actor,
       toFloat64(min(${MADE})) AS madeMs
FROM changes
WHERE lane = {lane:String} AND _topic = {topic:String} AND kind IN (${SHARE_CHANGE_KINDS.map((kind) => `'${kind}'`).join(", ")})
GROUP BY id, kind, lane, shareFrom, shareTo, experimentId, actor
ORDER BY madeMs, id
LIMIT {limit:UInt32}`;

/** Throws `CliError` where history does not answer, knows no such plan, or has more results than are read. */
export async function readExperiment(address: string, id: string): Promise<RecordedExperiment> {
  const claimed = await readClaims(address, id);
  if (claimed.first === null) {
    const tried = claimed.unreadable === 0 ? "" : ` (${claimed.unreadable} records that are no plan)`;
    throw new CliError(
      `no plan of experiment ${visible(id)} in the history${tried}; publish one with ` +
        "`plumbline experiment plan FILE.yaml`, or give --plan and --results",
    );
  }
  return await recordedAs(address, id, claimed);
}

/** As `readExperiment`; null where history knows no such plan. */
export async function findExperiment(address: string, id: string): Promise<RecordedExperiment | null> {
  const claimed = await readClaims(address, id);
  return claimed.first === null ? null : await recordedAs(address, id, claimed);
}

/** Every change of a lane's share, in the order they were made; a repeated record once. Throws `CliError` for more than are read. */
export async function readShareChanges(
  address: string,
  topic: string,
  lane: string,
): Promise<readonly LaneChange[]> {
  const limit = String(CHANGES_MAX + 1);
  const changes = await sqlRows<LaneChange>(address, SHARE_CHANGES_SQL, { lane, topic, limit });
  if (changes.length > CHANGES_MAX)
    throw new CliError(`lane ${visible(lane)} has more than ${CHANGES_MAX} changes of its share`);
  return changes;
}

async function readClaims(address: string, id: string): Promise<ClaimedPlan> {
  const given = { id, limit: String(CLAIMS_MAX), kind: PLAN_KIND };
  return firstOf(await sqlRows<PlanClaim>(address, CLAIMS_SQL, given));
}

async function recordedAs(address: string, id: string, claimed: ClaimedPlan): Promise<RecordedExperiment> {
  const { plan, publishedMs } = claimed.first!;
  const ask = <T>(sql: string, limit: number, more: Readonly<Record<string, string>> = {}) =>
    sqlRows<T>(address, sql, { id, limit: String(limit), ...more });
  const results = await ask<ExperimentResult>(RESULTS_SQL, RESULTS_MAX + 1);
  if (results.length > RESULTS_MAX) {
    throw new CliError(`experiment ${visible(id)} has more than ${RESULTS_MAX} results; no more are read`);
  }
  const since = { lane: plan.lane, sinceMs: String(publishedMs) };
  const changes = await ask<LaneChange>(CHANGES_SQL, CHANGES_MAX, since);
  return { claimed, results, changes };
}
