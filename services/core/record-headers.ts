/** Names of the Kafka headers Plumbline's own records carry. Values are UTF-8 text. */

/** On a record without value: epoch ms in decimals, or `append` for the record's own append time. */
export const TICK_HEADER = "plumbline-tick";
/** On a record without value: an `InputCut` as JSON. */
export const CUT_HEADER = "plumbline-cut";
/** On a forwarded sample: comma-separated quarantine reasons, empty when admitted. */
export const REASONS_HEADER = "plumbline-reasons";
