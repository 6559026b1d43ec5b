/** What the history knows of every lane now. */
import type { LaneFigure, LaneOverview, LaneVerdict } from "../answers/overview-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { latestGates } from "../gates/latest-gates.ts";
import { groupBy } from "../group-by.ts";
import { gatesFrom } from "../story/lane-gates.ts";
import { urgencyOf } from "./urgency.ts";

/** Lanes shown; more are counted. */
const LANES_SHOWN_MAX = 200;

const VERDICTS_SQL = `
SELECT lane, verdict, warn, window, families, toFloat64(toUnixTimestamp64Milli(start_time)) AS start_ms,
       toFloat64(toUnixTimestamp64Milli(end_time)) AS end_ms
FROM verdicts
WHERE rule = '' AND _topic = {topic:String}
ORDER BY end_time DESC, _offset DESC
LIMIT 1 BY lane
LIMIT 10000`;

const REASONS_SQL = `
SELECT lane, arithmetic
FROM verdicts
WHERE rule != '' AND _topic = {topic:String}
  AND (lane, window, start_time, verdict) IN (
    SELECT lane, window, start_time, verdict
    FROM verdicts
    WHERE rule = '' AND _topic = {topic:String} AND lane IN {lanes:Array(String)}
    ORDER BY end_time DESC, _offset DESC
    LIMIT 1 BY lane)
  AND verdict != 'pass'
ORDER BY _offset DESC, rule
LIMIT 1 BY lane`;

const FIGURES_SQL = `
SELECT lane, metric, value, lo, hi, toFloat64(n) AS n, toFloat64(toUnixTimestamp64Milli(end_time)) AS end_ms
FROM windows
WHERE _topic = {topic:String} AND lane IN {lanes:Array(String)} AND window = 'decision' AND bucket = '' AND status = 'ok'
  AND (metric, stage, segment) IN (('tail_coverage', 'candidate', 'generated'), ('online_success', 'reply', 'all'))
ORDER BY end_time DESC
LIMIT 40 BY lane, metric`;

interface VerdictRow {
  readonly lane: string;
  readonly verdict: string;
  readonly warn: boolean;
  readonly window: string;
  readonly families: readonly string[];
  readonly start_ms: number;
  readonly end_ms: number;
}

interface FigureRow {
  readonly lane: string;
  readonly metric: string;
  readonly value: number;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly n: number;
  readonly end_ms: number;
}

/** Every lane that has a gate or a verdict, the most urgent first, then by name. */
export async function overviewOf(
  { sql, names }: Pick<ConsoleDependencies, "sql" | "names">,
  nowMs: number,
): Promise<{ readonly lanes: readonly LaneOverview[]; readonly lanesTotal: number }> {
  const [gates, verdicts] = await Promise.all([
    latestGates(sql, names.full("gates")),
    sql.rows<VerdictRow>(VERDICTS_SQL, { topic: names.full("verdicts") }),
  ]);
  const gatesBy = groupBy(gates, ({ lane }) => lane);
  const verdictBy = new Map(verdicts.map((row) => [row.lane, row]));
  const all = [...new Set([...gatesBy.keys(), ...verdictBy.keys()])].map((lane) => {
    const { own: gate, held } = gatesFrom(gatesBy.get(lane) ?? [], lane, nowMs);
    const row = verdictBy.get(lane);
    const verdict = row === undefined ? null : verdictOf(row);
    return { lane, gate, held, verdict, ...urgencyOf(gate, held, verdict) };
  });
  all.sort((a, b) => a.urgency - b.urgency || (a.lane < b.lane ? -1 : 1));
  const shown = all.slice(0, LANES_SHOWN_MAX);
  if (shown.length === 0) return { lanes: [], lanesTotal: 0 };
  const lanes = shown.map(({ lane }) => lane);
  const [reasons, figures] = await Promise.all([
    sql.rows<{ readonly lane: string; readonly arithmetic: string }>(REASONS_SQL, {
      topic: names.full("verdicts"),
      lanes,
    }),
    sql.rows<FigureRow>(FIGURES_SQL, { topic: names.full("windows"), lanes }),
  ]);
  const reasonBy = new Map(reasons.map(({ lane, arithmetic }) => [lane, arithmetic]));
  const figuresBy = groupBy(figures, ({ lane, metric }) => `${metric} ${lane}`);
  return {
    lanesTotal: all.length,
    lanes: shown.map((lane) => ({
      ...lane,
      verdict: lane.verdict === null ? null : { ...lane.verdict, reason: reasonBy.get(lane.lane) ?? "" },
      tail: figureOf(figuresBy.get(`tail_coverage ${lane.lane}`)),
      online: figureOf(figuresBy.get(`online_success ${lane.lane}`)),
    })),
  };
}

function verdictOf(row: VerdictRow): LaneVerdict {
  const { verdict, warn, window, families } = row;
  return { verdict, warn, window, families, startMs: row.start_ms, endMs: row.end_ms, reason: "" };
}

/** `rows` newest first. */
function figureOf(rows: readonly FigureRow[] | undefined): LaneFigure | null {
  const newest = rows?.[0];
  if (rows === undefined || newest === undefined) return null;
  const { value, lo, hi, n, end_ms: endMs } = newest;
  return {
    value,
    lo,
    hi,
    n,
    endMs,
    points: rows.map((row) => ({ endMs: row.end_ms, value: row.value })).reverse(),
  };
}
