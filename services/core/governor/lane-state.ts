/** What the governor remembers of a lane, and its checkpoint. */
import { NO_STREAKS, type Streaks } from "../gate.ts";
import type { GateRecord } from "../records.ts";
import type { Anchor } from "../rule.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

/** Subjects a lane may have gates for, beside its own. */
export const LANE_SUBJECTS_MAX = 64;

export interface LaneState {
  readonly lane: string;
  /** Partition of `windows` the lane's rows come from: whose sign of life its leases need. */
  partition: number;
  streaks: Streaks;
  /** End of the latest window judged, event time. */
  judgedThroughMs: number;
  /** Where judging stood when the lane was last resumed: windows that began before it do not count for probation. */
  resumedThroughMs: number;
  /** By `<window kind>/<stage>/<segment>/<metric>/<bucket>`: the first clean window of the lane. */
  readonly anchors: Map<string, Anchor>;
  /** Latest gate per subject, the lane's own included. */
  readonly gates: Map<string, GateRecord>;
  /** Who froze a subject: may not resume it. */
  readonly authors: Map<string, string>;
}

export function newLaneState(lane: string, partition: number): LaneState {
  return {
    lane,
    partition,
    streaks: NO_STREAKS,
    judgedThroughMs: 0,
    resumedThroughMs: 0,
    anchors: new Map(),
    gates: new Map(),
    authors: new Map(),
  };
}

export function encodeLaneState(state: LaneState): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      lane: state.lane,
      partition: state.partition,
      streaks: state.streaks,
      judgedThroughMs: state.judgedThroughMs,
      resumedThroughMs: state.resumedThroughMs,
      anchors: [...state.anchors],
      gates: [...state.gates.values()],
      authors: [...state.authors],
    }),
  );
}

/** Throws on anything but what `encodeLaneState` wrote: a checkpoint is ours. */
export function decodeLaneState(bytes: Uint8Array): LaneState {
  const json = JSON.parse(decodeUtf8(bytes)) as {
    lane: string;
    partition: number;
    streaks: Streaks;
    judgedThroughMs: number;
    resumedThroughMs: number;
    anchors: [string, Anchor][];
    gates: GateRecord[];
    authors: [string, string][];
  };
  return {
    lane: json.lane,
    partition: json.partition,
    streaks: json.streaks,
    judgedThroughMs: json.judgedThroughMs,
    resumedThroughMs: json.resumedThroughMs,
    anchors: new Map(json.anchors),
    gates: new Map(json.gates.map((gate) => [gate.subject, gate])),
    authors: new Map(json.authors),
  };
}
