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
import { day, type Fields } from "./columns.ts";
import { byTopic, RecreatedTopicError, recordedTo, type TopicIdentity } from "./resume.ts";
import { RECORDED_TOPICS, recordedTopic } from "./rows-by-topic.ts";

/** Decodes a value of one topic by its schema, fields under the schema's names; never throws for bytes. */
export type DecodeRecord = (
  topic: TopicName,
  value: Uint8Array,
) =>
  | { readonly ok: true; readonly record: object }
  | { readonly ok: false; readonly code: string; readonly detail: string };

export interface RecorderOptions {
  readonly store: Store;
  readonly log: Pick<Log, "clusterId" | "topicId" | "watermarks">;
  readonly decode: DecodeRecord;
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
  /** An insert is cut before it grows beyond this; one record is never cut. */
  readonly insertBytesMax: number;
  readonly insertRowsMax: number;
  /** How long one insert is tried again while the store is away. */
  readonly retryMsMax: number;
  readonly retryPauseMsMax: number;
  /** Progress without rows (ticks) is written this often at most. */
  readonly progressPauseMs: number;
}

const DEFAULT_LIMITS: RecorderLimits = {
  insertBytesMax: 8 * 1024 * 1024,
  insertRowsMax: 100_000,
  retryMsMax: 15 * 60_000,
  retryPauseMsMax: 10_000,
  progressPauseMs: 5_000,
};
const RETRY_PAUSE_MS = 100;

export interface RecorderCounters {
  records: number;
  rows: number;
  inserts: number;
  retries: number;
  /** Already in `rejected`; skipped here. */
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
   * Throws `RecreatedTopicError` where a topic is not the one its rows came from.
   */
  resumeOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]>;
  /**
   * Stores a batch; resolves when every row and the progress row are in. Records come in offset order within a
   * partition. An empty batch writes progress that is due. After a throw, nothing more is taken before `resumeOffsets`.
   */
  record(batch: readonly LogRecord[]): Promise<void>;
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

/** Rows of one table and one day, in the order they came. Cut only between records. */
interface Chunk {
  readonly table: string;
  readonly day: string;
  rows: Row[];
  bytes: number;
}

