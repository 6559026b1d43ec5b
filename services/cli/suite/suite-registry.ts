/** A lane's suites as history knows them, held against what its policy asks for. */
import { SUITES_EXPECTED, type SuiteExpectation } from "../../core/policy.ts";
import { expectedKinds } from "../../core/series/suite-findings.ts";
import type { TopicNames } from "../../runtime/topics.ts";
import { sqlRows } from "../sql-client.ts";

/** Suite versions read of a lane. */
export const VERSIONS_MAX = 1_000;
const DAY_MS = 86_400_000;

/** One version of a suite; texts are "" and lists empty where results say nothing. */
export interface SuiteVersion {
  readonly suite: string;
  readonly version: string;
  /** When its newest items were made, epoch ms. */
  readonly madeMs: number | null;
  readonly origins: readonly string[];
  readonly judges: readonly string[];
  readonly owners: readonly string[];
  readonly models: number;
  readonly runs: number;
  readonly lastRunMs: number;
  readonly lastModel: string;
  /** Of the latest run; null where it has plain values only. */
  readonly successes: number | null;
  readonly trials: number | null;
}

/** What the governor found at the end of the lane's latest decision window with suites. */
export interface SuiteFinding {
  readonly metric: string;
  readonly bucket: string;
  readonly n: number;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly z: number | null;
  readonly status: string;
  readonly endMs: number;
}

/** Items and the same ones in other words, answered by one model version; counts are of pairs. */
export interface PairedWording {
  readonly suite: string;
  readonly model: string;
  readonly metric: string;
  readonly pairs: number;
  readonly onlyOriginal: number;
  readonly onlyParaphrase: number;
  readonly gap: number;
  readonly z: number | null;
}

/** A judge of suites that judged or made admitted samples, too. */
export interface JudgeKin {
  readonly judge: string;
  readonly suites: readonly string[];
  readonly judged: number;
  readonly taught: number;
}

export interface SuiteRegistry {
  readonly lane: string;
  readonly expected: SuiteExpectation;
  /** Whether the lane's policy says it, or it is what every lane is asked for. */
  readonly declared: boolean;
  /** By suite, the version run last first. */
  readonly versions: readonly SuiteVersion[];
  /** Kinds without a result lately; kinds of which one will do stand together, `shadow|external`. */
  readonly missing: readonly string[];
  /** Every suite run lately whose items' age is known is older than allowed. */
  readonly onlyLegacy: boolean;
  readonly pairs: readonly PairedWording[];
  readonly kin: readonly JudgeKin[];
  readonly findings: readonly SuiteFinding[];
}

const VERSIONS_SQL = `
SELECT suite, suite_version AS version, toFloat64(toUnixTimestamp64Milli(items_made)) AS madeMs, item_origins AS origins,
       judges, owners, toFloat64(models) AS models, toFloat64(runs) AS runs,
       toFloat64(toUnixTimestamp64Milli(last_run)) AS lastRunMs, last_model AS lastModel,
       toFloat64(successes) AS successes, toFloat64(trials) AS trials
FROM suites
WHERE lane = {lane:String} AND _topic = {topic:String}
ORDER BY suite, last_run DESC, suite_version
LIMIT {limit:UInt32}`;

const FINDINGS_SQL = `
SELECT metric, bucket, toFloat64(n) AS n, value, lo, hi, z, status,
       toFloat64(toUnixTimestamp64Milli(end_time)) AS endMs
FROM windows
WHERE lane = {lane:String} AND _topic = {topic:String} AND segment = 'suites'
  AND end_time = (SELECT max(end_time) FROM windows
                  WHERE lane = {lane:String} AND _topic = {topic:String} AND segment = 'suites')
ORDER BY metric, bucket
LIMIT {limit:UInt32}`;

const PAIRS_SQL = `
SELECT suite, model, metric, toFloat64(pairs) AS pairs, toFloat64(only_original) AS onlyOriginal,
       toFloat64(only_paraphrase) AS onlyParaphrase, gap, z
FROM paraphrase_pairs
WHERE lane = {lane:String} AND _topic = {topic:String}
ORDER BY last_run DESC, suite, model, metric
LIMIT {limit:UInt32}`;

const KIN_SQL = `
SELECT judge_id AS judge, suites, toFloat64(judged) AS judged, toFloat64(taught) AS taught
FROM suite_kin
WHERE lane = {lane:String} AND _topic = {topic:String}
ORDER BY judge_id
LIMIT {limit:UInt32}`;

/** Throws `CliError` where history does not answer. */
export async function readSuiteRegistry(
  address: string,
  names: TopicNames,
  lane: string,
  declared: SuiteExpectation | undefined,
  nowMs: number,
): Promise<SuiteRegistry> {
  const ask = <T>(sql: string, topic: string): Promise<readonly T[]> =>
    sqlRows<T>(address, sql, { lane, topic, limit: String(VERSIONS_MAX) });
  const versions = await ask<SuiteVersion>(VERSIONS_SQL, names.full("evaluations"));
  const pairs = await ask<PairedWording>(PAIRS_SQL, names.full("evaluations"));
  const kin = await ask<JudgeKin>(KIN_SQL, names.full("evaluations"));
  const findings = await ask<SuiteFinding>(FINDINGS_SQL, names.full("series"));
  return { lane, ...heldAgainst(versions, declared, nowMs), versions, pairs, kin, findings };
}

function heldAgainst(
  versions: readonly SuiteVersion[],
  declared: SuiteExpectation | undefined,
  nowMs: number,
): Pick<SuiteRegistry, "expected" | "declared" | "missing" | "onlyLegacy"> {
  const expected = declared ?? SUITES_EXPECTED;
  const lately = versions.filter(({ lastRunMs }) => nowMs - lastRunMs <= expected.withinMs);
  const missing = expectedKinds(expected)
    .filter((any) => !lately.some(({ suite }) => any.some((kind) => kind === suite)))
    .map((any) => any.join("|"));
  const dated = lately.filter(({ madeMs }) => madeMs !== null);
  const onlyLegacy =
    dated.length > 0 && dated.every((version) => ageDays(version, nowMs)! * DAY_MS > expected.itemAgeMsMax);
  return { expected, declared: declared !== undefined, missing, onlyLegacy };
}

/** Days since the version's newest items were made; null where nobody says. */
export function ageDays({ madeMs }: Pick<SuiteVersion, "madeMs">, nowMs: number): number | null {
  return madeMs === null ? null : Math.max(0, (nowMs - madeMs) / DAY_MS);
}
