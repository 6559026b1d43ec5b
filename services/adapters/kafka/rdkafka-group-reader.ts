/**
 * A member of a classic consumer group over node-rdkafka: static membership, range assignor, eager rebalance, read
 * committed. Guarantee: between `revoked` and the next `resume` nothing is read, and records come in offset order per
 * partition. Bounds: 32 MB fetched ahead. Throws `FencedError` when another process uses the same instance name.
 */
import type { KafkaConsumer, TopicPartition as RdkafkaPartition, TopicPartitionOffset } from "node-rdkafka";
import {
  FencedError,
  type GroupReader,
  type GroupReaderOptions,
  type Logger,
  type LogRecord,
  type Polled,
  type TopicOffset,
  type TopicPartition,
} from "../../ports.ts";
import type { KafkaConnection } from "./connection.ts";
import { findMemberId, leaveGroup } from "./leave-group.ts";
import {
  asError,
  CODE,
  CONSUMER_TOPIC_CONFIG,
  calling,
  codeOf,
  connectClient,
  consumerConfig,
  type RdkafkaModule,
  watchErrors,
} from "./rdkafka-client.ts";
import { RdkafkaPoller, startableOffsets } from "./rdkafka-poller.ts";
import { ReadPositions } from "./read-positions.ts";

const COMMITTED_WITHIN_MS_MAX = 30_000;
/** librdkafka may hang while leaving; the session ends by itself and a static member is welcomed back at once. */
const CLOSE_WITHIN_MS_MAX = 10_000;

type Rebalance = Extract<Polled, { kind: "assigned" | "revoked" }>;

export class RdkafkaGroupReader implements GroupReader {
  /** For the transactional writer, which proves the membership when it commits offsets. */
  readonly consumer: KafkaConsumer;
  readonly #connection: KafkaConnection;
  readonly #group: string;
  readonly #instance: string;
  /** The broker's name for this member since it last joined; null where it could not be asked. */
  #memberId: Promise<string | null> = Promise.resolve(null);
  readonly #logger: Logger;
  readonly #poller: RdkafkaPoller;
  readonly #rebalances: Rebalance[] = [];
  /** Next offset of each partition that is being read, by `topic/partition`. */
  readonly #positions = new ReadPositions();
  #paused: readonly TopicPartition[] = [];
  #failure: Error | null = null;
  #closing = false;

