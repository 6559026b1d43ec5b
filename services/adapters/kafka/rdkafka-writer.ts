/**
 * Idempotent writer over node-rdkafka, for producers outside transactions. Guarantee: after `write` resolved, every record is
 * acknowledged by all in-sync replicas, in order per partition. After it threw, some may have been written. Bounds: 100,000
 * records or 64 MB queued; a record undelivered for 2 min fails the write.
 */
import type { Producer } from "node-rdkafka";
import type { Logger, OutgoingRecord, Writer } from "../../ports.ts";
import type { KafkaConnection } from "./connection.ts";
import {
  asError,
  connectClient,
  PRODUCER_TOPIC_CONFIG,
  producerConfig,
  type RdkafkaModule,
  watchErrors,
} from "./rdkafka-client.ts";
import { disconnectProducer, KnownTopics, produceAll } from "./rdkafka-producer.ts";

const DELIVERY_MS_MAX = 120_000;
/** One flush; reports are counted afterwards, because a flush ends before all of them were handed over. */
const FLUSH_MS_MAX = 1_000;
const CLOSE_WITHIN_MS_MAX = 5_000;

class Batch {
  pending: number;
  error: Error | null = null;
  readonly done: Promise<void>;
  #resolve: () => void = () => {};

  constructor(records: number) {
    this.pending = records;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  settle(records: number): void {
    this.pending -= records;
    if (this.pending === 0) this.#resolve();
  }
}

export class RdkafkaWriter implements Writer {
  readonly #producer: Producer;
  readonly #topics: KnownTopics;
  readonly #failure: { error: Error | null };
  #flushing: Promise<void> | null = null;

  private constructor(producer: Producer, topics: KnownTopics, failure: { error: Error | null }) {
    this.#producer = producer;
    this.#topics = topics;
    this.#failure = failure;
  }

  static async open(
    module: RdkafkaModule,
    connection: KafkaConnection,
    logger: Logger,
  ): Promise<RdkafkaWriter> {
    const producer = new module.Producer(
      { ...producerConfig(connection, "plumbline-writer"), dr_cb: true } as never,
      { ...PRODUCER_TOPIC_CONFIG, "message.timeout.ms": DELIVERY_MS_MAX } as never,
    );
    const failure: { error: Error | null } = { error: null };
    watchErrors(producer, logger, "writer", (error) => {
      failure.error ??= error;
    });
    producer.on("delivery-report", (error, report) => {
      const batch = report.opaque as Batch;
      if (error) batch.error ??= asError(error);
      batch.settle(1);
    });
    const metadata = await connectClient(producer, connection);
    return new RdkafkaWriter(producer, new KnownTopics(producer, metadata), failure);
  }

  async write(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#failure.error !== null) throw this.#failure.error;
    if (records.length === 0) return;
    await this.#topics.check(records);
    const batch = new Batch(records.length);
    await produceAll(this.#producer, records, batch);
    while (batch.pending > 0) {
      // Flushing sends without lingering and serves the reports; it may end by its timeout during an outage.
      await Promise.race([batch.done, this.#flush()]);
      if (batch.pending > 0) await Promise.race([batch.done, nextTurn()]);
    }
    if (batch.error !== null) throw batch.error;
  }

  async close(): Promise<void> {
    await disconnectProducer(this.#producer, CLOSE_WITHIN_MS_MAX);
  }

  /** One for all writes under way: each holds a thread of the pool, and in an outage all of them for as long as it lasts. */
  #flush(): Promise<void> {
    this.#flushing ??= new Promise((resolve) => {
      this.#producer.flush(FLUSH_MS_MAX, () => {
        this.#flushing = null;
        resolve();
      });
    });
    return this.#flushing;
  }
}

/** Reports are handed over between turns of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
