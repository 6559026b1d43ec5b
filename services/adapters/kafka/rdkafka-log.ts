/**
 * The `Log` port over node-rdkafka (librdkafka), with identity from kafkajs. One per process and on its main thread: the addon
 * loads once. Each reader that waits keeps one thread of libuv's pool, so `UV_THREADPOOL_SIZE` must be set before Node starts
 * (readers + ClickHouse connections + 4); the launcher does.
 */
import type { KafkaConsumer, Metadata } from "node-rdkafka";
import type {
  GroupReader,
  GroupReaderOptions,
  Log,
  Logger,
  Reader,
  ReaderOptions,
  TopicOffset,
  TopicPartition,
  TransactionalWriter,
  Watermarks,
  Writer,
} from "../../ports.ts";
import { UnknownTopicError } from "../log-errors.ts";
import type { KafkaConnection } from "./connection.ts";
import { OpenOnce } from "./open-once.ts";
import { CONNECT_WITHIN_MS_MAX, calling, loadRdkafka, type RdkafkaModule } from "./rdkafka-client.ts";
import { closeClient, RdkafkaGroupReader } from "./rdkafka-group-reader.ts";
import { queryWatermarks } from "./rdkafka-poller.ts";
import { openLoneConsumer, RdkafkaReader } from "./rdkafka-reader.ts";
import { RdkafkaTransactionalWriter } from "./rdkafka-transactional-writer.ts";
import { RdkafkaWriter } from "./rdkafka-writer.ts";
import { fetchIdentity } from "./topic-id.ts";

/**
 * Connects to the cluster. @throws RdkafkaMissingError when the client is not usable; Error naming the brokers when none
 * answers within 15 s.
 */
export async function openRdkafkaLog(connection: KafkaConnection, logger: Logger): Promise<Log> {
  const module = await loadRdkafka();
  const meta = await openLoneConsumer(module, connection, logger, "metadata", (error) => {
    logger.error({ error: error.message }, "kafka metadata client failed");
  });
  return new RdkafkaLog(module, connection, logger, meta);
}

class RdkafkaLog implements Log {
  readonly #module: RdkafkaModule;
  readonly #connection: KafkaConnection;
  readonly #logger: Logger;
  readonly #meta: KafkaConsumer;
  /** Asks for the ends of partitions. */
  readonly #uncommitted: OpenOnce<KafkaConsumer>;
  readonly #open = new Set<{ close(): Promise<void> }>();

  constructor(module: RdkafkaModule, connection: KafkaConnection, logger: Logger, meta: KafkaConsumer) {
    this.#module = module;
    this.#connection = connection;
    this.#logger = logger;
    this.#meta = meta;
    this.#uncommitted = new OpenOnce(() =>
      openLoneConsumer(
        module,
        connection,
        logger,
        "ends",
        (error) => logger.error({ error: error.message }, "kafka client for ends failed"),
        "read_uncommitted",
      ),
    );
  }

  async groupReader(options: GroupReaderOptions): Promise<GroupReader> {
    for (const topic of options.topics) await this.partitionCount(topic);
    return this.#keep(await RdkafkaGroupReader.open(this.#module, this.#connection, options, this.#logger));
  }

  async reader(options: ReaderOptions = {}): Promise<Reader> {
    return this.#keep(await RdkafkaReader.open(this.#module, this.#connection, this.#logger, options));
  }

  async transactionalWriter(transactionalId: string): Promise<TransactionalWriter> {
    return this.#keep(
      await RdkafkaTransactionalWriter.open(this.#module, this.#connection, transactionalId, this.#logger),
    );
  }

  async writer(): Promise<Writer> {
    return this.#keep(await RdkafkaWriter.open(this.#module, this.#connection, this.#logger));
  }

  watermarks(partitions: readonly TopicPartition[]): Promise<readonly Watermarks[]> {
    return queryWatermarks(this.#meta, partitions);
  }

  async ends(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    const marks = await queryWatermarks(await this.#uncommitted.get(), partitions);
    return marks.map(({ topic, partition, high }) => ({ topic, partition, offset: high }));
  }

  async partitionCount(topic: string): Promise<number> {
    const metadata = await calling<Metadata>((done) =>
      this.#meta.getMetadata({ topic, timeout: CONNECT_WITHIN_MS_MAX }, done),
    );
    const count = metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    if (count === 0) throw new UnknownTopicError(topic);
    return count;
  }

  async clusterId(): Promise<string> {
    return (await fetchIdentity(this.#connection, null)).clusterId;
  }

  async topicId(topic: string): Promise<string> {
    return (await fetchIdentity(this.#connection, topic)).topicId;
  }

  /** Closes everything opened through it; what was closed already is left alone. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((client) => client.close()));
    await closeClient(this.#meta, this.#logger);
    const uncommitted = await this.#uncommitted.opened();
    if (uncommitted !== null) await closeClient(uncommitted, this.#logger);
  }

  #keep<T extends { close(): Promise<void> }>(client: T): T {
    this.#open.add(client);
    return client;
  }
}
