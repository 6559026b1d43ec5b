/** Records between the port and node-rdkafka, which sends an empty key or value as null: it cannot tell them apart. */
import type { Message, MessageHeader } from "node-rdkafka";
import type { LogRecord, OutgoingRecord } from "../../ports.ts";
import { wireText } from "../wire-text.ts";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** The client makes a new text of the topic for each record; maps would hash each of them. */
let lastTopic = "";

export function toLogRecord(message: Message): LogRecord {
  if (message.topic !== lastTopic) lastTopic = message.topic;
  return {
    topic: lastTopic,
    partition: message.partition,
    offset: message.offset,
    appendMs: message.timestamp ?? -1,
    key: (message.key ?? null) as Uint8Array | null,
    value: message.value,
    headers: toHeaders(message.headers),
  };
}

function toHeaders(headers: readonly MessageHeader[] | undefined): Readonly<Record<string, string>> {
  if (headers === undefined || headers.length === 0) return NO_HEADERS;
  // Without a prototype, so that a header named like one of its members is an ordinary header.
  const all: Record<string, string> = Object.create(null);
  for (const header of headers) {
    for (const [name, value] of Object.entries(header)) {
      all[name] = typeof value === "string" ? value : value.toString("utf8");
    }
  }
  return all;
}

/** undefined where there are none: an absent argument spares the client the list. */
export function fromHeaders(record: OutgoingRecord): MessageHeader[] | undefined {
  if (record.headers === undefined) return undefined;
  const headers: MessageHeader[] = [];
  for (const [name, value] of Object.entries(record.headers)) {
    headers.push({ [wireText(name)]: wireText(value) });
  }
  return headers.length === 0 ? undefined : headers;
}

/** Keys go as bytes: given text, the client cuts it at a NUL and the lane lands elsewhere. */
export function keyBytes(key: string | null): Buffer | null {
  return key === null ? null : Buffer.from(key, "utf8");
}

/** The value as the Buffer the client demands, over the same memory. */
export function valueBytes(value: Uint8Array | null): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
