/** What the governor remembers of a lane, and its checkpoint. */
import { NO_STREAKS, type Streaks } from "../gate.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import { GATE_STATES, type GateRecord } from "../records.ts";
import type { Anchor } from "../rule.ts";
import { requireFormat } from "../state-format.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

/** Subjects a lane may have gates for, beside its own. */
export const LANE_SUBJECTS_MAX = 64;

/** Alerts of one lane whose webhooks are known to be answered: more than can fire at once, with room for those that ended. */
export const LANE_ANSWERED_MAX = 256;

export const governorShape = new JsonShape(
  (message) => new Error(`the governor's checkpoint cannot be read: ${message}`),
);

/** Of everything the governor checkpoints. */
const GOVERNOR_FORMAT = 1;

/** A checkpoint's body. */
export function encodeGovernorJson(fields: Fields): Uint8Array {
  return encodeUtf8(JSON.stringify({ format: GOVERNOR_FORMAT, ...fields }));
}

/** Fields of a checkpoint's body. Throws `StateFormatError` for another format; what has no number is of format 1. */
export function readGovernorJson(bytes: Uint8Array, name: string): Fields {
  const json = governorShape.object(governorShape.parse(decodeUtf8(bytes), name), name);
  requireFormat("the governor's checkpoint", json.format ?? 1, GOVERNOR_FORMAT);
  return json;
}

/** A partition of `windows` with a time or an offset. */
export function readMark(entry: unknown, name: string): readonly [number, number] {
  const [partition, mark] = governorShape.tuple(entry, name, 2);
  return [governorShape.count(partition, name), governorShape.amount(mark, name)];
}

/** A `<topic>/<partition>` with the next offset to read. */
export function readPlace(entry: unknown, name: string): readonly [string, number] {
  const [at, offset] = governorShape.tuple(entry, name, 2);
  return [governorShape.string(at, name), governorShape.amount(offset, name)];
}

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
  /** Ids of webhooks' commands that were answered, the one heard of longest ago first; at most `LANE_ANSWERED_MAX`. */
  readonly answered: Set<string>;
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
    answered: new Set(),
  };
}

/** Whether the lane may have a gate for this subject. */
export function hasRoom({ gates }: LaneState, subject: string): boolean {
  return gates.has(subject) || gates.size < LANE_SUBJECTS_MAX;
}

export function encodeLaneState(state: LaneState): Uint8Array {
  return encodeGovernorJson({
    lane: state.lane,
    partition: state.partition,
    streaks: state.streaks,
    judgedThroughMs: state.judgedThroughMs,
    resumedThroughMs: state.resumedThroughMs,
    anchors: [...state.anchors],
    gates: [...state.gates.values()],
    authors: [...state.authors],
    // Absent where there are none, as in checkpoints from before there were any.
    ...(state.answered.size === 0 ? {} : { answered: [...state.answered] }),
  });
}

/** Throws, naming the field, on anything but what `encodeLaneState` wrote: a checkpoint is ours. */
export function decodeLaneState(bytes: Uint8Array): LaneState {
  const json = readGovernorJson(bytes, "lane state");
  const gates = governorShape.array(json.gates, "gates", gateOf);
  return {
    lane: governorShape.string(json.lane, "lane"),
    partition: governorShape.count(json.partition, "partition"),
    streaks: streaksOf(json.streaks),
    judgedThroughMs: governorShape.finite(json.judgedThroughMs, "judgedThroughMs"),
    resumedThroughMs: governorShape.finite(json.resumedThroughMs, "resumedThroughMs"),
    anchors: new Map(governorShape.array(json.anchors, "anchors", anchorOf)),
    gates: new Map(gates.map((gate) => [gate.subject, gate])),
    authors: new Map(
      governorShape.array(json.authors, "authors", (entry, name) => {
        const [subject, author] = governorShape.tuple(entry, name, 2);
        return [governorShape.string(subject, name), governorShape.string(author, name)] as const;
      }),
    ),
    answered: new Set(
      governorShape.array(json.answered ?? [], "answered", (id, name) => governorShape.string(id, name)),
    ),
  };
}

function streaksOf(value: unknown): Streaks {
  const { oneFamily, twoFamilies, clean, probationStep } = governorShape.object(value, "streaks");
  return {
    oneFamily: governorShape.count(oneFamily, "oneFamily"),
    twoFamilies: governorShape.count(twoFamilies, "twoFamilies"),
    clean: governorShape.count(clean, "clean"),
    probationStep: governorShape.count(probationStep, "probationStep"),
  };
}

function anchorOf(entry: unknown, name: string): readonly [string, Anchor] {
  const [key, value] = governorShape.tuple(entry, name, 2);
  const anchor = governorShape.object(value, name);
  return [
    governorShape.string(key, name),
    {
      value: governorShape.finite(anchor.value, `${name} value`),
      n: governorShape.finite(anchor.n, `${name} n`),
      nullSd: governorShape.finiteOrNull(anchor.nullSd, `${name} nullSd`),
    },
  ];
}

function gateOf(value: unknown, name: string): GateRecord {
  const gate = governorShape.object(value, name);
  const text = (field: string): string => governorShape.string(gate[field], `${name} ${field}`);
  const count = (field: string): number => governorShape.count(gate[field], `${name} ${field}`);
  return {
    subject: text("subject"),
    lane: text("lane"),
    state: governorShape.oneOf(gate.state, `${name} state`, GATE_STATES),
    share: governorShape.share(gate.share, `${name} share`),
    sinceMs: governorShape.amount(gate.sinceMs, `${name} sinceMs`),
    validUntilMs: governorShape.amount(gate.validUntilMs, `${name} validUntilMs`),
    revision: count("revision"),
    rule: text("rule"),
    cause: text("cause"),
    decisionId: text("decisionId"),
    cleanWindows: count("cleanWindows"),
  };
}
