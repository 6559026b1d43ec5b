/** Reads what a run has written: topics whole, offsets of groups, checkpoints. */
import type { Codec, ReadRecordOf } from "../../services/adapters/avro/codec.ts";
import type { KafkaConnection } from "../../services/adapters/kafka/connection.ts";
import { withAdmin } from "../../services/adapters/kafka/kafkajs-admin.ts";
import type { InputCut } from "../../services/core/input.ts";
import {
  decodeMonitorCheckpoint,
  MONITOR_CHECKPOINT,
  type MonitorCheckpoint,
} from "../../services/core/monitor/checkpoint.ts";
import { CUT_HEADER } from "../../services/core/record-headers.ts";
import { TOPICS, type TopicName } from "../../services/core/topics.ts";
import type { Log, LogRecord, Reader, Watermarks, Writer } from "../../services/ports.ts";
import { readCompacted, readPartition, readToEnd } from "../../services/runtime/read-partition.ts";
import type { TopicNames } from "../../services/runtime/topics.ts";

/** Step back from the end of a partition in search of its last record. */
const LOOK_BACK_OFFSETS = 100;
const TAIL_RECORDS_MAX = 1_000;
const TAIL_POLL_MS = 50;
const TAIL_MS_MAX = 60_000;

/** A record with what its value says. */
export interface Read<T extends TopicName> {
  readonly at: LogRecord;
  readonly record: ReadRecordOf<T>;
}

/** Revision of the gates that a transaction of the gatekeeper saw, by its input cut; -1 for every other record. */
export function gateRevisionOf(headers: LogRecord["headers"]): number {
  const cut = headers[CUT_HEADER];
  return cut === undefined ? -1 : Number((JSON.parse(cut) as InputCut).revisions.gates);
}

/** What is appended to a topic, as it comes. */
export class Tail {
  readonly #reader: Reader;
  #waiting: LogRecord[] = [];

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The next record that is wanted. Throws after `withinMs`. */
  async next(wanted: (record: LogRecord) => boolean, withinMs = TAIL_MS_MAX): Promise<LogRecord> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      for (let record = this.#waiting.shift(); record !== undefined; record = this.#waiting.shift()) {
        if (wanted(record)) return record;
      }
      if (performance.now() > deadline) throw new Error(`no such record came within ${withinMs} ms`);
      this.#waiting = [...(await this.#reader.poll(TAIL_RECORDS_MAX, TAIL_POLL_MS))];
    }
  }

  /** Passes over what has come so far. */
  async skip(): Promise<void> {
    do {
      this.#waiting = [...(await this.#reader.poll(TAIL_RECORDS_MAX, 0))];
    } while (this.#waiting.length > 0);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

export class RunLog {
  readonly log: Log;
  readonly #codec: Codec;
  readonly #names: TopicNames;
  readonly #partitions: number;

  constructor(log: Log, codec: Codec, names: TopicNames, partitions: number) {
    this.log = log;
    this.#codec = codec;
    this.#names = names;
    this.#partitions = partitions;
  }

  writer(): Promise<Writer> {
    return this.log.writer();
  }

  partitionsOf(topic: TopicName): number {
    return TOPICS.find(({ name }) => name === topic)!.partitions === "one" ? 1 : this.#partitions;
  }

  /** Every record of a topic, control records too: partition by partition, each in offset order. */
  async each(topic: TopicName, take: (record: LogRecord) => void): Promise<void> {
    for (let partition = 0; partition < this.partitionsOf(topic); partition += 1) {
      await readPartition(this.log, this.#names.full(topic), partition, 0, take);
    }
  }

  /** All records of one partition number of some topics; those of one partition alone belong to number 0. */
  async partition(topics: readonly TopicName[], partition: number): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    for (const topic of topics) {
      if (partition >= this.partitionsOf(topic)) continue;
      await readPartition(this.log, this.#names.full(topic), partition, 0, (record) => {
        found.push(record);
      });
    }
    return found;
  }

  /** Every record with a value, decoded; throws on one that cannot be. */
  async values<T extends TopicName>(topic: T): Promise<readonly Read<T>[]> {
    const found: Read<T>[] = [];
    await this.each(topic, (at) => {
      if (at.value === null) return;
      const decoded = this.#codec.decodeGeneric(topic, at.value);
      if (!decoded.ok) throw new Error(`${at.topic}/${at.partition} offset ${at.offset}: ${decoded.detail}`);
      found.push({ at, record: decoded.record });
    });
    return found;
  }

  /** Ends of a topic's partitions, in order. */
  async watermarks(topic: TopicName): Promise<readonly Watermarks[]> {
    const found = await this.log.watermarks(
      Array.from({ length: this.partitionsOf(topic) }, (_, partition) => ({
        topic: this.#names.full(topic),
        partition,
      })),
    );
    return found.toSorted((a, b) => a.partition - b.partition);
  }

  /** Follows a topic from its present ends. Close it at the end. */
  async tail(topic: TopicName): Promise<Tail> {
    const reader = await this.log.reader();
    const ends = await this.watermarks(topic);
    await reader.assign(
      ends.map(({ topic: full, partition, high }) => ({ topic: full, partition, offset: high })),
    );
    return new Tail(reader);
  }

  /**
   * Offset after the last record by `<full topic>/<partition>`; partitions without one are absent. Ends will not do: they count
   * transactions' markers, too.
   */
  async nextOffsets(topics: readonly TopicName[]): Promise<ReadonlyMap<string, number>> {
    const next = new Map<string, number>();
    let left = (await Promise.all(topics.map((topic) => this.watermarks(topic))))
      .flat()
      .filter(({ low, high }) => high > low)
      .map((marks) => ({ ...marks, from: marks.high }));
    while (left.length > 0) {
      left = left.map((marks) => ({ ...marks, from: Math.max(marks.low, marks.from - LOOK_BACK_OFFSETS) }));
      const reader = await this.log.reader();
      await reader.assign(left.map(({ topic, partition, from }) => ({ topic, partition, offset: from })));
      await readToEnd(reader, left, ({ topic, partition, offset }) => {
        next.set(`${topic}/${partition}`, offset + 1);
      });
      await reader.close();
      left = left.filter(
        ({ topic, partition, low, from }) => from > low && !next.has(`${topic}/${partition}`),
      );
    }
    return next;
  }

  /** Committed offset of a service's group by partition; 0 where it has none. */
  async committed(
    connection: KafkaConnection,
    service: "gatekeeper" | "monitor" | "governor",
    topic: TopicName,
  ): Promise<readonly number[]> {
    const full = this.#names.full(topic);
    const groupId = `${this.#names.prefix}${service}`;
    const found = await withAdmin(connection, (admin) => admin.fetchOffsets({ groupId, topics: [full] }));
    const offsets = new Array<number>(this.partitionsOf(topic)).fill(0);
    for (const { partition, offset } of found[0]?.partitions ?? []) {
      offsets[partition] = Math.max(0, Number(offset));
    }
    return offsets;
  }

  /** The monitor's checkpoint of one partition number; null before its first. */
  async monitorCheckpoint(partition: number): Promise<MonitorCheckpoint | null> {
    const state = await readCompacted(this.log, this.#names.full("state"), partition);
    const bytes = state.get(`monitor/${partition}/${MONITOR_CHECKPOINT}`);
    if (bytes === undefined) return null;
    const decoded = this.#codec.decodeGeneric("state", bytes);
    if (!decoded.ok) throw new Error(decoded.detail);
    return decodeMonitorCheckpoint(decoded.record.body);
  }
}
