import type { Refusal } from "../adapters/avro/codec.ts";
import type { TopicName } from "../core/topics.ts";
import { topicName } from "../core/topics.ts";
import type {
  Clock,
  Gauges,
  Log,
  Logger,
  LogRecord,
  Row,
  Store,
  TopicOffset,
  TopicPartition,
} from "../ports.ts";
import { StoreError } from "../ports.ts";
import { OpenBlocks } from "./open-blocks.ts";
import { rejectedRow } from "./rejected-row.ts";
import { byTopic, RecreatedTopicError, recordedTo, type TopicIdentity } from "./resume.ts";
import { dayNumber, type RowOrigin } from "./row-origin.ts";
import { RECORDED_TOPICS, tablesOf } from "./rows-by-topic.ts";
import type { TableBlock, Tables } from "./table-block.ts";
import { createTopicReader, type RecordCodec, type TopicReader } from "./topic-reader.ts";

export interface RecorderOptions {
  readonly store: Store;
  readonly log: Pick<Log, "clusterId" | "topicId" | "watermarks">;
  readonly codec: RecordCodec;
  /** The store's tables, see `readTables`. */
  readonly tables: Tables;
  /** Prefix of the broker's topic names. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  /** Random, new for each process: makes its deduplication tokens its own. */
  readonly nonce: string;
  readonly limits?: Partial<RecorderLimits>;
}

export interface RecorderLimits {
  /** An insert is cut before it grows beyond these; one record is never cut. */
  readonly insertBytesMax: number;
  readonly insertRowsMax: number;
  /**
   * From the start of a batch or an assignment: until then the store is asked, and again while it is away; after that `record`
   * and `resumeOffsets` throw, and their process ends. Well below the 5 min after which the group gives the partitions of a
   * member that does not poll to another: two that write the same records would double them.
   */
  readonly retryMsMax: number;
  readonly retryPauseMsMax: number;
  /** Progress without rows (ticks) is written this often at most. */
  readonly progressPauseMs: number;
}

const DEFAULT_LIMITS: RecorderLimits = {
  insertBytesMax: 8 * 1024 * 1024,
  insertRowsMax: 100_000,
  retryMsMax: 210_000,
  retryPauseMsMax: 10_000,
  progressPauseMs: 5_000,
};
const RETRY_PAUSE_MS = 100;

export interface RecorderCounters {
  records: number;
  rows: number;
  inserts: number;
  retries: number;
  /** Records that are no rows; those that no other service reads are kept in `rejected`. */
  unreadable: number;
  /** Records that came again, by table where only one of a topic's tables had them; left out. */
  repeated: number;
}

export interface Recorder {
  /** Full names of the topics to subscribe to. */
  readonly topics: readonly string[];
  readonly counters: Readonly<RecorderCounters>;
  /**
   * Where to start reading. Called after every assignment; forgets what was known of other partitions.
   * Throws `RecreatedTopicError` where a topic is not the one its rows came from, and the error of a store that stays away.
   */
  resumeOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]>;
  /**
   * Stores a batch; resolves when every row and the progress row are in. Records come in offset order within a
   * partition. An empty batch writes progress that is due. After a throw, nothing more is taken before `resumeOffsets`.
   */
  record(batch: readonly LogRecord[]): Promise<void>;
  /** These partition numbers are another recorder's from here on: nothing more is said of how far they are stored. */
  release(partitions: readonly number[]): void;
  /** Writes whatever progress is not yet written. */
  flush(): Promise<void>;
}

interface PartitionState {
  readonly topic: TopicName;
  readonly fullTopic: string;
  readonly partition: number;
  readonly epoch: number;
  /** Next offset to take. */
  next: number;
  readonly nextByTable: ReadonlyMap<string, number>;
  appendMaxMs: number;
  progressWritten: number;
}

