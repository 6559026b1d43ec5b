/** Names of the Kafka headers Plumbline's own records carry. Values are UTF-8 text. */

/** On a record without value: epoch ms in decimals, or `append` for the record's own append time. */
export const TICK_HEADER = "plumbline-tick";
/** On a record without value: an `InputCut` as JSON. */
export const CUT_HEADER = "plumbline-cut";
/** On a forwarded sample: comma-separated quarantine reasons, empty when admitted. */
export const REASONS_HEADER = "plumbline-reasons";
/** On a forwarded sample: highest gate revision the gatekeeper had seen. */
export const GATE_REVISION_HEADER = "plumbline-gate-revision";
/** On a forwarded sample: `<topic>/<partition>/<offset>` of the record it is the copy of. */
export const SOURCE_HEADER = "plumbline-source";
/** On a forwarded sample: `false` where the lane's policy lets everything pass and only records. */
export const ENFORCED_HEADER = "plumbline-enforced";
