import type { Effect } from "./effect.ts";
import type { UnreadableInput } from "./input.ts";

/** Bytes kept of one record; the record around them must fit the topic's limit whatever came. */
export const REJECTED_BYTES_MAX = 524_288;
export const REJECTED_KEY_BYTES_MAX = 65_536;

/** Headers kept of one record, and characters of their names and values together. */
export const REJECTED_HEADERS_MAX = 64;
export const REJECTED_HEADER_CHARS_MAX = 16_384;

/** Who sent a record is often told by its headers: those that fit the bounds, in their order, from the first that does not none. */
export function keptHeaders(headers: Readonly<Record<string, string>>): {
  readonly kept: Readonly<Record<string, string>>;
  /** How many were left out. */
  readonly left: number;
} {
  const names = Object.keys(headers);
  // Names are a stranger's; on an object with a prototype one of them would not become a field.
  const kept: Record<string, string> = Object.create(null);
  let chars = 0;
  for (const [index, name] of names.entries()) {
    const value = headers[name]!;
    chars += name.length + value.length;
    if (index === REJECTED_HEADERS_MAX || chars > REJECTED_HEADER_CHARS_MAX) {
      return { kept, left: names.length - index };
    }
    kept[name] = value;
  }
  return { kept, left: 0 };
}

/** The words of the detail about what was not kept; "" where all was. `bytes` is the value's length. */
export function leftOutWords(bytes: number, headersLeft: number): string {
  const value = bytes > REJECTED_BYTES_MAX ? ` (${bytes} bytes, the first ${REJECTED_BYTES_MAX} kept)` : "";
  return headersLeft === 0 ? value : `${value} (${headersLeft} headers left out)`;
}

/** What `rejected` keeps of an unreadable record: its place, the reason, its bytes and headers up to bounds, so that it can be looked at. */
export function rejectEffect(input: UnreadableInput, partition: number): Effect {
  const { kept, left } = keptHeaders(input.headers);
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
      detail: input.detail + leftOutWords(input.raw.length, left),
      key: input.key === null ? null : input.key.subarray(0, REJECTED_KEY_BYTES_MAX),
      bytes: input.raw.subarray(0, REJECTED_BYTES_MAX),
      headers: kept,
    },
  };
}
