import type { Effect } from "./effect.ts";
import type { UnreadableInput } from "./input.ts";

/** Bytes kept of one record; the record around them must fit the topic's limit whatever came. */
export const REJECTED_BYTES_MAX = 524_288;
export const REJECTED_KEY_BYTES_MAX = 65_536;

/** What `rejected` keeps of an unreadable record: its place, the reason, and its bytes up to a bound, so that it can be looked at. */
export function rejectEffect(input: UnreadableInput, partition: number): Effect {
  const cut = input.raw.length > REJECTED_BYTES_MAX;
  return {
    type: "publish",
    topic: "rejected",
    partition,
    key: "",
    record: {
      topic: input.at.topic,
      partition: input.at.partition,
      offset: input.at.offset,
      appendMs: input.at.appendMs,
      code: input.code,
      detail: cut
        ? `${input.detail} (${input.raw.length} bytes, the first ${REJECTED_BYTES_MAX} kept)`
        : input.detail,
      key: input.key === null ? null : input.key.subarray(0, REJECTED_KEY_BYTES_MAX),
      bytes: cut ? input.raw.subarray(0, REJECTED_BYTES_MAX) : input.raw,
    },
  };
}
