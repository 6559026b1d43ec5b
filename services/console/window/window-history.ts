/** One window as the history has it. */
import type { WindowAnswer, WindowDecision, WindowResult, WindowValue } from "../answers/window-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { metricsOf } from "../story/story-history.ts";

/** The window that ends then; of a judged one its verdict knows the start, of another its values do. */
const FRAME_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(start_time)) AS start_ms, toFloat64(generation) AS generation, reference_version
FROM windows
WHERE _topic = {windows:String} AND lane = {lane:String} AND window = {window:String}
  AND end_time = fromUnixTimestamp64Milli({end:Int64})
ORDER BY reference_version DESC
LIMIT 1`;

const RULES_SQL = `
SELECT rule, verdict, warn, metric, family, stage, segment, bucket, toFloat64(n) AS n, value, lo, hi, ratio, z, arithmetic,
  families, blamed, rules_version, reference_version, toFloat64(toUnixTimestamp64Milli(start_time)) AS start_ms, toFloat64(generation) AS generation
FROM verdicts
WHERE _topic = {verdicts:String} AND lane = {lane:String} AND window = {window:String}
  AND end_time = fromUnixTimestamp64Milli({end:Int64})
ORDER BY verdict = 'breach' DESC, verdict = 'error' DESC, verdict = 'inconclusive' DESC, warn DESC, rule, bucket
LIMIT 500`;

const VALUES_SQL = `
SELECT metric, stage, segment, bucket, toFloat64(n) AS n, value, lo, hi, null_mean AS "real", ratio, z, status
FROM windows
WHERE _topic = {windows:String} AND lane = {lane:String} AND window = {window:String} AND bucket = ''
  AND end_time = fromUnixTimestamp64Milli({end:Int64})
ORDER BY stage, segment, metric
LIMIT 400`;

const DECISIONS_SQL = `
SELECT subject, from_state AS "from", to_state AS "to", rule, cause, actor
FROM decisions
WHERE _topic = {decisions:String} AND lane = {lane:String} AND window = {window:String}
  AND window_end = fromUnixTimestamp64Milli({end:Int64})
ORDER BY revision
LIMIT 100`;

const BESIDE_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(maxIf(end_time, end_time < fromUnixTimestamp64Milli({end:Int64})))) AS previous,
       toFloat64(toUnixTimestamp64Milli(minIf(end_time, end_time > fromUnixTimestamp64Milli({end:Int64})))) AS next
FROM windows
WHERE _topic = {windows:String} AND lane = {lane:String} AND window = {window:String}
  AND metric IN ('volume', 'online_success', 'offline_score') AND bucket = ''`;

interface RuleRow extends WindowResult {
  readonly families: readonly string[];
  readonly blamed: readonly string[];
  readonly rules_version: string;
  readonly reference_version: string;
  readonly start_ms: number;
  readonly generation: number;
}

export interface WindowQuestion {
  readonly lane: string;
  readonly window: string;
  readonly endMs: number;
}

/** null where no such window is recorded. */
export async function windowOf(
  deps: Pick<ConsoleDependencies, "sql" | "names" | "catalogue">,
  { lane, window, endMs }: WindowQuestion,
  nowMs: number,
): Promise<WindowAnswer | null> {
  const { sql, names } = deps;
  const parameters = {
    lane,
    window,
    end: endMs,
    windows: names.full("windows"),
    verdicts: names.full("verdicts"),
    decisions: names.full("decisions"),
  };
  const [frames, rules, values, decisions, beside] = await Promise.all([
    sql.rows<{ readonly start_ms: number; readonly generation: number; readonly reference_version: string }>(
      FRAME_SQL,
      parameters,
    ),
    sql.rows<RuleRow>(RULES_SQL, parameters),
    sql.rows<WindowValue>(VALUES_SQL, parameters),
    sql.rows<WindowDecision>(DECISIONS_SQL, parameters),
    sql.rows<{ readonly previous: number; readonly next: number }>(BESIDE_SQL, parameters),
  ]);
  const own = rules.find(({ rule }) => rule === "");
  const frame = own ?? frames[0];
  if (frame === undefined) return null;
  const results = rules.filter(({ rule }) => rule !== "").map(resultOf);
  return {
    lane,
    window,
    nowMs,
    startMs: frame.start_ms,
    endMs,
    generation: frame.generation,
    verdict:
      own === undefined
        ? null
        : {
            verdict: own.verdict,
            warn: own.warn,
            families: own.families,
            blamed: own.blamed,
            rulesVersion: own.rules_version,
            referenceVersion: own.reference_version,
          },
    referenceVersion: frames[0]?.reference_version ?? frame.reference_version,
    results,
    values,
    decisions,
    // An empty set's extremes are the epoch.
    previousEndMs: beside[0] !== undefined && beside[0].previous > 0 ? beside[0].previous : null,
    nextEndMs: beside[0] !== undefined && beside[0].next > 0 ? beside[0].next : null,
    metrics: metricsOf(
      deps.catalogue,
      [...results, ...values].map(({ metric }) => metric),
    ),
  };
}

function resultOf(row: RuleRow): WindowResult {
  const {
    rule,
    verdict,
    warn,
    metric,
    family,
    stage,
    segment,
    bucket,
    n,
    value,
    lo,
    hi,
    ratio,
    z,
    arithmetic,
  } = row;
  return {
    rule,
    verdict,
    warn,
    metric,
    family,
    stage,
    segment,
    bucket,
    n,
    value,
    lo,
    hi,
    ratio,
    z,
    arithmetic,
  };
}
