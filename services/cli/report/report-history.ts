/** What a report says, as the history has it. Every list is bounded; what lies beyond a bound is counted. */
import type { GateState, Verdict } from "../../core/records.ts";
import {
  type AskRows,
  epochMs,
  GENERATED,
  type LaneSpan,
  ofSpan,
  SAMPLES_OF_SPAN,
  spanParameters,
} from "../../diagnosis/ask-rows.ts";

export const EVENTS_MAX = 300;
const GATES_MAX = 200;
const RESULTS_OF_RULE_MAX = 3;
const RESULTS_MAX = 300;
const LANES_NAMED_MAX = 20;
const EVIDENCE_MAX = 12;
const NEAR_POOL_MAX = 200;
const TEXT_CHARS_MAX = 2_000;

/** The verdict of a whole decision or generation window. */
export interface WindowVerdict {
  readonly verdict: Verdict;
  readonly warn: boolean;
  readonly window: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly families: readonly string[];
  readonly blamed: readonly string[];
  readonly evidence: readonly string[];
  readonly reference: string;
}

export interface ReportGate {
  readonly subject: string;
  readonly state: GateState;
  readonly share: number;
  readonly sinceMs: number;
  readonly validUntilMs: number;
  readonly cause: string;
  readonly rule: string;
}

/** One result of a rule in the latest window in which it said anything. */
export interface RuleResultRow {
  readonly rule: string;
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  readonly verdict: Verdict;
  readonly warn: boolean;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly arithmetic: string;
  readonly reference: string;
  readonly endMs: number;
}

/** A decision of the governor, or something that a person did or declared. */
export interface ReportEvent {
  readonly atMs: number;
  readonly kind: "decision" | "change";
  readonly subject: string;
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
}

export interface EvidenceText {
  readonly id: string;
  readonly kind: string;
  readonly input: string;
  readonly output: string;
}

export interface LaneHistory {
  /** Windows judged in the span. */
  readonly windows: { readonly judged: number; readonly breaches: number; readonly inconclusive: number };
  readonly first: WindowVerdict | null;
  readonly firstBreach: WindowVerdict | null;
  readonly lastBreach: WindowVerdict | null;
  readonly latest: WindowVerdict | null;
  /** As they stood at the end of the span, the lane's own first. */
  readonly gates: readonly ReportGate[];
  /** States of the lane's own gate from the start of the span on, in order. */
  readonly states: readonly { readonly atMs: number; readonly state: GateState }[];
  readonly results: readonly RuleResultRow[];
  /** Latest `EVENTS_MAX`, in the order they happened. */
  readonly events: readonly ReportEvent[];
  readonly eventsTotal: number;
  /** Texts that the evidence of the last breach names, as far as they are kept. */
  readonly evidence: readonly EvidenceText[];
  /** Generated texts of the same window, to find what is alike. */
  readonly pool: readonly EvidenceText[];
}

const VERDICT_COLUMNS = `verdict, warn, window, ${epochMs("start_time")} AS startMs, ${epochMs("end_time")} AS endMs,
       families, blamed, evidence, reference_version AS reference`;
const WINDOWS_OF_SPAN = `FROM verdicts WHERE ${ofSpan("verdicts", "end_time")} AND rule = ''`;

const COUNTS_SQL = `
SELECT toFloat64(count()) AS judged, toFloat64(countIf(verdict = 'breach')) AS breaches,
       toFloat64(countIf(verdict IN ('inconclusive', 'error'))) AS inconclusive
${WINDOWS_OF_SPAN}`;

const GATES_SQL = `
SELECT subject, state, share, ${epochMs("since")} AS sinceMs, ${epochMs("valid_until")} AS validUntilMs, cause, rule
FROM
(
    SELECT * FROM gates
    WHERE ${ofSpan("gates", null)} AND since < fromUnixTimestamp64Milli({untilMs:Int64})
    ORDER BY revision DESC LIMIT 1 BY subject
)
ORDER BY subject != concat('lane:', {lane:String}), state = 'open', subject
LIMIT ${GATES_MAX}`;

