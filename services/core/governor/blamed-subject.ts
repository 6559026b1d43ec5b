import { laneSubject } from "../gate.ts";
import type { VerdictRecord } from "../records.ts";
import type { LaneState } from "./lane-state.ts";

/** What a verdict blames, where that is less than the lane. */
export function blamedSubject(lane: LaneState, verdict: VerdictRecord): string | null {
  const subject = verdict.blamed[0];
  return subject === undefined || subject === laneSubject(lane.lane) ? null : subject;
}

/** A breach is answered where the subject it is blamed on is frozen already. */
export function isAnswered(lane: LaneState, verdict: VerdictRecord): boolean {
  const subject = blamedSubject(lane, verdict);
  return subject !== null && lane.gates.get(subject)?.state === "frozen";
}

/** The families in breach, in words. */
export function families(verdict: VerdictRecord): string {
  return verdict.families.join(" and ");
}
