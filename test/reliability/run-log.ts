/** Reads what a run has written: topics whole, offsets of groups, checkpoints. */
import type { Codec, ReadRecordOf } from "../../services/adapters/avro/codec.ts";
import type { KafkaConnection } from "../../services/adapters/kafka/connection.ts";
import { withAdmin } from "../../services/adapters/kafka/kafkajs-admin.ts";
import {
  decodeMonitorCheckpoint,
  MONITOR_CHECKPOINT,
  type MonitorCheckpoint,
} from "../../services/core/monitor/checkpoint.ts";
import { TOPICS, type TopicName } from "../../services/core/topics.ts";
import type { Log, LogRecord, Watermarks, Writer } from "../../services/ports.ts";
import { readCompacted, readPartition } from "../../services/runtime/read-partition.ts";
import type { TopicNames } from "../../services/runtime/topics.ts";

/** Step back from the end of a partition in search of its last record. */
const LOOK_BACK_OFFSETS = 100;

/** A record with what its value says. */
export interface Read<T extends TopicName> {
  readonly at: LogRecord;
  readonly record: ReadRecordOf<T>;
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

  /** Offset after the last record of each partition; 0 where there is none. Ends count transactions' markers, too. */
  async nextOffsets(topic: TopicName): Promise<readonly number[]> {
    const next: number[] = [];
    for (const { topic: full, partition, low, high } of await this.watermarks(topic)) {
      let last = -1;
      for (let from = high; last < 0 && from > low; ) {
        from = Math.max(low, from - LOOK_BACK_OFFSETS);
        await readPartition(this.log, full, partition, from, ({ offset }) => {
          last = offset;
        });
      }
      next.push(last + 1);
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
