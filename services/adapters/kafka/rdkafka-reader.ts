/** Reads partitions of its own choosing over node-rdkafka; no group, read committed, 32 MB fetched ahead unless told less. */
import { randomUUID } from "node:crypto";
import type { KafkaConsumer } from "node-rdkafka";
import type { Logger, LogRecord, Reader, ReaderOptions, TopicOffset } from "../../ports.ts";
import type { KafkaConnection } from "./connection.ts";
import {
  CONSUMER_TOPIC_CONFIG,
  connectClient,
  consumerConfig,
  type RdkafkaModule,
  watchErrors,
} from "./rdkafka-client.ts";
import { closeClient } from "./rdkafka-group-reader.ts";
import { RdkafkaPoller, startableOffsets } from "./rdkafka-poller.ts";
import { ReadPositions } from "./read-positions.ts";

/** A consumer that never joins a group; the client demands a group name all the same. Read committed unless told otherwise. */
export async function openLoneConsumer(
  module: RdkafkaModule,
  connection: KafkaConnection,
  logger: Logger,
  what: string,
  onFatal: (error: Error) => void,
  isolation: "read_committed" | "read_uncommitted" = "read_committed",
  { fetchAheadBytesMax }: ReaderOptions = {},
): Promise<KafkaConsumer> {
  const name = `plumbline-${what}-${randomUUID()}`;
  const consumer = new module.KafkaConsumer(
    {
      ...consumerConfig(module, connection, name),
      "group.id": name,
      "enable.partition.eof": true,
      "isolation.level": isolation,
      ...(fetchAheadBytesMax === undefined
        ? {}
        : { "queued.max.messages.kbytes": Math.ceil(fetchAheadBytesMax / 1_024) }),
    },
    CONSUMER_TOPIC_CONFIG as never,
  );
  watchErrors(consumer, logger, what, onFatal);
  await connectClient(consumer, connection);
  return consumer;
}

export class RdkafkaReader implements Reader {
  readonly #consumer: KafkaConsumer;
  readonly #poller: RdkafkaPoller;
  readonly #logger: Logger;
  readonly #positions = new ReadPositions();
  #failure: Error | null = null;

  private constructor(consumer: KafkaConsumer, logger: Logger) {
    this.#consumer = consumer;
    this.#poller = new RdkafkaPoller(consumer);
    this.#logger = logger;
    // Tells the end of a partition, past markers that no record shows.
    consumer.on("partition.eof", ({ topic, partition, offset }) =>
      this.#positions.advance(topic, partition, offset),
    );
  }

  static async open(
    module: RdkafkaModule,
    connection: KafkaConnection,
    logger: Logger,
    options: ReaderOptions,
  ): Promise<RdkafkaReader> {
    let reader: RdkafkaReader | null = null;
    const onFatal = (error: Error): void => {
      if (reader !== null) reader.#failure ??= error;
    };
    const isolation = "read_committed";
    const consumer = await openLoneConsumer(
      module,
      connection,
      logger,
      "reader",
      onFatal,
      isolation,
      options,
    );
    reader = new RdkafkaReader(consumer, logger);
    return reader;
  }

  /** Replaces what is read. Offset 0 is the start, whatever retention left of it. */
  async assign(offsets: readonly TopicOffset[]): Promise<void> {
    const starts = await startableOffsets(this.#consumer, offsets, this.#logger);
    this.#positions.clear();
    for (const start of starts) this.#positions.set(start);
    this.#consumer.assign(starts);
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly LogRecord[]> {
    if (this.#failure !== null) throw this.#failure;
    const records = await this.#poller.poll(recordsMax, timeoutMs, () => this.#failure !== null);
    for (const { topic, partition, offset } of records) this.#positions.advance(topic, partition, offset + 1);
    return records;
  }

  positions(): readonly TopicOffset[] {
    return this.#positions.list();
  }

  async close(): Promise<void> {
    await closeClient(this.#consumer, this.#logger);
  }
}
