/** The adaptive consume of a node-rdkafka consumer, and where its partitions may start. */
import { setTimeout as delay } from "node:timers/promises";
import type { KafkaConsumer, Message } from "node-rdkafka";
import type { Logger, LogRecord, TopicOffset, TopicPartition, Watermarks } from "../../ports.ts";
import { OffsetBeyondEndError, UnknownTopicError } from "../log-errors.ts";
import { CODE, calling, codeOf } from "./rdkafka-client.ts";
import { toLogRecord } from "./rdkafka-record.ts";

/** How long one wait may keep a thread of the pool, and delay news of the group. */
const WAIT_SLICE_MS = 100;
/**
 * Pause between batches that were not full: lets records gather, since each batch of a gatekeeper is a transaction, and what those
 * cost the broker is the larger part of its work. Half of it is the latency that a record has of it, in the median.
 */
const GATHER_MS = 25;
export const WATERMARKS_WITHIN_MS_MAX = 15_000;

/** The outage is reported as a client error; the poll itself just finds nothing. */
const QUIET_CODES: ReadonlySet<number> = new Set([
  CODE.transport,
  CODE.allBrokersDown,
  CODE.resolve,
  CODE.timedOut,
  // The group takes the partitions back; the revocation follows as an event.
  CODE.maxPollExceeded,
]);

const ABSENT_CODES: ReadonlySet<number> = new Set([
  CODE.unknownTopic,
  CODE.unknownPartition,
  CODE.unknownTopicOrPartition,
]);

/**
 * Reads batches. The client's own timeout is per record, so `consume(1000)` waits for a gap; this one waits for the
 * first record only and then takes what is there.
 */
export class RdkafkaPoller {
  readonly #consumer: KafkaConsumer;
  #lastFull = false;
  #lastEndMs = 0;

  constructor(consumer: KafkaConsumer) {
    this.#consumer = consumer;
  }

  /** `interrupted` is asked between waits of at most 100 ms. @throws on errors that waiting does not heal. */
  async poll(recordsMax: number, timeoutMs: number, interrupted: () => boolean): Promise<LogRecord[]> {
    const messages = await this.#take(recordsMax, timeoutMs, interrupted);
    this.#lastFull = messages.length >= recordsMax;
    this.#lastEndMs = performance.now();
    return messages.map(toLogRecord);
  }

  async #take(recordsMax: number, timeoutMs: number, interrupted: () => boolean): Promise<Message[]> {
    if (this.#lastFull) {
      const messages = await this.#consume(recordsMax, 0);
      if (messages.length > 0) return messages;
    } else {
      const pauseMs = this.#lastEndMs + GATHER_MS - performance.now();
      if (pauseMs > 0) await delay(Math.ceil(pauseMs));
    }
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const remainingMs = Math.max(0, Math.ceil(deadline - performance.now()));
      const first = await this.#consume(1, Math.min(WAIT_SLICE_MS, remainingMs));
      if (first.length > 0) {
        return recordsMax === 1 ? first : [...first, ...(await this.#consume(recordsMax - 1, 0))];
      }
      if (remainingMs === 0 || interrupted()) return first;
    }
  }

  async #consume(recordsMax: number, timeoutMs: number): Promise<Message[]> {
    this.#consumer.setDefaultConsumeTimeout(timeoutMs);
    try {
      return await calling<Message[]>((done) => this.#consumer.consume(recordsMax, done));
    } catch (error) {
      const code = codeOf(error);
      if (code !== null && QUIET_CODES.has(code)) return [];
      throw error;
    }
  }
}

export async function queryWatermarks(
  consumer: KafkaConsumer,
  partitions: readonly TopicPartition[],
): Promise<Watermarks[]> {
  return Promise.all(
    partitions.map(async ({ topic, partition }) => {
      try {
        const { lowOffset, highOffset } = await calling<{ lowOffset: number; highOffset: number }>((done) =>
          consumer.queryWatermarkOffsets(topic, partition, WATERMARKS_WITHIN_MS_MAX, done),
        );
        return { topic, partition, low: lowOffset, high: highOffset };
      } catch (error) {
        const code = codeOf(error);
        if (code !== null && ABSENT_CODES.has(code)) throw new UnknownTopicError(`${topic}/${partition}`);
        throw error;
      }
    }),
  );
}

/**
 * Offsets that exist: what retention removed starts at the low watermark (logged, those records are gone).
 * @throws OffsetBeyondEndError for an offset past the end.
 */
export async function startableOffsets(
  consumer: KafkaConsumer,
  offsets: readonly TopicOffset[],
  logger: Logger,
): Promise<TopicOffset[]> {
  const marks = await queryWatermarks(consumer, offsets);
  return offsets.map((wanted, index) => {
    const { topic, partition, offset } = wanted;
    const { low, high } = marks[index]!;
    if (offset > high) throw new OffsetBeyondEndError(topic, partition, offset, high);
    if (offset >= low) return { topic, partition, offset };
    // Offset 0 means "from the start", whatever is left of it.
    if (offset > 0) {
      logger.warn({ topic, partition, offset, low }, "retention removed records that were not read yet");
    }
    return { topic, partition, offset: low };
  });
}
