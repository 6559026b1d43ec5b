/** What the history has of a lane's judges, as counts. */
import { sqlRows } from "../sql-client.ts";

/** Judges (id@version), buckets, and days of one judge that are read; the busiest, the latest. */
export const JUDGES_MAX = 200;
export const BUCKETS_MAX = 2_000;
export const DAYS_MAX = 20_000;
const RATINGS_MAX = 20_000;

/** What one judge decided. `own` are candidates that the judge itself had generated, `others` those of other teachers. */
export interface JudgeCounts {
  readonly judge: string;
  readonly judged: number;
  readonly accepted: number;
  readonly own: number;
  readonly ownAccepted: number;
  readonly others: number;
  readonly othersAccepted: number;
}

export interface BucketCounts {
  readonly bucket: string;
  readonly judged: number;
  readonly accepted: number;
}

/** Verdicts of one judge on one day (UTC). */
export interface JudgeDay {
  readonly day: string;
  readonly judge: string;
  readonly judged: number;
}

/** Samples on which the judge said this and so many people that. */
export interface RatedSamples {
  readonly judge: string;
  readonly judgeAccepts: boolean;
  readonly passes: number;
  readonly fails: number;
  readonly samples: number;
}

export interface JudgeHistory {
  readonly judges: readonly JudgeCounts[];
  readonly buckets: readonly BucketCounts[];
  readonly days: readonly JudgeDay[];
  readonly rated: readonly RatedSamples[];
  /** Verdicts in words that are not known. */
  readonly unreadable: number;
}

export interface JudgeQuestion {
  readonly lane: string;
  /** Samples of this event time and later, epoch ms. */
  readonly sinceMs: number;
  /** Prefix of the run's topics. */
  readonly prefix: string;
}

const OF_LANE =
  "lane = {lane:String} AND run = {run:String} AND event_time >= fromUnixTimestamp64Milli({sinceMs:Int64})";
const VERDICTS = `FROM judge_verdicts WHERE ${OF_LANE} AND isNotNull(accepts)`;

const JUDGES_SQL = `
SELECT judge, toFloat64(count()) AS judged, toFloat64(countIf(accepts)) AS accepted,
       toFloat64(countIf(teacher_id = judge_id)) AS own,
       toFloat64(countIf(accepts AND teacher_id = judge_id)) AS ownAccepted,
       toFloat64(countIf(teacher_id NOT IN ('', judge_id))) AS others,
       toFloat64(countIf(accepts AND teacher_id NOT IN ('', judge_id))) AS othersAccepted
${VERDICTS} AND judge != ''
GROUP BY judge ORDER BY judged DESC, judge LIMIT ${JUDGES_MAX}`;

const BUCKETS_SQL = `
SELECT bucket, toFloat64(count()) AS judged, toFloat64(countIf(accepts)) AS accepted
${VERDICTS} AND bucket != ''
GROUP BY bucket ORDER BY judged DESC, bucket LIMIT ${BUCKETS_MAX}`;

const DAYS_SQL = `
SELECT toString(toDate(event_time)) AS day, judge, toFloat64(count()) AS judged
${VERDICTS} AND judge != ''
GROUP BY day, judge ORDER BY day DESC, judge LIMIT ${DAYS_MAX}`;

const UNREADABLE_SQL = `
SELECT toFloat64(count()) AS unreadable FROM judge_verdicts WHERE ${OF_LANE} AND isNull(accepts)`;

const RATED_SQL = `
SELECT judge, assumeNotNull(judge_accepts) AS judgeAccepts, toFloat64(passes) AS passes, toFloat64(fails) AS fails,
       toFloat64(count()) AS samples
FROM judge_reviews WHERE ${OF_LANE} AND isNotNull(judge_accepts) AND judge != '' AND passes + fails > 0
GROUP BY judge, judgeAccepts, passes, fails ORDER BY judge, judgeAccepts, passes, fails LIMIT ${RATINGS_MAX}`;

/** Throws `CliError` where history does not answer. */
export async function readJudges(
  address: string,
  { lane, sinceMs, prefix }: JudgeQuestion,
): Promise<JudgeHistory> {
  const ask = <T>(sql: string) => sqlRows<T>(address, sql, { lane, run: prefix, sinceMs: String(sinceMs) });
  const [told] = await ask<{ readonly unreadable: number }>(UNREADABLE_SQL);
  return {
    judges: await ask<JudgeCounts>(JUDGES_SQL),
    buckets: await ask<BucketCounts>(BUCKETS_SQL),
    days: await ask<JudgeDay>(DAYS_SQL),
    rated: await ask<RatedSamples>(RATED_SQL),
    unreadable: told?.unreadable ?? 0,
  };
}
