import type { Refusal } from "../adapters/avro/codec.ts";
import {
  keptHeaders,
  leftOutWords,
  REJECTED_BYTES_MAX,
  REJECTED_KEY_BYTES_MAX,
} from "../core/reject-effect.ts";
import type { LogRecord, Row } from "../ports.ts";

/** What is kept of a record that cannot be read, as the topic `rejected` has it; without where the row comes from. It has a value. */
export function rejectedRow(record: LogRecord, refusal: Refusal): Row {
  const value = Buffer.from(record.value!);
  const { kept, left } = keptHeaders(record.headers);
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    append_time: record.appendMs,
    code: refusal.code,
    detail: refusal.detail + leftOutWords(value.length, left),
    key_base64:
      record.key === null
        ? null
        : Buffer.from(record.key.subarray(0, REJECTED_KEY_BYTES_MAX)).toString("base64"),
    bytes_base64: value.toString("base64", 0, REJECTED_BYTES_MAX),
    headers: kept,
  };
}
