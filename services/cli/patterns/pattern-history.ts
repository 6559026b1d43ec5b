/** What the history has of a lane's error patterns and facts, and of what replies that have them led to. */
import type { ErrorPattern, OutcomeCost } from "../../core/pattern/pattern-registry.ts";
import type { Stratum } from "../../core/statistics/stratified-difference.ts";
import { sqlRows } from "../sql-client.ts";
import { needlesOf, sqlTexts, TOKEN_EXPRESSION } from "./phrase-needles.ts";

/** Generations read, the latest. */
export const GENERATIONS_MAX = 200;
/** Interactions with outcomes whose words are searched, the latest. */
export const INTERACTIONS_MAX = 1_000_000;
const BUCKETS_MAX = 2_000;
/** Characters of phrases in one statement. */
const PHRASES_CHARS_MAX = 20_000;

export interface PatternQuestion {
  readonly address: string;
  /** Prefix of the run's topics. */
  readonly run: string;
  readonly lane: string;
  /** Segments of outcomes that the lane's models have no part in. */
  readonly controls: readonly string[];
  /** Windows that end at this time or later, and interactions since, epoch ms. */
  readonly sinceMs: number;
}

/** One value of one generation. */
export interface GenerationValue {
  readonly generation: number;
  readonly stage: string;
  readonly metric: string;
  /** Name of the pattern; "": any. */
  readonly bucket: string;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly z: number | null;
  readonly status: string;
}

/** Latest evidence of a rise; bucket `<stage>/<pattern>`. */
export interface RiseValue {
  readonly bucket: string;
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
  readonly e: number;
}

/** Texts of a stage that cite a fact, and those out of its scope. */
export interface FactCounts {
  readonly stage: string;
  readonly fact: string;
  readonly cited: number;
  readonly out: number;
}

const WITHIN = `
lane = {lane:String} AND end_time >= fromUnixTimestamp64Milli({sinceMs:Int64})`;

const GENERATIONS_SQL = `
SELECT toFloat64(generation) AS generation, stage, metric, bucket, toFloat64(n) AS n, value, lo, hi, z, status
FROM windows
WHERE ${WITHIN} AND _topic = concat({run:String}, 'windows.v1') AND window = 'generation'
  AND ((metric = 'error_pattern_share' AND segment = 'generated') OR (metric IN ('error_pattern_accepted', 'error_pattern_survival') AND segment = 'all'))
  AND generation IN
  (
      SELECT DISTINCT generation FROM windows
      WHERE ${WITHIN} AND _topic = concat({run:String}, 'windows.v1') AND window = 'generation' AND metric = 'error_pattern_share'
      ORDER BY generation DESC LIMIT ${GENERATIONS_MAX}
  )
ORDER BY generation, stage, metric, bucket`;

const RISES_SQL = `
SELECT bucket, assumeNotNull(value) AS value, assumeNotNull(lo) AS lo, assumeNotNull(hi) AS hi, assumeNotNull(e) AS e
FROM windows
WHERE ${WITHIN} AND _topic = concat({run:String}, 'series.v1') AND window = 'decision' AND segment = 'patterns'
  AND metric = 'error_pattern_rise' AND bucket != '' AND status = 'ok' AND isNotNull(windows.e)
ORDER BY end_time DESC, _offset DESC
LIMIT 1 BY bucket`;

const FACTS_SQL = `
SELECT stage, bucket AS fact, toFloat64(sum(n)) AS cited, toFloat64(sum(round(assumeNotNull(value) * n))) AS out
FROM windows
WHERE ${WITHIN} AND _topic = concat({run:String}, 'windows.v1') AND window = 'decision' AND segment = 'generated'
  AND metric = 'fact_out_of_scope_share' AND bucket != '' AND isNotNull(windows.value)
GROUP BY stage, fact
ORDER BY fact, stage`;

function ask<T>(
  { address, run, lane, sinceMs }: PatternQuestion,
  sql: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  return sqlRows<T>(address, sql, { run, lane, sinceMs: String(sinceMs), ...more });
}

export function readGenerations(question: PatternQuestion): Promise<readonly GenerationValue[]> {
  return ask(question, GENERATIONS_SQL);
}

export function readRises(question: PatternQuestion): Promise<readonly RiseValue[]> {
  return ask(question, RISES_SQL);
}

export function readFacts(question: PatternQuestion): Promise<readonly FactCounts[]> {
  return ask(question, FACTS_SQL);
}

/** By trait of replies, a pattern's name or `REFUSED`: for each cost its strata, one a bucket. */
export type TraitStrata = ReadonlyMap<string, readonly (readonly Stratum[])[]>;

/** Replies flagged as refused. No pattern can be called so. */
export const REFUSED = "(refused)";

