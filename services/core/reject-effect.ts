import type { Effect } from "./effect.ts";
import type { UnreadableInput } from "./input.ts";

/** What `rejected` keeps of an unreadable record: everything, so that it can be read once the reason is gone. */
export function rejectEffect(input: UnreadableInput, partition: number): Effect {
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
      detail: input.detail,
      key: input.key,
      bytes: input.raw,
    },
  };
}
