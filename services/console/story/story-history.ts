/** One lane's story as the history has it. */
import type {
  StoryAnswer,
  StoryChange,
  StoryMetric,
  StoryTransition,
  StoryVerdict,
} from "../answers/story-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { laneGates } from "./lane-gates.ts";
import { storySeries } from "./story-series.ts";

const DAY_MS = 86_400_000;
const SHOWN_AT_FIRST_MS = 7 * DAY_MS;
/** The kind of window that is judged comes first where nobody asked for another. */
const FIRST_WINDOWS = ["decision", "generation", "1h", "pane"];

const EXTENT_SQL = `
SELECT window, toFloat64(toUnixTimestamp64Milli(min(start_time))) AS begin_ms,
       toFloat64(toUnixTimestamp64Milli(max(end_time))) AS end_ms
FROM windows
WHERE _topic = {topic:String} AND lane = {lane:String} AND metric IN ('volume', 'online_success', 'offline_score') AND bucket = ''
GROUP BY window
ORDER BY window`;

/** By the end of the window that was decided on, in event time; a person's decision has the clock's time alone. */
const PLACE = "if(window = '', at, window_end)";

const TRANSITIONS_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(${PLACE})) AS atMs, window != '' AS placed, subject, from_state AS "from", to_state AS "to",
  rule, cause, actor, reason
FROM decisions
WHERE _topic = {topic:String} AND lane = {lane:String} AND ${PLACE} >= fromUnixTimestamp64Milli({from:Int64})
ORDER BY revision DESC
LIMIT 1000`;

const STATE_BEFORE_SQL = `
SELECT to_state AS state
FROM decisions
WHERE _topic = {topic:String} AND lane = {lane:String} AND subject = concat('lane:', {lane:String})
  AND ${PLACE} < fromUnixTimestamp64Milli({from:Int64})
ORDER BY revision DESC
LIMIT 1`;

const CHANGES_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(event_time)) AS atMs, kind, subject, actor, reason
FROM changes
WHERE _topic = {topic:String} AND lane = {lane:String}
  AND event_time >= fromUnixTimestamp64Milli({from:Int64}) AND event_time <= fromUnixTimestamp64Milli({to:Int64})
ORDER BY event_time DESC
LIMIT 500`;

const VERDICTS_SQL = `
SELECT window, toFloat64(toUnixTimestamp64Milli(start_time)) AS startMs, toFloat64(toUnixTimestamp64Milli(end_time)) AS endMs,
  argMaxIf(verdict, _offset, rule = '') AS own, argMaxIf(warn, _offset, rule = '') AS warns, argMaxIf(families, _offset, rule = '') AS families,
  arraySort(groupUniqArrayIf((toString(rule), toString(verdict)), rule != '' AND verdict != 'pass')) AS rules
FROM verdicts
WHERE _topic = {topic:String} AND lane = {lane:String}
  AND end_time >= fromUnixTimestamp64Milli({from:Int64}) AND end_time <= fromUnixTimestamp64Milli({to:Int64})
GROUP BY window, start_time, end_time
ORDER BY end_time DESC, window
LIMIT 100`;

export interface StoryQuestion {
  readonly lane: string;
  /** null: the kind that is judged, or what there is. */
  readonly window: string | null;
  /** null: the last week there is. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** null where the history has nothing of the lane. */
export async function storyOf(
  deps: Pick<ConsoleDependencies, "sql" | "names" | "catalogue">,
  question: StoryQuestion,
  nowMs: number,
): Promise<StoryAnswer | null> {
  const { sql, names } = deps;
  const { lane } = question;
  const [extents, gates] = await Promise.all([
    sql.rows<{ readonly window: string; readonly begin_ms: number; readonly end_ms: number }>(EXTENT_SQL, {
      topic: names.full("windows"),
      lane,
    }),
    laneGates(sql, names.full("gates"), lane, nowMs),
  ]);
  if (extents.length === 0 && gates.own === null && gates.held.length === 0) return null;
  const windows = extents.map(({ window }) => window);
  const window =
    question.window !== null && windows.includes(question.window)
      ? question.window
      : (FIRST_WINDOWS.find((kind) => windows.includes(kind)) ?? windows[0] ?? "decision");
  const extent = extents.find((own) => own.window === window);
  const endMs = extent?.end_ms ?? nowMs;
  const beginMs = extent?.begin_ms ?? endMs - DAY_MS;
  const toMs = question.toMs ?? endMs;
  const fromMs = Math.min(question.fromMs ?? Math.max(beginMs, toMs - SHOWN_AT_FIRST_MS), toMs);
  const of = { lane, from: fromMs };
  // What was decided on the last window was decided after its end.
  const until = question.toMs ?? Math.max(nowMs, endMs);
  const [series, transitions, before, changes, verdicts] = await Promise.all([
    storySeries(sql, { topic: names.full("windows"), lane, window, fromMs, toMs }),
    sql.rows<TransitionRow>(TRANSITIONS_SQL, { ...of, topic: names.full("decisions") }),
    sql.rows<{ readonly state: string }>(STATE_BEFORE_SQL, { ...of, topic: names.full("decisions") }),
    sql.rows<StoryChange>(CHANGES_SQL, { ...of, topic: names.full("changes"), to: until }),
    sql.rows<VerdictRow>(VERDICTS_SQL, { ...of, topic: names.full("verdicts"), to: toMs }),
  ]);
  return {
    lane,
    nowMs,
    fromMs,
    toMs,
    beginMs,
    endMs,
    window,
    windows,
    gate: gates.own,
    held: gates.held,
    stateBefore: before[0]?.state ?? "open",
    transitions: placed(transitions.toReversed()).filter(({ atMs }) => atMs <= until),
    changes: changes.toReversed(),
    verdicts: verdicts.map(verdictOf),
    series,
    metrics: metricsOf(
      deps.catalogue,
      series.map(({ metric }) => metric),
    ),
  };
}

interface TransitionRow extends StoryTransition {
  /** It has the place of a window. */
  readonly placed: number;
}

/**
 * Where events lag behind the clock (a backfill, the demo), a person's decision would stand after windows that were judged later: it is
 * put no later than the next of those. Decisions that move nothing only give that hint.
 */
function placed(rows: readonly TransitionRow[]): StoryTransition[] {
  let nextMs = Number.POSITIVE_INFINITY;
  const moved: StoryTransition[] = [];
  for (const { placed: hasWindow, ...row } of rows.toReversed()) {
    const atMs = hasWindow === 1 ? row.atMs : Math.min(row.atMs, nextMs);
    nextMs = Math.min(nextMs, atMs);
    if (row.from !== row.to) moved.push({ ...row, atMs });
  }
  return moved.reverse();
}

interface VerdictRow {
  readonly window: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly own: string;
  readonly warns: boolean;
  readonly families: readonly string[];
  readonly rules: readonly (readonly [string, string])[];
}

function verdictOf({ own, warns, rules, ...row }: VerdictRow): StoryVerdict {
  const named = rules.filter(([, verdict]) => verdict === own).map(([rule]) => rule);
  return { ...row, verdict: own, warn: warns, rules: named };
}

/** What the catalogue says of the metrics that are shown. */
export function metricsOf(
  catalogue: ConsoleDependencies["catalogue"],
  ids: readonly string[],
): Readonly<Record<string, StoryMetric>> {
  const known: Record<string, StoryMetric> = {};
  for (const { id, title, why, unit, better } of catalogue.metrics) {
    if (ids.includes(id)) known[id] = { title, why, unit, better };
  }
  return known;
}