const STATES_SQL = `
SELECT atMs, state FROM
(
    SELECT ${epochMs("at")} AS atMs, to_state AS state, revision
    FROM decisions
    WHERE ${ofSpan("decisions", null)} AND subject = concat('lane:', {lane:String}) AND from_state != to_state
      AND at < fromUnixTimestamp64Milli({untilMs:Int64})
    ORDER BY revision DESC LIMIT ${EVENTS_MAX}
)
ORDER BY revision`;

const RESULTS_SQL = `
SELECT rule, metric, stage, segment, bucket, verdict, warn, toFloat64(n) AS n, value, lo, hi, arithmetic,
       reference_version AS reference, ${epochMs("end_time")} AS endMs
FROM verdicts
WHERE ${ofSpan("verdicts", "end_time")} AND rule != ''
  AND (rule, end_time) IN (SELECT rule, max(end_time) FROM verdicts WHERE ${ofSpan("verdicts", "end_time")} AND rule != '' GROUP BY rule)
ORDER BY rule, indexOf(['breach', 'error', 'inconclusive', 'pass'], toString(verdict)), NOT warn, segment, bucket
LIMIT ${RESULTS_OF_RULE_MAX} BY rule
LIMIT ${RESULTS_MAX}`;

const EVENTS = `
    SELECT ${epochMs("at")} AS atMs, 'decision' AS kind, subject, concat(from_state, ' to ', to_state, if(cause = '', '', concat(': ', cause))) AS what,
           actor, reason
    FROM decisions WHERE ${ofSpan("decisions", "at")}
    UNION ALL
    SELECT ${epochMs("event_time")} AS atMs, 'change' AS kind, subject,
           concat(toString(changes.kind), if(isNull(share_to), '', concat(', share ', toString(ifNull(share_from, 0)), ' to ', toString(ifNull(share_to, 0))))) AS what,
           toString(actor) AS actor, reason
    FROM changes WHERE ${ofSpan("changes", "event_time")}`;
const EVENTS_SQL = `
SELECT * FROM (SELECT * FROM (${EVENTS}) ORDER BY atMs DESC LIMIT ${EVENTS_MAX}) ORDER BY atMs, kind, subject`;
const EVENTS_TOTAL_SQL = `SELECT toFloat64(count()) AS total FROM (${EVENTS})`;

const KEPT =
  "lane = {lane:String} AND _topic IN (concat({prefix:String}, 'admitted.v1'), concat({prefix:String}, 'quarantined.v1'), concat({prefix:String}, 'interactions.v1'))";
const TEXT_COLUMNS = `id, kind, substringUTF8(input, 1, ${TEXT_CHARS_MAX}) AS input, substringUTF8(output, 1, ${TEXT_CHARS_MAX}) AS output`;

const EVIDENCE_SQL = `
SELECT ${TEXT_COLUMNS} FROM texts
WHERE ${KEPT} AND id IN (
    SELECT arrayJoin(evidence) FROM verdicts
    WHERE ${ofSpan("verdicts", null)} AND rule = '' AND toUnixTimestamp64Milli(end_time) = {endMs:Int64} AND window = {window:String})
ORDER BY id, _offset LIMIT 1 BY id LIMIT ${EVIDENCE_MAX}`;

const POOL_SQL = `
SELECT ${TEXT_COLUMNS} FROM texts
WHERE ${KEPT} AND kind = 'sample' AND id IN (
    SELECT id FROM samples WHERE ${SAMPLES_OF_SPAN} AND ${GENERATED} ORDER BY cityHash64(id), id LIMIT ${NEAR_POOL_MAX})
ORDER BY id, _offset LIMIT 1 BY id LIMIT ${NEAR_POOL_MAX}`;

