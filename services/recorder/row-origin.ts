/** Where a row comes from: the columns every recorded table ends with. */
export interface RowOrigin {
  readonly _cluster: string;
  /** Full name of the topic. */
  readonly _topic: string;
  readonly _epoch: number;
  readonly _partition: number;
  readonly _offset: number;
  /** Epoch ms. */
  readonly _append_time: number;
  /** Days since 1970 of the running maximum of append time: what tables are partitioned by. */
  readonly _day: number;
}

export const ORIGIN_COLUMNS = [
  "_cluster",
  "_topic",
  "_epoch",
  "_partition",
  "_offset",
  "_append_time",
  "_day",
] as const satisfies readonly (keyof RowOrigin)[];

const DAY_MS = 86_400_000;

/** UTC day of an epoch time, as ClickHouse's Date counts it. */
export function dayNumber(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
