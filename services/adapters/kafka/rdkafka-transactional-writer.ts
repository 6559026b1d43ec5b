/**
 * Kafka transactions over node-rdkafka. Guarantee: after `transact` resolved, records and group offsets are committed
 * together; after it threw, none of them is. `FencedError`: the process must exit. Any other error: the transaction was
 * aborted and this writer refuses further work, so that no later success can step over the failed one.
 */
import type { Producer } from "node-rdkafka";
import type { GroupReader, Logger, OutgoingRecord, TopicOffset, TransactionalWriter } from "../../ports.ts";
import { FencedError } from "../../ports.ts";
import type { KafkaConnection } from "./connection.ts";
import {
  asError,
  calling,
  connectClient,
  fencedOr,
  isRetriable,
  PRODUCER_TOPIC_CONFIG,
  producerConfig,
  type RdkafkaModule,
  watchErrors,
} from "./rdkafka-client.ts";
import { RdkafkaGroupReader } from "./rdkafka-group-reader.ts";
import { disconnectProducer, KnownTopics, produceAll } from "./rdkafka-producer.ts";

/** The coordinator aborts a transaction left open for longer; a commit is repeated within it. */
const TRANSACTION_MS_MAX = 60_000;
/** One call; a fresh broker creates its transaction log first. */
const CALL_MS_MAX = 20_000;
const CLOSE_WITHIN_MS_MAX = 5_000;
/**
 * Bytes of one batch: it is one message to the broker and must stay under the smallest topic limit, 1 MiB. Nothing is gained by
 * smaller ones, as a commit flushes anyway, and four times as many requests take twice the CPU a record.
 */
const BATCH_BYTES_MAX = 1_000_000;

export class RdkafkaTransactionalWriter implements TransactionalWriter {
  readonly #producer: Producer;
  readonly #what: string;
  #topics: KnownTopics | null = null;
  #failure: Error | null = null;
  /** First record that could not be delivered, as the client words it: a commit only says that one failed. */
  #undelivered: string | null = null;

  private constructor(module: RdkafkaModule, connection: KafkaConnection, id: string, logger: Logger) {
    this.#what = `transactional writer ${id}`;
    this.#producer = new module.Producer(
      {
        ...producerConfig(connection, id),
        "batch.size": BATCH_BYTES_MAX,
        "transactional.id": id,
        "transaction.timeout.ms": TRANSACTION_MS_MAX,
        "delivery.report.only.error": true,
        dr_cb: true,
      } as never,
      PRODUCER_TOPIC_CONFIG as never,
    );
    this.#producer.on("delivery-report", (error, report) => {
      if (error) this.#undelivered ??= `${report.topic}/${report.partition}: ${error.message}`;
    });
    watchErrors(this.#producer, logger, this.#what, (error) => {
      this.#failure ??= error;
    });
  }

  /** Fences every earlier writer of the same id and finishes what it left open. */
  static async open(
    module: RdkafkaModule,
    connection: KafkaConnection,
    transactionalId: string,
    logger: Logger,
  ): Promise<RdkafkaTransactionalWriter> {
    const writer = new RdkafkaTransactionalWriter(module, connection, transactionalId, logger);
    const metadata = await connectClient(writer.#producer, connection);
    writer.#topics = new KnownTopics(writer.#producer, metadata);
    try {
      await writer.#repeat((done) => writer.#producer.initTransactions(CALL_MS_MAX, done));
    } catch (error) {
      await writer.close();
      throw fencedOr(error, writer.#what);
    }
    return writer;
  }

  async transact(
    records: readonly OutgoingRecord[],
    offsets: readonly TopicOffset[],
    group: GroupReader | null,
  ): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (records.length === 0 && offsets.length === 0) return;
    if (offsets.length > 0 && !(group instanceof RdkafkaGroupReader)) {
      throw new Error(`${this.#what}: offsets need the group reader they were read with`);
    }
    let begun = false;
    try {
      await this.#topics?.check(records);
      await calling((done) => this.#producer.beginTransaction(done as never));
      begun = true;
      await produceAll(this.#producer, records, undefined);
      if (offsets.length > 0) {
        const { consumer } = group as RdkafkaGroupReader;
        await this.#repeat((done) =>
          this.#producer.sendOffsetsToTransaction([...offsets], consumer, CALL_MS_MAX, done),
        );
      }
      await this.#repeat((done) => this.#producer.commitTransaction(CALL_MS_MAX, done));
    } catch (error) {
      this.#failure = await this.#giveUp(error, begun);
      throw this.#failure;
    }
  }

  async close(): Promise<void> {
    await disconnectProducer(this.#producer, CLOSE_WITHIN_MS_MAX);
  }

  async #giveUp(error: unknown, begun: boolean): Promise<Error> {
    const fenced = fencedOr(error, this.#what);
    if (fenced instanceof FencedError) return fenced;
    const failure = asError(error);
    if (this.#undelivered !== null) failure.message += ` (${this.#undelivered})`;
    if (!begun) return failure;
    try {
      await this.#repeat((done) => this.#producer.abortTransaction(CALL_MS_MAX, done));
    } catch (abortError) {
      // The coordinator aborts it when it times out, or when the next writer of this id opens.
      const late = fencedOr(abortError, this.#what);
      if (late instanceof FencedError) return late;
    }
    return failure;
  }

  /** Calls again while the client says that the same call may succeed, e.g. while the broker restarts. */
  async #repeat(
    call: (done: (error: Parameters<Parameters<Producer["commitTransaction"]>[1]>[0]) => void) => void,
  ): Promise<void> {
    const deadline = performance.now() + TRANSACTION_MS_MAX;
    for (;;) {
      try {
        await calling<undefined>((done) => call((error) => done(error, undefined)));
        return;
      } catch (error) {
        if (!isRetriable(error) || performance.now() > deadline) throw error;
      }
    }
  }
}
