/** Names of the Kafka headers Plumbline's own records carry, and the form of their values, which are UTF-8 text. */

/** On a record without value: epoch ms in decimals, or `append` for the record's own append time. */
export const TICK_HEADER = "plumbline-tick";
/** On a record without value: an `InputCut` as JSON. */
export const CUT_HEADER = "plumbline-cut";
/** On a forwarded sample: a `ForwardNote`. One header, because the Kafka client takes microseconds for each. */
export const FORWARD_HEADER = "plumbline";

/** What the gatekeeper says of a sample that it passes on. */
export interface ForwardNote {
  /** Offset of the record this is the copy of, in `samples`, in the partition of the same number. */
  readonly sourceOffset: number;
  /** Highest revision among the gates the gatekeeper had seen. */
  readonly gateRevision: number;
  /** False where the lane's policy lets everything pass and only records. */
  readonly enforced: boolean;
  /** Why it was, or with `enforced` false would have been, held back; in the order of the checks, empty when clean. */
  readonly reasons: readonly string[];
}

const NO_REASONS: readonly string[] = Object.freeze([]);
const NOTE = /^(\d{1,16}) (\d{1,16}) ([01]) ([a-z_]*(?:,[a-z_]+)*)$/;

/** `<sourceOffset> <gateRevision> <enforced 0|1> <reasons, comma-separated>`: `4711 7 1 lane_frozen,duplicate_id`. */
export function encodeForwardNote(note: ForwardNote): string {
  return `${note.sourceOffset} ${note.gateRevision} ${note.enforced ? 1 : 0} ${note.reasons.join(",")}`;
}

/** The note of a forwarded sample; null where the header is missing or not of that form: not the gatekeeper's record. */
export function decodeForwardNote(header: string | undefined): ForwardNote | null {
  const found = header === undefined ? null : NOTE.exec(header);
  if (found === null) return null;
  const reasons = found[4]!;
  return {
    sourceOffset: Number(found[1]),
    gateRevision: Number(found[2]),
    enforced: found[3] === "1",
    reasons: reasons === "" ? NO_REASONS : reasons.split(","),
  };
}