interface TraitRow {
  /** Place of the trait, from 1. */
  readonly trait: number;
  readonly has: number;
  readonly bucket: string;
  readonly interactions: number;
  /** In the order of the costs. */
  readonly costly: readonly number[];
}

/** By trait, for each cost in its order, costly outcomes with and without the trait by bucket. Replies whose words are gone are left out. */
export async function readTraits(
  question: PatternQuestion,
  patterns: readonly ErrorPattern[],
  costs: readonly OutcomeCost[],
): Promise<TraitStrata> {
  const strata = new Map<string, readonly (readonly Stratum[])[]>();
  if (costs.length === 0) return strata;
  const controls = JSON.stringify(question.controls);
  for (const some of batches(patterns)) {
    const rows = await ask<TraitRow>(question, traitsSql(some, costs), { controls, n1: TOKEN_EXPRESSION });
    [REFUSED, ...some.map(({ name }) => name)].forEach((trait, i) => {
      const own = rows.filter((row) => row.trait === i + 1);
      strata.set(
        trait,
        costs.map((_cost, at) => strataOf(own, at)),
      );
    });
  }
  return strata;
}

/** At least one batch: replies may be refused where no pattern is declared. */
function batches(patterns: readonly ErrorPattern[]): ErrorPattern[][] {
  const made: ErrorPattern[][] = [[]];
  let chars = 0;
  for (const pattern of patterns) {
    const own = pattern.phrases.reduce((sum, phrase) => sum + phrase.length, 0);
    if (chars + own > PHRASES_CHARS_MAX && made.at(-1)!.length > 0) {
      made.push([]);
      chars = 0;
    }
    made.at(-1)!.push(pattern);
    chars += own;
  }
  return made;
}

function traitsSql(patterns: readonly ErrorPattern[], costs: readonly OutcomeCost[]): string {
  const traits = patterns.map(({ phrases }) => {
    const { spelled, plain } = needlesOf(phrases);
    return (
      `arrayExists(x -> position(words.spelled, x) > 0, ${sqlTexts(spelled)}) OR ` +
      `arrayExists(x -> position(words.normal, x) > 0, ${sqlTexts(plain)})`
    );
  });
  const costly = costs.map(({ cause, complaintType }) =>
    cause !== "complaint"
      ? cause
      : complaintType === ""
        ? "notEmpty(complaint_types)"
        : `hasAny(complaint_types, ${sqlTexts([complaintType])})`,
  );
  return `
WITH told AS
(
    SELECT interaction_id, bucket, refused, unresolved, escalated, complaint_types FROM interaction_outcomes
    WHERE run = {run:String} AND lane = {lane:String} AND interaction_time >= fromUnixTimestamp64Milli({sinceMs:Int64})
      AND NOT has(JSONExtract({controls:String}, 'Array(String)'), segment)
    ORDER BY interaction_time DESC, interaction_id LIMIT ${INTERACTIONS_MAX}
)
SELECT toFloat64(trait) AS trait, toFloat64(has) AS has, bucket, toFloat64(count()) AS interactions,
       arrayMap(x -> toFloat64(x), sumForEach(costly)) AS costly
FROM
(
    SELECT told.bucket AS bucket,
           [${costly.map((sql) => `toUInt64(${sql})`).join(", ")}] AS costly,
           [${["ifNull(refused, false)", ...traits].map((sql) => `toUInt8(${sql})`).join(",\n            ")}] AS traits
    FROM told
    INNER ANY JOIN
    (
        SELECT id, lowerUTF8(normalizeUTF8NFKC(output)) AS normal,
               concat(' ', arrayStringConcat(extractAll(normal, {n1:String}), ' '), ' ') AS spelled
        FROM texts
        WHERE lane = {lane:String} AND kind = 'interaction' AND id IN (SELECT interaction_id FROM told)
        ORDER BY _topic = concat({run:String}, 'interactions.v1') DESC, _offset DESC
        LIMIT 1 BY id
    ) AS words ON words.id = told.interaction_id
)
ARRAY JOIN arrayEnumerate(traits) AS trait, traits AS has
GROUP BY trait, has, bucket
ORDER BY trait, bucket, has
LIMIT ${BUCKETS_MAX * 2} BY trait`;
}

function strataOf(rows: readonly TraitRow[], cost: number): Stratum[] {
  const none = { successes: 0, trials: 0 };
  const byBucket = new Map<string, Stratum>();
  for (const { bucket, has, interactions, costly } of rows) {
    const counts = { successes: costly[cost]!, trials: interactions };
    const { exposed, others } = byBucket.get(bucket) ?? { exposed: none, others: none };
    byBucket.set(bucket, has === 1 ? { exposed: counts, others } : { exposed, others: counts });
  }
  return [...byBucket.values()];
}
