/** The checks of one candidate, each a code, in the order people read them. */
import { laneSubject } from "../gate.ts";
import type { QuarantineReason } from "../input.ts";
import type { LanePolicy } from "../policy.ts";
import type { GateRecord } from "../records.ts";
import type { SampleView } from "../sample.ts";

/** Output longer than this is held back: nothing downstream measures or stores it well. */
export const OUTPUT_BYTES_MAX = 524_288;

/** A gate as one sample sees it: its state, or what the policy makes of an expired lease. */
export interface SeenGate {
  readonly gate: GateRecord;
  readonly stale: boolean;
}

/** Reasons that the record itself gives; order of the checks. */
export function recordReasons(sample: SampleView, generated: boolean): QuarantineReason[] {
  const reasons: QuarantineReason[] = [];
  const bytes = sample.output.end - sample.output.start;
  if (bytes === 0) reasons.push("text_empty");
  if (bytes > OUTPUT_BYTES_MAX) reasons.push("text_too_long");
  if (sample.missingProvenance.length > 0) reasons.push("provenance_missing");
  if (generated && sample.judgeScore !== null && !Number.isFinite(sample.judgeScore)) {
    reasons.push("judge_score_not_finite");
  }
  return reasons;
}

/** Gates of this sample: its lane's and those of its subjects. */
export function subjectKeys(sample: SampleView): readonly string[] {
  const keys = [laneSubject(sample.lane)];
  if (sample.template !== "") keys.push(`template:${sample.template}`);
  if (sample.teacher !== "") keys.push(`teacher:${sample.teacher}`);
  if (sample.judge !== "") keys.push(`judge:${sample.judge}`);
  if (sample.source !== "") keys.push(`source:${sample.source}`);
  return keys;
}

/**
 * Reasons that gates give. Real samples pass a frozen lane's gate: what is held is what models made; a frozen source is
 * held whatever it sends. Throttled and on probation, the share of smallest id hash passes: the same ids in a replay.
 */
export function gateReasons(
  gates: readonly SeenGate[],
  generated: boolean,
  idShare: number,
  policy: LanePolicy,
): QuarantineReason[] {
  const reasons = new Set<QuarantineReason>();
  for (const { gate, stale } of gates) {
    if (!generated && !gate.subject.startsWith("source:")) continue;
    if (stale && policy.staleGate === "open") continue;
    if (stale && policy.staleGate === "freeze") reasons.add("gate_stale");
    if (gate.state === "frozen" || gate.state === "rolled_back") {
      reasons.add(gate.subject.startsWith("lane:") ? "lane_frozen" : "subject_frozen");
    } else if (gate.share < 1 && idShare >= gate.share) {
      reasons.add("share_throttled");
    }
  }
  return [...reasons];
}
