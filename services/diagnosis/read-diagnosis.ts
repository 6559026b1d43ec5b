/** A lane's diagnosis from history: what its rules said, the facts, the ranked causes, the loop and the stage of loss. */
import { type Diagnosis, diagnose, type FiringRule } from "../core/diagnosis/diagnose.ts";
import {
  FACT_IDS,
  type Fact,
  type FactId,
  type Facts,
  factKind,
  type MetricFact,
  NOT_MEASURED,
} from "../core/diagnosis/facts.ts";
import { type LoopPicture, loopPicture } from "../core/diagnosis/loop.ts";
import { type FamilySaid, type LossPicture, lossPicture } from "../core/diagnosis/stage-of-loss.ts";
import type { Verdict } from "../core/records.ts";
import { worstVerdict } from "../core/verdict.ts";
import { type AskRows, inNames, type LaneSpan, ofSpan, spanParameters } from "./ask-rows.ts";
import { readCountedFacts } from "./sample-facts.ts";

const RULES_MAX = 500;
const BLAMED_MAX = 200;
const SERIES_MAX = 20_000;

/** What one rule said over the span's decision and generation windows. */
export interface RuleSpan {
  readonly rule: string;
  readonly family: string;
  /** Windows in which it breached, could not be told, passed, and passed with a warning. */
  readonly breaches: number;
  readonly inconclusive: number;
  readonly passes: number;
  readonly warnings: number;
  /** Ends of windows, epoch ms; null where it never breached or warned. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly firstBreachMs: number | null;
  /** Worst in the latest window in which it said anything. */
  readonly latest: Verdict;
}

export interface LaneDiagnosis {
  readonly lane: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly rules: readonly RuleSpan[];
  readonly facts: Facts;
  readonly diagnosis: Diagnosis;
  readonly loop: LoopPicture;
  readonly loss: LossPicture;
}

const RULES_SQL = `
SELECT rule, any(family) AS family,
       toFloat64(countIf(worst = 3)) AS breaches, toFloat64(countIf(worst IN (1, 2))) AS inconclusive,
       toFloat64(countIf(worst = 0)) AS passes, toFloat64(countIf(worst = 0 AND warned)) AS warnings,
       if(countIf(worst = 3 OR warned) = 0, NULL, toFloat64(minIf(end_ms, worst = 3 OR warned))) AS firstMs,
       if(countIf(worst = 3 OR warned) = 0, NULL, toFloat64(maxIf(end_ms, worst = 3 OR warned))) AS lastMs,
       if(breaches = 0, NULL, toFloat64(minIf(end_ms, worst = 3))) AS firstBreachMs,
       ['pass', 'inconclusive', 'error', 'breach'][argMax(worst, end_ms) + 1] AS latest
FROM
(
    SELECT rule, any(family) AS family, toUnixTimestamp64Milli(end_time) AS end_ms, max(warn) AS warned,
           max(indexOf(['pass', 'inconclusive', 'error', 'breach'], toString(verdict)) - 1) AS worst
    FROM verdicts
    WHERE ${ofSpan("verdicts", "end_time")} AND rule != ''
    GROUP BY rule, window, end_ms
)
GROUP BY rule ORDER BY rule LIMIT ${RULES_MAX}`;

const BLAMED_SQL = `
SELECT subject, toFloat64(count()) AS windows,
       (SELECT toFloat64(count()) FROM verdicts WHERE ${ofSpan("verdicts", "end_time")} AND rule = '' AND verdict = 'breach') AS total
FROM verdicts ARRAY JOIN blamed AS subject
WHERE ${ofSpan("verdicts", "end_time")} AND rule = '' AND verdict = 'breach'
GROUP BY subject ORDER BY windows DESC, subject LIMIT ${BLAMED_MAX}`;

interface SeriesEnds {
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  readonly windows: number;
  readonly lastN: number;
  readonly lastValue: number | null;
  readonly lastRatio: number | null;
  readonly lastE: number | null;
  readonly firstValue: number | null;
}

const SERIES_SQL = `
SELECT metric, stage, segment, bucket, toFloat64(count()) AS windows, toFloat64(argMax(n, end_time)) AS lastN,
       argMax(tuple(value), end_time).1 AS lastValue, argMax(tuple(ratio), end_time).1 AS lastRatio,
       argMax(tuple(e), end_time).1 AS lastE, argMin(tuple(value), end_time).1 AS firstValue
FROM windows
WHERE ${ofSpan("windows", "end_time")} AND window = 'decision' AND status = 'ok'
  AND (bucket = '' OR ${inNames("all", "toString(metric)")} OR ${inNames("buckets", "toString(bucket)")})
  AND ${inNames("metrics", "toString(metric)")}
GROUP BY metric, stage, segment, bucket
ORDER BY metric, stage, segment, bucket
LIMIT ${SERIES_MAX}`;

