/** Follows topics that the services write, from their beginning: what every lab reads back. */
import { type TopicName, topicName } from "../core/topics.ts";
import type { Log, LogRecord, Reader, TopicOffset, TopicPartition } from "../ports.ts";

const POLL_RECORDS_MAX = 1_000;
const POLL_MS = 100;
/** Offsets have holes; after so many empty polls nothing more is there. */
const SILENT_POLLS_MAX = 5;

/** Nothing arrived in time. The message says what was awaited and which services to look at. */
export class LabTimeoutError extends Error {
  override readonly name = "LabTimeoutError";
}

/** Takes one record's value; control records have none and are passed over. */
export type TakeValue<T extends TopicName> = (topic: T, value: Uint8Array) => void;

/** All partitions of a few topics. Two of them are read in any order: `drain` before saying that something is not there. */
export class TopicFollower<T extends TopicName> {
  readonly #log: Log;
  readonly #reader: Reader;
  readonly #partitions: readonly TopicPartition[];
  readonly #topics: ReadonlyMap<string, T>;
  readonly #take: TakeValue<T>;
  readonly #positions = new Map<string, number>();

  private constructor(
    log: Log,
    reader: Reader,
    partitions: readonly TopicPartition[],
    topics: ReadonlyMap<string, T>,
    take: TakeValue<T>,
  ) {
    this.#log = log;
    this.#reader = reader;
    this.#partitions = partitions;
    this.#topics = topics;
    this.#take = take;
  }

  static async open<T extends TopicName>(
    log: Log,
    prefix: string,
    names: readonly T[],
    take: TakeValue<T>,
  ): Promise<TopicFollower<T>> {
    const topics = new Map(names.map((name) => [topicName(prefix, name), name]));
    const partitions: TopicPartition[] = [];
    for (const topic of topics.keys()) {
      const count = await log.partitionCount(topic);
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    const lows = await log.watermarks(partitions);
    const offsets: TopicOffset[] = lows.map(({ topic, partition, low }) => ({
      topic,
      partition,
      offset: low,
    }));
    const reader = await log.reader();
    await reader.assign(offsets);
    return new TopicFollower(log, reader, partitions, topics, take);
  }

  /** Reads until `done()`; throws LabTimeoutError after `timeoutMs` of silence, and the signal's reason when aborted. */
  async until(
    done: () => boolean,
    awaited: string,
    timeoutMs: number,
    signal: AbortSignal | null,
  ): Promise<void> {
    let waitedMs = 0;
    while (!done()) {
      signal?.throwIfAborted();
      if (waitedMs >= timeoutMs) {
        throw new LabTimeoutError(
          `${awaited} did not come within ${timeoutMs / 1_000} s: look at gatekeeper, monitor and governor`,
        );
      }
      const records = await this.#reader.poll(POLL_RECORDS_MAX, POLL_MS);
      if (records.length === 0) waitedMs += POLL_MS;
      for (const record of records) this.#takeRecord(record);
    }
  }

  /** Reads everything committed until now. */
  async drain(signal: AbortSignal | null): Promise<void> {
    const ends = await this.#log.watermarks(this.#partitions);
    const missing = (): number =>
      Math.max(
        0,
        ...ends.map(
          ({ topic, partition, low, high }) => high - (this.#positions.get(`${topic}/${partition}`) ?? low),
        ),
      );
    let silentPolls = 0;
    // A transaction's marker takes the last offset and is never delivered: one short of the end, a silent poll settles it.
    while (missing() > 0 && silentPolls < (missing() === 1 ? 1 : SILENT_POLLS_MAX)) {
      signal?.throwIfAborted();
      const records = await this.#reader.poll(POLL_RECORDS_MAX, POLL_MS);
      silentPolls = records.length === 0 ? silentPolls + 1 : 0;
      for (const record of records) this.#takeRecord(record);
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #takeRecord(record: LogRecord): void {
    this.#positions.set(`${record.topic}/${record.partition}`, record.offset + 1);
    const topic = this.#topics.get(record.topic);
    if (topic !== undefined && record.value !== null) this.#take(topic, record.value);
  }
}
