/** What the history knows of each lane now. */
import type { TopicNames } from "../../runtime/topics.ts";
import { sqlRows } from "../sql-client.ts";

/** Lanes shown; more are counted. */
export const LANES_SHOWN_MAX = 200;

export interface LaneStatus {
  readonly lane: string;
  /** State of the lane's own gate; null before its first verdict. */
  readonly gate: string | null;
  readonly lease: "valid" | "stale" | null;
  readonly validUntil: string | null;
  readonly share: number | null;
  /** Frozen subjects that live in the lane. */
  readonly frozen: readonly string[];
  readonly verdict: string | null;
  readonly families: readonly string[];
  /** Ids of records behind the verdict; none where nothing breaches. */
  readonly evidence: readonly string[];
  readonly window: string | null;
  readonly windowEnd: string | null;
  readonly generation: number | null;
}

interface GateRow {
  readonly lane: string;
  readonly subject: string;
  readonly state: string;
  readonly share: number;
  readonly until: string;
  readonly stale: number;
}

interface VerdictRow {
  readonly lane: string;
  readonly verdict: string;
  readonly families: readonly string[];
  readonly evidence: readonly string[];
  readonly window: string;
  readonly ended: string;
  readonly generation: number;
}

const GATES_SQL = `
SELECT lane, subject, state, share, toString(valid_until) AS until, valid_until < now64(3) AS stale
FROM gates
WHERE _topic = {topic:String}
ORDER BY revision DESC
LIMIT 1 BY lane, subject
LIMIT 10000`;

const VERDICTS_SQL = `
SELECT lane, verdict, families, evidence, window, toString(end_time) AS ended, generation
FROM verdicts
WHERE rule = '' AND _topic = {topic:String}
ORDER BY end_time DESC, _offset DESC
LIMIT 1 BY lane
LIMIT 10000`;

/** Lanes by name: every one that has a gate or a verdict. */
export async function laneStatuses(address: string, names: TopicNames): Promise<readonly LaneStatus[]> {
  const gates = await sqlRows<GateRow>(address, GATES_SQL, { topic: names.full("gates") });
  const verdicts = await sqlRows<VerdictRow>(address, VERDICTS_SQL, { topic: names.full("verdicts") });
  const lanes = [...new Set([...gates, ...verdicts].map(({ lane }) => lane))].sort();
  return lanes.map((lane) => {
    const own = gates.find((gate) => gate.lane === lane && gate.subject === `lane:${lane}`);
    const verdict = verdicts.find((found) => found.lane === lane);
    return {
      lane,
      gate: own?.state ?? null,
      lease: own === undefined ? null : own.stale === 0 ? "valid" : "stale",
      validUntil: own?.until ?? null,
      share: own?.share ?? null,
      frozen: gates
        .filter((gate) => gate.lane === lane && gate.state === "frozen" && gate !== own)
        .map(({ subject }) => subject),
      verdict: verdict?.verdict ?? null,
      families: verdict?.families ?? [],
      evidence: verdict?.evidence ?? [],
      window: verdict?.window ?? null,
      windowEnd: verdict?.ended ?? null,
      generation: verdict?.generation ?? null,
    };
  });
}

interface ProgressRow {
  readonly topic: string;
  readonly partition: number;
  readonly next: string;
}

const PROGRESS_SQL = `
SELECT topic, partition, toString(argMax(next_offset, (epoch, next_offset))) AS next
FROM progress
GROUP BY topic, partition`;

/** Next offset the recorder will read, by `<topic>/<partition>`. */
export async function recordedOffsets(address: string): Promise<ReadonlyMap<string, number>> {
  const rows = await sqlRows<ProgressRow>(address, PROGRESS_SQL);
  return new Map(rows.map(({ topic, partition, next }) => [`${topic}/${partition}`, Number(next)]));
}
