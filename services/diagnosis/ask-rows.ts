/** How history is asked: over whatever connection the caller has. */

/** Rows of one reading statement as objects. Parameters stand in it as `{name:Type}`. Rejects where history does not answer. */
export type AskRows = <T>(sql: string, parameters: Readonly<Record<string, string>>) => Promise<readonly T[]>;

/** Which lane, in which run, and of which time (epoch ms, end exclusive). */
export interface LaneSpan {
  readonly lane: string;
  /** Prefix of the run's topics. */
  readonly prefix: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Origins that the lane's policy counts as real. */
  readonly realOrigins: readonly string[];
}

/** Parameters of statements that are built of the conditions below. */
export function spanParameters({
  lane,
  prefix,
  sinceMs,
  untilMs,
  realOrigins,
}: LaneSpan): Readonly<Record<string, string>> {
  return {
    lane,
    prefix,
    sinceMs: String(sinceMs),
    untilMs: String(untilMs),
    real: realOrigins.join(","),
  };
}

/** Rows of the lane in the run's topic `name`, and, with `time`, of the span by that column. */
export function ofSpan(name: string, time: string | null): string {
  const rows = `lane = {lane:String} AND _topic = concat({prefix:String}, '${name}.v1')`;
  return time === null ? rows : `${rows} AND ${inSpan(time)}`;
}

export function inSpan(time: string): string {
  return `${time} >= fromUnixTimestamp64Milli({sinceMs:Int64}) AND ${time} < fromUnixTimestamp64Milli({untilMs:Int64})`;
}

/** Judged copies of the lane's samples in the span, repeats left out. */
export const SAMPLES_OF_SPAN =
  "lane = {lane:String} AND _topic IN (concat({prefix:String}, 'admitted.v1'), concat({prefix:String}, 'quarantined.v1')) " +
  `AND ${inSpan("event_time")} AND NOT has(reasons, 'duplicate_id')`;

/**
 * Whether a name is in the parameter, a list of names of ours with commas between them: an array's quotes come over the embedded
 * engine's door escaped once more than over a server's.
 */
export function inNames(parameter: string, name: string): string {
  return `has(splitByChar(',', {${parameter}:String}), ${name})`;
}

/** Whether a sample counts as generated. */
export const GENERATED = `NOT ${inNames("real", "toString(origin)")}`;

export function epochMs(column: string): string {
  return `toFloat64(toUnixTimestamp64Milli(${column}))`;
}
