/**
 * Topic-partitions as streams of records in bounded memory: each stream holds one batch, and a few consumers take turns at
 * filling them, since each consumer of the Kafka client fetches ahead on its own.
 */
import type { Log, LogRecord, Reader, TopicPartition } from "../../ports.ts";

/** Consumers that are open at once: a monitor's seven topics and one. */
export const STREAM_READERS_MAX = 8;
/** What the Kafka client may hold for each of them. */
const FETCH_AHEAD_BYTES_MAX = 2_097_152;
/** A stream is filled with at most so much. */
const BATCH_RECORDS_MAX = 2_000;
const BATCH_BYTES_MAX = 2_097_152;
const POLL_TIMEOUT_MS = 100;
/** Without a record for so long the read has failed: a replay of a part would look like a difference. */
const SILENCE_MS_MAX = 30_000;

/** What a stream asks of those who fill it. */
interface Filler {
  fill(stream: RecordStream): Promise<LogRecord[]>;
}

/** Records of one topic-partition, in offset order. */
export class RecordStream {
  readonly at: TopicPartition;
  readonly #filler: Filler;
  #batch: readonly LogRecord[] = [];
  #read = 0;
  #next: number;
  #end: number;
  readonly #low: number;

  constructor(filler: Filler, at: TopicPartition, from: number, end: number, low: number) {
    this.#filler = filler;
    this.at = at;
    this.#next = from;
    this.#end = end;
    this.#low = low;
  }

  /** Offset that the next fill starts at. */
  get next(): number {
    return this.#next;
  }

  /** Half-open: the stream ends before it. */
  get end(): number {
    return this.#end;
  }

  /** Moves the end: further, as the log grows, or nearer. */
  endAt(offset: number): void {
    this.#end = offset;
  }

