/** The governor's checkpoint as a whole: what a restart starts from. */
import type { StateRecord } from "../records.ts";
import { LaneSeries } from "../series/lane-series.ts";
import {
  decodeLaneState,
  governorShape,
  type LaneState,
  readGovernorJson,
  readMark,
  readPlace,
} from "./lane-state.ts";

/** Name of the checkpoint that holds revision, clock and signs of life; the others are `lane:<lane>` and `series:<lane>`. */
export const GOVERNOR_CLOCK = "clock";
export const LANE_PREFIX = "lane:";
export const SERIES_PREFIX = "series:";

/** What a restart starts from. */
export interface GovernorRestored {
  readonly revision: number;
  readonly clockMs: number;
  /** Append time of the last sign of life by partition of `windows`. */
  readonly signs: readonly (readonly [number, number])[];
  /** Offset behind the last unreadable row by partition of `windows`. */
  readonly rejectedTo: readonly (readonly [number, number])[];
  /** Next offset to read by `<topic>/<partition>`: for where the broker no longer has the group's. */
  readonly read: readonly (readonly [string, number])[];
  readonly lanes: readonly LaneState[];
  readonly series: readonly (readonly [string, LaneSeries])[];
}

/** Puts the governor's state records together again; null where there is none. Throws on what it did not write itself. */
export function restoreGovernor(records: readonly StateRecord[]): GovernorRestored | null {
  const clock = records.find((record) => record.name === GOVERNOR_CLOCK);
  if (clock === undefined) return null;
  const saved = readGovernorJson(clock.body, "clock");
  const lanes = records.filter((record) => record.name.startsWith(LANE_PREFIX));
  return {
    revision: governorShape.count(saved.revision, "revision"),
    clockMs: governorShape.amount(saved.clockMs, "clockMs"),
    signs: governorShape.array(saved.signs, "signs", readMark),
    rejectedTo: governorShape.array(saved.rejectedTo, "rejectedTo", readMark),
    read: governorShape.array(saved.read ?? [], "read", readPlace),
    lanes: lanes.map((record) => decodeLaneState(record.body)),
    series: records
      .filter((record) => record.name.startsWith(SERIES_PREFIX))
      .map((record) => [
        record.name.slice(SERIES_PREFIX.length),
        LaneSeries.fromJson(readGovernorJson(record.body, "series")),
      ]),
  };
}
