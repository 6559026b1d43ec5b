/** What both writers share: handing records to the client, in order, within its bounds. */
import { setTimeout as delay } from "node:timers/promises";
import type { Metadata, Producer } from "node-rdkafka";
import type { OutgoingRecord } from "../../ports.ts";
import { RecordTooLargeError, UnknownTopicError } from "../log-errors.ts";
import { CODE, CONNECT_WITHIN_MS_MAX, calling, codeOf } from "./rdkafka-client.ts";
import { fromHeaders, keyBytes, valueBytes } from "./rdkafka-record.ts";

/** How long a full queue may stay full before the write fails. */
const QUEUE_FULL_MS_MAX = 60_000;
/** Keys whose bytes are kept at hand; forgotten when full. */
const KEYS_KEPT_MAX = 4_096;
const KEPT_KEY_CHARS_MAX = 512;

/** Topics seen to exist. librdkafka reports an unknown one only after minutes, so we look before the first write. */
export class KnownTopics {
  readonly #producer: Producer;
  #names: ReadonlySet<string>;

  constructor(producer: Producer, metadata: Metadata) {
    this.#producer = producer;
    this.#names = namesOf(metadata);
  }

  /** @throws UnknownTopicError for the first topic the cluster does not have. */
  async check(records: readonly OutgoingRecord[]): Promise<void> {
    let checked: string | null = null;
    for (const { topic } of records) {
      if (topic === checked) continue;
      checked = topic;
      if (this.#names.has(topic)) continue;
      const metadata = await calling<Metadata>((done) =>
        this.#producer.getMetadata({ allTopics: true, timeout: CONNECT_WITHIN_MS_MAX }, done),
      );
      this.#names = namesOf(metadata);
      if (!this.#names.has(topic)) throw new UnknownTopicError(topic);
    }
  }
}

function namesOf(metadata: Metadata): ReadonlySet<string> {
  return new Set(metadata.topics.map(({ name }) => name));
}

/** Bytes of keys: a batch has few lanes, and the client copies what it is given. */
class KeyBytes {
  readonly #kept = new Map<string, Buffer | null>();

  of(key: string | null): Buffer | null {
    if (key === null || key.length > KEPT_KEY_CHARS_MAX) return keyBytes(key);
    let bytes = this.#kept.get(key);
    if (bytes === undefined) {
      if (this.#kept.size === KEYS_KEPT_MAX) this.#kept.clear();
      bytes = keyBytes(key);
      this.#kept.set(key, bytes);
    }
    return bytes;
  }
}

const keys = new KeyBytes();

/**
 * Queues the records in order. A full queue is waited out.
 * @throws RecordTooLargeError, or what the client says; records before the failing one are queued already.
 */
export async function produceAll(
  producer: Producer,
  records: readonly OutgoingRecord[],
  opaque: unknown,
): Promise<void> {
  for (const record of records) {
    const { topic } = record;
    const value = valueBytes(record.value);
    const key = keys.of(record.key);
    const headers = fromHeaders(record);
    let fullSince: number | null = null;
    for (;;) {
      try {
        producer.produce(topic, record.partition, value, key, null, opaque, headers);
        break;
      } catch (error) {
        const code = codeOf(error);
        if (code === CODE.messageTooLarge) throw new RecordTooLargeError(topic, value?.length ?? 0);
        if (code === CODE.unknownTopic || code === CODE.unknownTopicOrPartition) {
          throw new UnknownTopicError(topic);
        }
        fullSince ??= performance.now();
        if (code !== CODE.queueFull || performance.now() - fullSince > QUEUE_FULL_MS_MAX) throw error;
        producer.poll();
        await delay(1);
      }
    }
  }
}

/** Flushes and closes. What is still queued after the time is given up. */
export function disconnectProducer(producer: Producer, withinMs: number): Promise<void> {
  if (!producer.isConnected()) return Promise.resolve();
  return new Promise((resolve) => producer.disconnect(withinMs, () => resolve()));
}