  private constructor(
    module: RdkafkaModule,
    connection: KafkaConnection,
    options: GroupReaderOptions,
    logger: Logger,
  ) {
    this.#connection = connection;
    this.#group = options.group;
    this.#instance = options.instance;
    this.#logger = logger;
    this.consumer = new module.KafkaConsumer(
      {
        ...consumerConfig(module, connection, `${options.group}-${options.instance}`),
        "group.id": options.group,
        "group.instance.id": options.instance,
        "partition.assignment.strategy": "range",
        // Shorter sessions expire in a broker outage of a few seconds and the rejoin waits for the old member.
        "session.timeout.ms": 45_000,
        // A member hears of a rebalance with its next heartbeat; what a leaver held stands still until then.
        "heartbeat.interval.ms": 500,
        "max.poll.interval.ms": 300_000,
        // Tells the end of a partition, past markers that no record shows.
        "enable.partition.eof": true,
        rebalance_cb: ((error: { code: number } | undefined, partitions: RdkafkaPartition[]) =>
          this.#onRebalance(error, partitions)) as never,
      },
      CONSUMER_TOPIC_CONFIG as never,
    );
    this.#poller = new RdkafkaPoller(this.consumer);
    this.consumer.on("partition.eof", ({ topic, partition, offset }) => {
      this.#positions.advance(topic, partition, offset);
    });
    watchErrors(this.consumer, logger, `group reader ${options.group}/${options.instance}`, (error) => {
      this.#failure ??= asFenced(error);
    });
  }

  /** Joins the group; the first `poll`s bring the assignment. The topics must exist. */
  static async open(
    module: RdkafkaModule,
    connection: KafkaConnection,
    options: GroupReaderOptions,
    logger: Logger,
  ): Promise<RdkafkaGroupReader> {
    const reader = new RdkafkaGroupReader(module, connection, options, logger);
    await connectClient(reader.consumer, connection);
    reader.consumer.subscribe([...options.topics]);
    return reader;
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<Polled> {
    const waiting = this.#takeRebalance();
    if (waiting !== null) return waiting;
    let records: LogRecord[];
    try {
      records = await this.#poller.poll(
        recordsMax,
        timeoutMs,
        () => this.#rebalances.length > 0 || this.#failure !== null,
      );
    } catch (error) {
      if (codeOf(error) === CODE.fatal) this.#failure ??= asFenced(asError(error));
      throw this.#failure ?? asError(error);
    }
    // Records win over news that came meanwhile: partitions stay ours until the revocation is taken and unassigned.
    if (records.length === 0) {
      const news = this.#takeRebalance();
      if (news !== null) return news;
    }
    for (const { topic, partition, offset } of records) this.#positions.advance(topic, partition, offset + 1);
    return { kind: "records", records };
  }

  /** Partitions not named here keep their place; assigned ones that were never named are not read. */
  async resume(offsets: readonly TopicOffset[]): Promise<void> {
    this.#throwIfFailed();
    for (const start of await startableOffsets(this.consumer, offsets, this.#logger)) {
      this.#positions.set(start);
    }
    this.#unpause();
    this.consumer.assign(this.#positions.list());
  }

  /**
   * The client drops what it had fetched of a paused partition and fetches it again from the last record it gave. Called between
   * polls, so none is on its way.
   */
  pause(partitions: readonly TopicPartition[]): void {
    this.#throwIfFailed();
    const foreign = partitions.find((at) => !this.#positions.has(at));
    if (foreign !== undefined) throw new Error(`${foreign.topic}/${foreign.partition} is not being read`);
    const named = (list: readonly TopicPartition[], at: TopicPartition): boolean =>
      list.some(({ topic, partition }) => topic === at.topic && partition === at.partition);
    const over = this.#paused.filter((at) => !named(partitions, at));
    const begun = partitions.filter((at) => !named(this.#paused, at));
    if (over.length > 0) this.consumer.resume([...over]);
    if (begun.length > 0) this.consumer.pause([...begun]);
    this.#paused = [...partitions];
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    this.#throwIfFailed();
    const wanted = partitions.map(({ topic, partition }) => ({ topic, partition }));
    const found = await calling<TopicPartitionOffset[]>((done) =>
      this.consumer.committed(wanted, COMMITTED_WITHIN_MS_MAX, done as never),
    );
    return found
      .filter(({ offset }) => typeof offset === "number" && offset >= 0)
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  }

  positions(): readonly TopicOffset[] {
    return this.#positions.list();
  }

  /** Leaves the group, so that others take over at once. A member that dies keeps its place for 45 s: it may come back. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.consumer.isConnected()) {
      // One whose session had ended would else join again with what follows, and nobody would be there to take its place.
      this.consumer.unsubscribe();
      // A revocation that nobody takes any more would hold up the client's own closing.
      this.consumer.unassign();
    }
    await closeClient(this.consumer, this.#logger);
    const known = await this.#memberId;
    if (this.#failure !== null) return;
    try {
      // One that ends between joining and its assignment has a place, too.
      const memberId = known ?? (await findMemberId(this.#connection, this.#group, this.#instance));
      if (memberId !== null) await leaveGroup(this.#connection, this.#group, memberId);
    } catch (error) {
      this.#logger.warn({ error, group: this.#group }, "could not leave the group; its session will end");
    }
  }

  /** Runs between two polls; it only notes what happened. The coroutine that polls acts on it. */
  #onRebalance(error: { code: number } | undefined, partitions: RdkafkaPartition[]): void {
    const code = error === undefined ? null : codeOf(error);
    if (this.#closing) {
      try {
        this.consumer.unassign();
      } catch {
        // Already disconnected, which is an answer, too; thrown on, it would end the process.
      }
      return;
    }
    const numbers = [...new Set(partitions.map(({ partition }) => partition))].sort((a, b) => a - b);
    if (code === CODE.assignPartitions) {
      this.#rebalances.push({ kind: "assigned", partitions: numbers });
      this.#memberId = findMemberId(this.#connection, this.#group, this.#instance).catch(() => null);
    } else if (code === CODE.revokePartitions) {
      this.#rebalances.push({ kind: "revoked", partitions: numbers });
      // It joins again next, maybe under another name.
      this.#memberId = Promise.resolve(null);
    } else this.#failure ??= asError(error);
  }

  /** A pause would outlive the assignment it belongs to. */
  #unpause(): void {
    if (this.#paused.length > 0) this.consumer.resume([...this.#paused]);
    this.#paused = [];
  }

  #takeRebalance(): Rebalance | null {
    this.#throwIfFailed();
    const event = this.#rebalances.shift();
    if (event === undefined) return null;
    this.#unpause();
    this.#positions.clear();
    // Either answer completes the rebalance, which would otherwise hold up the whole group until `resume` comes.
    if (event.kind === "revoked") this.consumer.unassign();
    else this.consumer.assign([]);
    return event;
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** The one fatal error a classic consumer knows is that another member took its instance name. */
function asFenced(error: Error): FencedError {
  if (error instanceof FencedError) return error;
  return new FencedError(`group reader: another instance took over (${error.message})`, { cause: error });
}

/** Disconnects, but does not wait for ever. */
export async function closeClient(consumer: KafkaConsumer, logger: Logger): Promise<void> {
  if (!consumer.isConnected()) return;
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    new Promise<void>((resolve) => consumer.disconnect(() => resolve())),
    new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        logger.warn({ afterMs: CLOSE_WITHIN_MS_MAX }, "kafka consumer did not close in time");
        resolve();
      }, CLOSE_WITHIN_MS_MAX);
    }),
  ]);
  clearTimeout(timer);
}