/**
 * Writes what the topics say into the store, once (law 3).
 *
 * 1. Rows go in by table and day, each insert one block of one table partition. A crash here leaves whole inserts:
 *    a table resumes after its own largest offset, so nothing is repeated and nothing skipped.
 * 2. Then one progress row for each topic-partition. A crash before it costs a search for the largest offset.
 * 3. Only then does the caller read on. Kafka's committed offset plays no part.
 *
 * Bound  one batch in memory; while the store is away `record` does not resolve and the caller does not poll.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { store, log, decode, prefix, clock, logger, gauges } = options;
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
  let identities = new Map<string, TopicIdentity>();
  let states = new Map<string, PartitionState>();
  let broken = true;
  let tokens = 0;
  let progressAtMs = Number.NEGATIVE_INFINITY;

  async function insert(table: string, rows: readonly Row[]): Promise<void> {
    tokens += 1;
    const token = `${options.nonce}-${tokens}`;
    const startMs = clock.nowMs();
    let pauseMs = RETRY_PAUSE_MS;
    while (true) {
      try {
        await store.insert(table, rows, token);
        counters.inserts += 1;
        gauges.count("plumbline_recorder_inserts_total", { table }, 1);
        return;
      } catch (error) {
        const waitedMs = clock.nowMs() - startMs;
        if (!(error instanceof StoreError) || !error.transient || waitedMs >= limits.retryMsMax) throw error;
        counters.retries += 1;
        gauges.count("plumbline_recorder_retries_total", { table }, 1);
        logger.warn(
          { table, code: error.code, waitedMs, pauseMs },
          "the store did not take an insert; trying again",
        );
        await clock.sleep(pauseMs);
        pauseMs = Math.min(pauseMs * 2, limits.retryPauseMsMax);
      }
    }
  }

  async function writeProgress(): Promise<void> {
    const cluster = (state: PartitionState): TopicIdentity => identities.get(state.fullTopic)!;
    const due = [...states.values()].filter((state) => state.next > state.progressWritten);
    progressAtMs = clock.nowMs();
    if (due.length === 0) return;
    await insert(
      "progress",
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

  /** Adds the rows of one record to the open chunk of each table and day; full chunks move to `full`. */
  function take(record: LogRecord, state: PartitionState, open: Map<string, Chunk>, full: Chunk[]): void {
    state.appendMaxMs = Math.max(state.appendMaxMs, record.appendMs);
    if (record.value === null) return;
    const decoded = decode(state.topic, record.value);
    if (!decoded.ok) {
      counters.unreadable += 1;
      gauges.count("plumbline_recorder_unreadable_total", { topic: state.topic }, 1);
      return;
    }
    const recordDay = day(state.appendMaxMs);
    const origin = {
      _cluster: identities.get(state.fullTopic)!.cluster,
      _topic: state.fullTopic,
      _epoch: state.epoch,
      _partition: state.partition,
      _offset: record.offset,
      _append_time: record.appendMs,
      _day: recordDay,
    };
    const tables = recordedTopic(state.topic)!.rows(decoded.record as Fields, record.headers);
    for (const [table, rows] of Object.entries(tables)) {
      if (rows.length === 0) continue;
      if (record.offset < (state.nextByTable.get(table) ?? 0)) {
        repeat(state.topic);
        continue;
      }
      const bytes =
        rows.length === 1 ? record.value.byteLength + 512 : rows.length * JSON.stringify(rows[0]).length;
      const key = `${table} ${recordDay}`;
      let chunk = open.get(key);
      if (
        chunk !== undefined &&
        (chunk.bytes + bytes > limits.insertBytesMax ||
          chunk.rows.length + rows.length > limits.insertRowsMax)
      ) {
        full.push(chunk);
        chunk = undefined;
      }
      if (chunk === undefined) {
        chunk = { table, day: recordDay, rows: [], bytes: 0 };
        open.set(key, chunk);
      }
      // In place: a copy of fifty properties costs thirty times as much. The maker gave the rows away.
      for (const row of rows) chunk.rows.push(Object.assign(row, origin));
      chunk.bytes += bytes;
    }
  }

  async function storeBatch(batch: readonly LogRecord[]): Promise<void> {
    const open = new Map<string, Chunk>();
    const full: Chunk[] = [];
    for (const record of batch) {
      const state = states.get(`${record.topic}/${record.partition}`);
      if (state === undefined) {
        throw new Error(`record of ${record.topic}/${record.partition}, which is not assigned`);
      }
      if (record.offset < state.next) {
        repeat(state.topic);
        continue;
      }
      take(record, state, open, full);
      state.next = record.offset + 1;
      counters.records += 1;
    }
    // Within a topic-partition days never fall and full chunks come first, so each table sees ascending offsets.
    const chunks = [...full, ...open.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
    for (const chunk of chunks) {
      await insert(chunk.table, chunk.rows);
      counters.rows += chunk.rows.length;
      gauges.count("plumbline_recorder_rows_total", { table: chunk.table }, chunk.rows.length);
    }
    if (chunks.length > 0 || clock.nowMs() - progressAtMs >= limits.progressPauseMs) await writeProgress();
  }

  async function whole<T>(work: () => Promise<T>): Promise<T> {
    if (broken) throw new Error("the recorder needs resumeOffsets before it goes on");
    broken = true;
    const result = await work();
    broken = false;
    return result;
  }

  return {
    topics: [...topicByFullName.keys()],
    counters,
    async resumeOffsets(partitions): Promise<readonly TopicOffset[]> {
      broken = true;
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
        const tables = recordedTopic(topic)!.tables;
        for (const [partition, to] of await recordedTo(store, fullTopic, numbers, tables, identity)) {
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
        await insert(
          "progress",
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
    flush: () => whole(writeProgress),
  };
}
