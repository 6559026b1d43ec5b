/** The checks of one candidate, each a code, in the order people read them. */
import type { QuarantineReason } from "../input.ts";
import type { LanePolicy } from "../policy.ts";
import type { GateRecord } from "../records.ts";
import type { SampleView } from "../sample.ts";

/** Output longer than this is held back: nothing downstream measures or stores it well. */
export const OUTPUT_BYTES_MAX = 524_288;

/** Appends the reasons that the record itself gives; order of the checks. */
export function addRecordReasons(sample: SampleView, generated: boolean, reasons: QuarantineReason[]): void {
  const bytes = sample.output.end - sample.output.start;
  if (bytes === 0) reasons.push("text_empty");
  if (bytes > OUTPUT_BYTES_MAX) reasons.push("text_too_long");
  if (sample.missingProvenance.length > 0) reasons.push("provenance_missing");
  if (generated && sample.judgeScore !== null && !Number.isFinite(sample.judgeScore)) {
    reasons.push("judge_score_not_finite");
  }
}

/** An expired lease makes a gate stale; the lane's policy says what it is then. */
export function isStale(gate: GateRecord, appendMs: number): boolean {
  return gate.validUntilMs < appendMs;
}

/**
 * Appends the reason that one gate gives, each reason once. Real samples pass a frozen lane's gate: what is held is what models
 * made; a frozen source is held whatever it sends. Throttled and on probation, the share of smallest id hash passes: the same
 * ids in a replay.
 */
export function addGateReason(
  gate: GateRecord,
  stale: boolean,
  generated: boolean,
  idShare: number,
  policy: LanePolicy,
  reasons: QuarantineReason[],
): void {
  if (!generated && !gate.subject.startsWith("source:")) return;
  if (stale && policy.staleGate === "open") return;
  if (stale && policy.staleGate === "freeze") addOnce(reasons, "gate_stale");
  if (gate.state === "frozen" || gate.state === "rolled_back") {
    addOnce(reasons, gate.subject.startsWith("lane:") ? "lane_frozen" : "subject_frozen");
  } else if (gate.share < 1 && idShare >= gate.share) {
    addOnce(reasons, "share_throttled");
  }
}

function addOnce(reasons: QuarantineReason[], reason: QuarantineReason): void {
  if (!reasons.includes(reason)) reasons.push(reason);
}