/**
 * Writes what the topics say into the store, once (law 3).
 *
 * 1. Rows go in by table and day, each insert one block of one table partition. A crash here leaves whole inserts, of some
 *    tables more than of others: a table resumes after its own largest offset, so nothing is repeated and nothing skipped.
 * 2. Then one progress row for each topic-partition. A crash before it costs a search for the largest offset.
 * 3. Only then does the caller read on. Kafka's committed offset plays no part.
 *
 * Bound  one batch in memory; while the store is away `record` does not resolve and the caller does not poll.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { store, log, prefix, clock, logger, gauges } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const topicByFullName = new Map<string, TopicName>(
    RECORDED_TOPICS.map((topic) => [topicName(prefix, topic), topic]),
  );
  const counters: RecorderCounters = {
    records: 0,
    rows: 0,
    inserts: 0,
    retries: 0,
    unreadable: 0,
    repeated: 0,
  };
  const readers = new Map<TopicName, TopicReader>(
    RECORDED_TOPICS.map((topic) => [topic, createTopicReader(topic, options.codec, options.tables)]),
  );
  const blocks = new OpenBlocks(options.tables, limits);
  const progressBlock = blocks.blockOf("progress");
  /** A rebalance may come in an outage of the store: it is waited for as for an insert. */
  const asked: Pick<Store, "query"> = {
    query: (sql, parameters) => patiently("progress", () => store.query(sql, parameters)),
  };
  let identities = new Map<string, TopicIdentity>();
  let states = new Map<string, PartitionState>();
  let broken = true;
  let tokens = 0;
  let batchFromMs = 0;
  let progressAtMs = Number.NEGATIVE_INFINITY;

  /** A store that takes every insert, but slowly, must not hold a batch for longer than one that is away. */
  function refuseLate(table: string): void {
    const waitedMs = clock.nowMs() - batchFromMs;
    if (waitedMs < limits.retryMsMax) return;
    throw new StoreError(
      `insert into ${table} was not begun: the store took ${waitedMs} ms over the batch so far, of at most ` +
        `${limits.retryMsMax}. What is stored stays, and a new start goes on after it; see why the store is slow`,
      null,
      false,
    );
  }

  async function insert(block: TableBlock): Promise<void> {
    const { table } = block;
    refuseLate(table);
    const encoded = block.encode();
    tokens += 1;
    const token = `${options.nonce}-${tokens}`;
    await patiently(table, () => store.insert(table, encoded, token));
    counters.inserts += 1;
    gauges.count("plumbline_recorder_inserts_total", { table }, 1);
  }

  /** One operation, again while the store is away, until `retryMsMax` after the beginning of the batch. */
  async function patiently<T>(table: string, operation: () => Promise<T>): Promise<T> {
    let pauseMs = RETRY_PAUSE_MS;
    while (true) {
      try {
        const result = await operation();
        if (pauseMs > RETRY_PAUSE_MS) gauges.set("plumbline_recorder_waiting", { table }, 0);
        return result;
      } catch (error) {
        const waitedMs = clock.nowMs() - batchFromMs;
        if (!(error instanceof StoreError) || !error.transient || waitedMs >= limits.retryMsMax) throw error;
        counters.retries += 1;
        gauges.count("plumbline_recorder_retries_total", { table }, 1);
        gauges.set("plumbline_recorder_waiting", { table }, 1);
        logger.warn(
          { table, code: error.code, reason: error.message, waitedMs, pauseMs },
          "the store is away; trying again",
        );
        await clock.sleep(pauseMs);
        pauseMs = Math.min(pauseMs * 2, limits.retryPauseMsMax);
      }
    }
  }

  /**
   * Tables beside each other, since each resumes after its own rows, and a slow store is waited for once; within a table one
   * after the other. When it throws, nothing is under way any more.
   */
  async function insertAll(filled: readonly TableBlock[]): Promise<void> {
    const byTable = new Map<string, TableBlock[]>();
    for (const block of filled) {
      const own = byTable.get(block.table);
      if (own === undefined) byTable.set(block.table, [block]);
      else own.push(block);
    }
    const tables = await Promise.allSettled(
      [...byTable.values()].map(async (own) => {
        for (const block of own) {
          await insert(block);
          counters.rows += block.rows;
          gauges.count("plumbline_recorder_rows_total", { table: block.table }, block.rows);
        }
      }),
    );
    for (const table of tables) if (table.status === "rejected") throw table.reason;
  }

  async function insertProgress(rows: readonly Row[]): Promise<void> {
    progressBlock.clear();
    for (const row of rows) progressBlock.appendRow(row);
    await insert(progressBlock);
  }

  async function writeProgress(): Promise<void> {
    const cluster = (state: PartitionState): TopicIdentity => identities.get(state.fullTopic)!;
    const due = [...states.values()].filter((state) => state.next > state.progressWritten);
    progressAtMs = clock.nowMs();
    if (due.length === 0) return;
    await insertProgress(
      due.map((state) => ({
        topic: state.fullTopic,
        partition: state.partition,
        epoch: state.epoch,
        next_offset: state.next,
        cluster: cluster(state).cluster,
        topic_id: cluster(state).topicId,
        append_max: state.appendMaxMs,
      })),
    );
    for (const state of due) state.progressWritten = state.next;
  }

  function repeat(topic: TopicName): void {
    counters.repeated += 1;
    gauges.count("plumbline_recorder_repeated_total", { topic }, 1);
  }

  /** Adds the rows of one record to the open blocks of its tables. */
  function take(record: LogRecord, state: PartitionState): void {
    state.appendMaxMs = Math.max(state.appendMaxMs, record.appendMs);
    const { value } = record;
    if (value === null) return;
    const reader = readers.get(state.topic)!;
    const origin = {
      _cluster: identities.get(state.fullTopic)!.cluster,
      _topic: state.fullTopic,
      _epoch: state.epoch,
      _partition: state.partition,
      _offset: record.offset,
      _append_time: record.appendMs,
      _day: dayNumber(state.appendMaxMs),
    };
    const refusal = reader.read(record);
    if (refusal !== null) {
      unreadable(record, state, refusal, origin);
      return;
    }
    for (const table of reader.tables) {
      const rows = reader.rowsIn(table);
      if (rows === 0) continue;
      if (record.offset < (state.nextByTable.get(table) ?? 0)) {
        repeat(state.topic);
        continue;
      }
      reader.append(blocks.open(table, origin._day, rows, value.byteLength), origin);
    }
  }

  /** Counts it; keeps it where nobody else does. */
  function unreadable(record: LogRecord, state: PartitionState, refusal: Refusal, origin: RowOrigin): void {
    counters.unreadable += 1;
    gauges.count("plumbline_recorder_unreadable_total", { topic: state.topic }, 1);
    const next = state.nextByTable.get("rejected");
    if (next === undefined) return;
    if (record.offset < next) {
      repeat(state.topic);
      return;
    }
    const block = blocks.open("rejected", origin._day, 1, 2 * record.value!.byteLength);
    block.appendRow({ ...rejectedRow(record, refusal), ...origin });
  }

  async function storeBatch(batch: readonly LogRecord[]): Promise<void> {
    blocks.clear();
    let state: PartitionState | undefined;
    for (const record of batch) {
      // Records of one partition come one after the other.
      if (state === undefined || state.partition !== record.partition || state.fullTopic !== record.topic) {
        state = states.get(`${record.topic}/${record.partition}`);
      }
      if (state === undefined) {
        throw new Error(`record of ${record.topic}/${record.partition}, which is not assigned`);
      }
      if (record.offset < state.next) {
        repeat(state.topic);
        continue;
      }
      take(record, state);
      state.next = record.offset + 1;
      counters.records += 1;
    }
    const filled = blocks.inOrder();
    await insertAll(filled);
    if (filled.length > 0 || clock.nowMs() - progressAtMs >= limits.progressPauseMs) await writeProgress();
  }

  async function whole<T>(work: () => Promise<T>): Promise<T> {
    if (broken) throw new Error("the recorder needs resumeOffsets before it goes on");
    broken = true;
    batchFromMs = clock.nowMs();
    const result = await work();
    broken = false;
    return result;
  }

  return {
    topics: [...topicByFullName.keys()],
    counters,
    async resumeOffsets(partitions): Promise<readonly TopicOffset[]> {
      broken = true;
      batchFromMs = clock.nowMs();
      const cluster = await log.clusterId();
      const highs = new Map<string, { low: number; high: number }>();
      for (const mark of await log.watermarks(partitions)) highs.set(`${mark.topic}/${mark.partition}`, mark);
      const newIdentities = new Map<string, TopicIdentity>();
      const newStates = new Map<string, PartitionState>();
      const offsets: TopicOffset[] = [];
      for (const [fullTopic, numbers] of byTopic(partitions)) {
        const topic = topicByFullName.get(fullTopic);
        if (topic === undefined) throw new Error(`topic ${fullTopic} is not one the recorder stores`);
        const identity = { cluster, topicId: await log.topicId(fullTopic) };
        newIdentities.set(fullTopic, identity);
        const recorded = await recordedTo(asked, fullTopic, numbers, tablesOf(topic), identity);
        for (const [partition, to] of recorded) {
          const next = Math.min(...to.nextByTable.values());
          const mark = highs.get(`${fullTopic}/${partition}`);
          if (mark !== undefined && Math.max(...to.nextByTable.values()) > mark.high) {
            throw new RecreatedTopicError(
              fullTopic,
              `partition ${partition} ends at ${mark.high}, but offset ${Math.max(...to.nextByTable.values()) - 1} of it is stored`,
            );
          }
          if (mark !== undefined && next < mark.low) {
            logger.warn(
              { topic: fullTopic, partition, from: next, to: mark.low },
              "records were deleted by the topic's retention before they were stored",
            );
          }
          const from = Math.max(next, mark?.low ?? 0);
          newStates.set(`${fullTopic}/${partition}`, {
            topic,
            fullTopic,
            partition,
            epoch: to.epoch,
            next: from,
            nextByTable: to.nextByTable,
            appendMaxMs: to.appendMaxMs,
            progressWritten: to.progressNext,
          });
          offsets.push({ topic: fullTopic, partition, offset: from });
        }
      }
      identities = newIdentities;
      states = newStates;
      // The identity of each topic is on record before its first row, so that a topic made anew is always noticed.
      const unknown = [...states.values()].filter((state) => state.progressWritten === 0);
      if (unknown.length > 0) {
        await insertProgress(
          unknown.map((state) => ({
            topic: state.fullTopic,
            partition: state.partition,
            epoch: state.epoch,
            next_offset: 0,
            cluster,
            topic_id: newIdentities.get(state.fullTopic)!.topicId,
            append_max: 0,
          })),
        );
      }
      broken = false;
      return offsets;
    },
    record: (batch) => whole(() => storeBatch(batch)),
    release(partitions): void {
      for (const [name, { partition }] of states) if (partitions.includes(partition)) states.delete(name);
    },
    flush: () => whole(writeProgress),
  };
}
