/** What history says of a lane that is to be released: its gates, what rules said last, and what was done to its share. */

import { matchResults } from "../../core/experiment/match-results.ts";
import { experimentReport } from "../../core/experiment/report.ts";
import { type ExperimentSupport, supportOf } from "../../core/experiment/untested-increase.ts";
import type { Verdict } from "../../core/records.ts";
import type { TopicNames } from "../../runtime/topics.ts";
import { findExperiment, type LaneChange, readShareChanges } from "../experiment/experiment-history.ts";
import { sqlRows } from "../sql-client.ts";

/** Gates and results read; a lane has at most as many gates as the governor keeps. */
const ROWS_MAX = 10_000;

/** Metrics that a release asks for; which rules judge them is the lane's affair. */
export const RELEASE_METRICS = ["bucket_regression", "decoupled_windows", "uncovered_alarms"] as const;
export type ReleaseMetric = (typeof RELEASE_METRICS)[number];

/** The latest state of a gate in the lane. */
export interface HeldGate {
  readonly subject: string;
  readonly state: string;
  readonly lease: "live" | "stale";
  readonly sinceMs: number;
  readonly cause: string;
}

/** What a rule over one of the metrics said, in the latest decision window in which it said anything. */
export interface RuleSaid {
  readonly metric: ReleaseMetric;
  readonly rule: string;
  readonly segment: string;
  readonly bucket: string;
  readonly verdict: Verdict;
  readonly warn: boolean;
  readonly value: number | null;
  readonly n: number;
  readonly arithmetic: string;
  readonly endMs: number;
}

export interface ReleaseHistory {
  readonly gates: readonly HeldGate[];
  /** End of the lane's latest judged decision window; null before the first. */
  readonly judgedMs: number | null;
  /** Ids of records behind its verdict. */
  readonly evidence: readonly string[];
  readonly said: readonly RuleSaid[];
  /** In the order they were made. */
  readonly changes: readonly LaneChange[];
  /** By id, those that a change names and that have a plan. */
  readonly experiments: ReadonlyMap<string, ExperimentSupport>;
}

const GATES_SQL = `
SELECT subject, state, if(lease = 'stale', 'stale', 'live') AS lease,
       toFloat64(toUnixTimestamp64Milli(since)) AS sinceMs, cause
FROM gate_now
WHERE lane = {lane:String} AND _topic = {topic:String}
ORDER BY subject
LIMIT {limit:UInt32}`;

const JUDGED_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(end_time)) AS endMs, evidence
FROM verdicts
WHERE lane = {lane:String} AND _topic = {topic:String} AND window = 'decision' AND rule = ''
ORDER BY end_time DESC, _offset DESC
LIMIT 1`;

const OF_METRICS = `lane = {lane:String} AND _topic = {topic:String} AND window = 'decision'
  AND metric IN (${RELEASE_METRICS.map((metric) => `'${metric}'`).join(", ")})`;

const SAID_SQL = `
SELECT metric, rule, segment, bucket, verdict, warn, value, toFloat64(n) AS n, arithmetic,
       toFloat64(toUnixTimestamp64Milli(end_time)) AS endMs
FROM verdicts
WHERE ${OF_METRICS}
  AND (rule, end_time) IN (SELECT rule, max(end_time) FROM verdicts WHERE ${OF_METRICS} GROUP BY rule)
ORDER BY rule, verdict = 'breach' DESC, segment, bucket
LIMIT {limit:UInt32}`;

/** Throws `CliError` where history does not answer. */
export async function readRelease(address: string, names: TopicNames, lane: string): Promise<ReleaseHistory> {
  const ask = <T>(sql: string, topic: "gates" | "verdicts"): Promise<readonly T[]> =>
    sqlRows<T>(address, sql, { lane, topic: names.full(topic), limit: String(ROWS_MAX) });
  const gates = await ask<HeldGate>(GATES_SQL, "gates");
  const [judged] = await ask<{ readonly endMs: number; readonly evidence: readonly string[] }>(
    JUDGED_SQL,
    "verdicts",
  );
  const said = await ask<RuleSaid>(SAID_SQL, "verdicts");
  const changes = await readShareChanges(address, names.full("changes"), lane);
  const experiments = new Map<string, ExperimentSupport>();
  for (const id of new Set(changes.map(({ experimentId }) => experimentId))) {
    const support = id === "" ? null : await supportIn(address, id);
    if (support !== null) experiments.set(id, support);
  }
  return {
    gates,
    judgedMs: judged?.endMs ?? null,
    evidence: judged?.evidence ?? [],
    said,
    changes,
    experiments,
  };
}

async function supportIn(address: string, id: string): Promise<ExperimentSupport | null> {
  const found = await findExperiment(address, id);
  if (found === null) return null;
  const { plan, publishedMs } = found.claimed.first!;
  return supportOf(experimentReport(plan, matchResults(plan, publishedMs, found.results)));
}