/** Rejects where history does not answer. `step` is told what is asked for next. */
export async function readLaneHistory(
  ask: AskRows,
  span: LaneSpan,
  step: (what: string) => void,
): Promise<LaneHistory> {
  const parameters = spanParameters(span);
  const one = async (rest: string): Promise<WindowVerdict | null> => {
    const rows = await ask<WindowVerdict>(
      `SELECT ${VERDICT_COLUMNS} ${WINDOWS_OF_SPAN} ${rest} LIMIT 1`,
      parameters,
    );
    return rows[0] ?? null;
  };
  step("verdicts");
  const [windows] = await ask<LaneHistory["windows"]>(COUNTS_SQL, parameters);
  const first = await one("ORDER BY end_time, _offset");
  const latest = await one("ORDER BY end_time DESC, _offset DESC");
  const firstBreach = await one("AND verdict = 'breach' ORDER BY end_time, _offset");
  const lastBreach = await one("AND verdict = 'breach' ORDER BY end_time DESC, _offset DESC");
  const results = await ask<RuleResultRow>(RESULTS_SQL, parameters);
  step("gates and decisions");
  const gates = await ask<ReportGate>(GATES_SQL, parameters);
  const states = await ask<LaneHistory["states"][number]>(STATES_SQL, parameters);
  const events = await ask<ReportEvent>(EVENTS_SQL, parameters);
  const [{ total } = { total: 0 }] = await ask<{ readonly total: number }>(EVENTS_TOTAL_SQL, parameters);
  step("samples");
  const texts = lastBreach === null ? { evidence: [], pool: [] } : await readTexts(ask, span, lastBreach);
  return {
    windows: windows ?? { judged: 0, breaches: 0, inconclusive: 0 },
    first,
    firstBreach,
    lastBreach,
    latest,
    gates,
    states,
    results,
    events,
    eventsTotal: total,
    ...texts,
  };
}

async function readTexts(
  ask: AskRows,
  span: LaneSpan,
  { startMs, endMs, window }: WindowVerdict,
): Promise<Pick<LaneHistory, "evidence" | "pool">> {
  const evidence = await ask<EvidenceText>(EVIDENCE_SQL, {
    ...spanParameters(span),
    endMs: String(endMs),
    window,
  });
  const pool = await ask<EvidenceText>(
    POOL_SQL,
    spanParameters({ ...span, sinceMs: startMs, untilMs: endMs }),
  );
  return { evidence, pool };
}

/** Lanes of the run that have verdicts, those judged last first. */
export async function readLaneNames(ask: AskRows, prefix: string): Promise<readonly string[]> {
  const rows = await ask<{ readonly lane: string }>(
    `SELECT lane FROM verdicts WHERE _topic = concat({prefix:String}, 'verdicts.v1') GROUP BY lane ORDER BY max(end_time) DESC, lane LIMIT ${LANES_NAMED_MAX}`,
    { prefix },
  );
  return rows.map(({ lane }) => lane);
}

/** Prefixes of the runs that judged the lane, the latest first; "" is the live one. */
export async function readRunsOf(ask: AskRows, lane: string): Promise<readonly string[]> {
  const rows = await ask<{ readonly run: string }>(
    `SELECT replaceOne(toString(_topic), 'verdicts.v1', '') AS run FROM verdicts WHERE lane = {lane:String} GROUP BY run ORDER BY max(end_time) DESC, run LIMIT ${LANES_NAMED_MAX}`,
    { lane },
  );
  return rows.map(({ run }) => run);
}

/** Whether anything of the lane is known in the run, at any time. */
export async function laneIsKnown(ask: AskRows, lane: string, prefix: string): Promise<boolean> {
  const rows = await ask(
    ["windows", "verdicts", "gates"]
      .map((table) => `SELECT 1 FROM ${table} WHERE ${ofSpan(table, null)} LIMIT 1`)
      .join(" UNION ALL "),
    { lane, prefix },
  );
  return rows.length > 0;
}