/** Rejects where history does not answer; a lane without history has nothing measured and no causes. */
export async function readDiagnosis(ask: AskRows, span: LaneSpan): Promise<LaneDiagnosis> {
  const parameters = spanParameters(span);
  const rules = await ask<RuleSpan>(RULES_SQL, parameters);
  const breaches = rules.flatMap(({ firstBreachMs }) => (firstBreachMs === null ? [] : [firstBreachMs]));
  const counted = await readCountedFacts(ask, span, breaches.length === 0 ? null : Math.min(...breaches));
  const blamed = await readBlamed(ask, parameters);
  const series = await readSeries(ask, parameters);
  const facts = Object.fromEntries(
    FACT_IDS.map((id) => [id, counted[id] ?? blamed[id] ?? fromSeries(id, series)]),
  ) as unknown as Facts;
  return {
    lane: span.lane,
    sinceMs: span.sinceMs,
    untilMs: span.untilMs,
    rules,
    facts,
    diagnosis: diagnose(firingRules(rules), facts),
    loop: loopPicture(facts),
    loss: lossPicture(familiesSaid(rules)),
  };
}

function firingRules(rules: readonly RuleSpan[]): readonly FiringRule[] {
  return rules.flatMap(({ rule, family, breaches, firstMs, lastMs }) =>
    firstMs === null || lastMs === null ? [] : [{ rule, family, breached: breaches > 0, firstMs, lastMs }],
  );
}

function familiesSaid(rules: readonly RuleSpan[]): readonly FamilySaid[] {
  const families = [...new Set(rules.map(({ family }) => family))];
  return families.map((family) => {
    const own = rules.filter((rule) => rule.family === family);
    const firsts = own.flatMap(({ firstBreachMs }) => (firstBreachMs === null ? [] : [firstBreachMs]));
    return {
      family,
      firstBreachMs: firsts.length === 0 ? null : Math.min(...firsts),
      latest: own.some(({ latest }) => latest === "pass")
        ? worstOrPass(own.map(({ latest }) => latest))
        : worstVerdict(own.map(({ latest }) => latest)),
    };
  });
}

/** A family of which one rule passes and another cannot be told is known by the one; a breach stays a breach. */
function worstOrPass(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes("breach") ? "breach" : "pass";
}

const BLAMED_KINDS = ["template", "teacher", "judge", "source"] as const;

async function readBlamed(
  ask: AskRows,
  parameters: Readonly<Record<string, string>>,
): Promise<Partial<Record<FactId, Fact>>> {
  const rows = await ask<{ readonly subject: string; readonly windows: number; readonly total: number }>(
    BLAMED_SQL,
    parameters,
  );
  const total = rows[0]?.total ?? 0;
  if (total === 0) return {};
  return Object.fromEntries(
    BLAMED_KINDS.map((kind) => {
      const most = rows.find(({ subject }) => subject.startsWith(`${kind}:`));
      return [`blamed_${kind}`, { value: (most?.windows ?? 0) / total, n: total, of: most?.subject ?? "" }];
    }),
  );
}

async function readSeries(
  ask: AskRows,
  parameters: Readonly<Record<string, string>>,
): Promise<readonly SeriesEnds[]> {
  const sources = FACT_IDS.flatMap((id) => factKind(id).from ?? []);
  const list = (names: readonly string[]): string => [...new Set(names)].join(",");
  const named = sources.filter(({ bucket }) => bucket !== "" && bucket !== "*");
  return await ask<SeriesEnds>(SERIES_SQL, {
    ...parameters,
    metrics: list(sources.map(({ metric }) => metric)),
    all: list(sources.filter(({ bucket }) => bucket === "*").map(({ metric }) => metric)),
    buckets: list(named.map(({ bucket }) => bucket)),
  });
}

function fromSeries(id: FactId, series: readonly SeriesEnds[]): Fact {
  const { from } = factKind(id);
  if (from === undefined) return NOT_MEASURED;
  let most: Fact = NOT_MEASURED;
  for (const ends of series) {
    const value = fits(from, ends) ? fieldOf(from.field, ends) : null;
    if (value !== null && (most.value === null || value > most.value)) {
      most = { value, n: ends.lastN, of: from.bucket === "*" ? ends.bucket : "" };
    }
  }
  return most;
}

function fits(from: MetricFact, ends: SeriesEnds): boolean {
  const segment =
    from.segment === "suite:*" ? ends.segment.startsWith("suite:") : ends.segment === from.segment;
  const bucket = from.bucket === "*" || ends.bucket === from.bucket;
  return ends.metric === from.metric && ends.stage === from.stage && segment && bucket;
}

function fieldOf(field: MetricFact["field"], ends: SeriesEnds): number | null {
  const { windows, lastValue, lastRatio, lastE, firstValue } = ends;
  if (field === "ratio") return lastRatio;
  if (field === "e") return lastE;
  if (field === "value") return lastValue;
  return windows < 2 || lastValue === null || firstValue === null ? null : lastValue - firstValue;
}