  /** Waits for a head; false at the end. */
  async ready(): Promise<boolean> {
    while (this.#read >= this.#batch.length && this.#next < this.#end) {
      this.#batch = await this.#filler.fill(this);
      this.#read = 0;
      // Nothing but holes up to the end: markers of transactions.
      if (this.#batch.length === 0) this.#next = this.#end;
      else this.#next = this.#batch.at(-1)!.offset + 1;
    }
    const head = this.head;
    return head !== null && head.offset < this.#end;
  }

  /** The next record, where `ready` said that there is one; null when the batch is read. */
  get head(): LogRecord | null {
    return this.#batch[this.#read] ?? null;
  }

  /** Takes the head. */
  shift(): LogRecord {
    const record = this.#batch[this.#read]!;
    this.#read += 1;
    return record;
  }

  /**
   * Every record of [from, to). Ranges may overlap what was read before; then it is read again.
   * @throws Error where the log no longer holds the range.
   */
  async readRange(from: number, to: number, take: (record: LogRecord) => void): Promise<void> {
    this.require(from, to);
    if (from < (this.head?.offset ?? this.#next)) this.#goBack(from);
    while ((await this.ready()) && this.head!.offset < to) {
      const record = this.shift();
      if (record.offset >= from) take(record);
    }
  }

  /** @throws Error where the log no longer holds [from, to), which was read live. */
  require(from: number, to: number): void {
    const { topic, partition } = this.at;
    if (from < this.#low) {
      throw new Error(
        `${topic}/${partition} begins at offset ${this.#low}, but was read live from ${from}: retention has removed what a replay needs`,
      );
    }
    if (to > this.#end) {
      throw new Error(`${topic}/${partition} ends at offset ${this.#end}, but was read live up to ${to}`);
    }
  }

  /** @throws Error where the log has lost its beginning: a replay starts from nothing, as the record did. */
  requireWhole(): void {
    if (this.#low === 0) return;
    const { topic, partition } = this.at;
    throw new Error(
      `${topic}/${partition} begins at offset ${this.#low}: retention has removed the beginning, where a replay must start`,
    );
  }

  #goBack(offset: number): void {
    const within = this.#batch.findIndex((record) => record.offset >= offset);
    const covered = within >= 0 && (this.#batch[0]?.offset ?? Number.POSITIVE_INFINITY) <= offset;
    if (covered) {
      this.#read = within;
      return;
    }
    this.#batch = [];
    this.#read = 0;
    this.#next = offset;
  }
}

/** Opens streams and fills them. Close it at the end. */
export class RecordStreams implements Filler {
  readonly #log: Log;
  /** The stream each reader stands in, the longest unused first. */
  readonly #readers = new Map<Reader, RecordStream | null>();
  #records = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Records read so far. */
  get records(): number {
    return this.#records;
  }

  /** A stream from an offset (or where retention left the log) up to the log's present end. */
  async open(topic: string, partition: number, from = 0): Promise<RecordStream> {
    const at = { topic, partition };
    const { low, high } = await this.#marks(at);
    return new RecordStream(this, at, Math.max(from, low), high, low);
  }

  /** Moves a stream's end to the log's present end. */
  async extend(stream: RecordStream): Promise<void> {
    stream.endAt((await this.#marks(stream.at)).high);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#readers.keys()].map((reader) => reader.close()));
    this.#readers.clear();
  }

  async fill(stream: RecordStream): Promise<LogRecord[]> {
    const { topic, partition } = stream.at;
    const reader = await this.#readerFor(stream);
    const batch: LogRecord[] = [];
    let bytes = 0;
    let silentSinceMs = performance.now();
    while (batch.length < BATCH_RECORDS_MAX && bytes < BATCH_BYTES_MAX) {
      const records = await reader.poll(BATCH_RECORDS_MAX - batch.length, POLL_TIMEOUT_MS);
      for (const record of records) {
        // What a reader fetched before it was sent here is of another place.
        if (record.topic !== topic || record.partition !== partition || record.offset < stream.next) continue;
        if (record.offset >= stream.end) continue;
        batch.push(record);
        bytes += record.value?.length ?? 0;
      }
      const position = reader.positions().find((own) => own.topic === topic && own.partition === partition);
      if ((position?.offset ?? 0) >= stream.end) break;
      if (records.length > 0) silentSinceMs = performance.now();
      else if (performance.now() - silentSinceMs > SILENCE_MS_MAX) {
        throw new Error(
          `${topic}/${partition} could not be read up to ${stream.end} within ${SILENCE_MS_MAX} ms; is the broker up?`,
        );
      }
    }
    this.#records += batch.length;
    return batch;
  }

  async #marks(at: TopicPartition): Promise<{ low: number; high: number }> {
    const [marks] = await this.#log.watermarks([at]);
    if (marks === undefined) throw new Error(`${at.topic}/${at.partition} has no watermarks`);
    return marks;
  }

  /** The reader that stands where the stream goes on; else a new one, or the longest unused, sent there. */
  async #readerFor(stream: RecordStream): Promise<Reader> {
    const { topic, partition } = stream.at;
    for (const [reader, standing] of this.#readers) {
      if (standing !== stream) continue;
      const position = reader.positions().find((own) => own.topic === topic && own.partition === partition);
      if (position?.offset === stream.next) {
        this.#use(reader, stream);
        return reader;
      }
      // Where it stood may still be told as the position of the place it is sent to, which is the same partition.
      this.#readers.delete(reader);
      await reader.close();
      break;
    }
    const reader =
      this.#readers.size < STREAM_READERS_MAX
        ? await this.#log.reader({ fetchAheadBytesMax: FETCH_AHEAD_BYTES_MAX })
        : this.#readers.keys().next().value!;
    this.#use(reader, stream);
    await reader.assign([{ topic, partition, offset: stream.next }]);
    return reader;
  }

  #use(reader: Reader, stream: RecordStream): void {
    this.#readers.delete(reader);
    this.#readers.set(reader, stream);
  }
}

/**
 * Records of several streams by append time, the first stream first where times are equal. Any order would do for what
 * reads them; this one keeps few panes open.
 */
export async function mergeByAppendTime(
  streams: readonly RecordStream[],
  take: (record: LogRecord, stream: RecordStream) => void,
): Promise<void> {
  let open = [...streams];
  for (;;) {
    const ended = new Set<RecordStream>();
    for (const stream of open) if (!(await stream.ready())) ended.add(stream);
    open = open.filter((stream) => !ended.has(stream));
    if (open.length === 0) return;
    // Until one of them has to be filled again, nothing is waited for.
    for (;;) {
      let first = open[0]!;
      for (const stream of open) if (stream.head!.appendMs < first.head!.appendMs) first = stream;
      take(first.shift(), first);
      if (first.head === null || first.head.offset >= first.end) break;
    }
  }
}
