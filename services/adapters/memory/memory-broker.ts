/** A broker's state in memory: partitions, committed offsets, producer epochs. Deterministic: time comes from `nowMs`. */
import { TOPICS, topicName } from "../../core/topics.ts";
import type { Log, LogRecord, OutgoingRecord, TopicPartition } from "../../ports.ts";
import { OffsetBeyondEndError, RecordTooLargeError, UnknownTopicError } from "../log-errors.ts";
import { partitionOf } from "../murmur2.ts";
import { wireText } from "../wire-text.ts";
import { MemoryGroup } from "./memory-group.ts";
import { MemoryLog } from "./memory-log.ts";

const MESSAGE_BYTES_MAX = 1_048_576;
/** What a record takes beside its key and value; a value of exactly the limit does not fit, as on a real broker. */
const RECORD_OVERHEAD_BYTES = 70;

const text = new TextEncoder();

interface Topic {
  readonly id: string;
  readonly messageBytesMax: number;
  /** By partition, then by offset. null is an offset without a visible record: a transaction's marker or an aborted record. */
  readonly partitions: (LogRecord | null)[][];
  /** Next partition for records without key; a real client draws it. */
  nextWithoutKey: number;
}

export interface MemoryBrokerOptions {
  /** Append time, epoch ms. Must not go back. */
  readonly nowMs: () => number;
  readonly clusterId?: string;
}

/**
 * Several `Log`s may be open on one broker: each is what one process would hold, so a crash is a log that is dropped and
 * opened again. Nothing is compacted and nothing expires; memory grows with what is written.
 */
export class MemoryBroker {
  readonly clusterId: string;
  readonly #nowMs: () => number;
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #epochs = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #topicsMade = 0;

  constructor(options: MemoryBrokerOptions) {
    this.#nowMs = options.nowMs;
    this.clusterId = options.clusterId ?? "memory";
  }

  open(): Log {
    return new MemoryLog(this);
  }

  /** @throws when the topic exists. A topic made again after `deleteTopic` has another id. */
  createTopic(name: string, partitions: number, messageBytesMax = MESSAGE_BYTES_MAX): void {
    if (this.#topics.has(name)) throw new Error(`topic ${name} exists`);
    this.#topicsMade += 1;
    this.#topics.set(name, {
      id: `${this.clusterId}-${this.#topicsMade}`,
      messageBytesMax,
      partitions: Array.from({ length: partitions }, () => []),
      nextWithoutKey: 0,
    });
  }

  /** Every topic of the declaration, named `<prefix><name>.v1`. */
  createDeclaredTopics(prefix: string, partitions: number): void {
    for (const declaration of TOPICS) {
      this.createTopic(
        topicName(prefix, declaration.name),
        declaration.partitions === "one" ? 1 : partitions,
        declaration.maxMessageBytes,
      );
    }
  }

  deleteTopic(name: string): void {
    this.#topic(name);
    this.#topics.delete(name);
  }

  /** Ends a member's session, as 45 s of silence do on a real broker: its partitions go to the others. */
  expire(group: string, instance: string): void {
    this.group(group).expire(instance);
  }

  group(name: string): MemoryGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new MemoryGroup(this);
      this.#groups.set(name, group);
    }
    return group;
  }

  topicId(name: string): string {
    return this.#topic(name).id;
  }

  partitionCount(name: string): number {
    return this.#topic(name).partitions.length;
  }

  /** Offset the next record of the partition will get. */
  end(at: TopicPartition): number {
    return this.#partition(at).length;
  }

  /** Up to `recordsMax` visible records from `offset` on, and the offset to go on from. */
  read(
    at: TopicPartition,
    offset: number,
    recordsMax: number,
  ): { records: readonly LogRecord[]; next: number } {
    const entries = this.#partition(at);
    const records: LogRecord[] = [];
    let next = offset;
    while (next < entries.length && records.length < recordsMax) {
      const record = entries[next]!;
      if (record !== null) records.push(record);
      next += 1;
    }
    return { records, next };
  }

  checkStart(at: TopicPartition, offset: number): void {
    const end = this.end(at);
    if (offset > end) throw new OffsetBeyondEndError(at.topic, at.partition, offset, end);
  }

  /** Appends all records or none. */
  append(records: readonly OutgoingRecord[]): void {
    const prepared = records.map((record) => this.#prepare(record));
    const appendMs = this.#nowMs();
    for (const { entries, record } of prepared) entries.push({ ...record, offset: entries.length, appendMs });
    this.notify();
  }

  /** Appends all records and one marker per touched partition, so that offsets have holes as on a real broker. */
  appendTransaction(records: readonly OutgoingRecord[]): void {
    const touched = new Set<(LogRecord | null)[]>();
    const prepared = [];
    try {
      for (const record of records) prepared.push(this.#prepare(record));
    } catch (error) {
      // What came before the bad record was written, then aborted: nobody sees it, its offsets are spent.
      for (const { entries } of prepared) {
        entries.push(null);
        touched.add(entries);
      }
      for (const entries of touched) entries.push(null);
      throw error;
    }
    const appendMs = this.#nowMs();
    for (const { entries, record } of prepared) {
      entries.push({ ...record, offset: entries.length, appendMs });
      touched.add(entries);
    }
    for (const entries of touched) entries.push(null);
    this.notify();
  }

  /** Opens a transactional id: every earlier holder is fenced. */
  nextEpoch(transactionalId: string): number {
    const epoch = (this.#epochs.get(transactionalId) ?? -1) + 1;
    this.#epochs.set(transactionalId, epoch);
    return epoch;
  }

  isCurrent(transactionalId: string, epoch: number): boolean {
    return this.#epochs.get(transactionalId) === epoch;
  }

  /** Resolves true at the next change of anything, false after `timeoutMs`. */
  change(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (changed: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(changed);
      };
      const wake = (): void => settle(true);
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiting.add(wake);
    });
  }

  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #prepare(outgoing: OutgoingRecord): {
    entries: (LogRecord | null)[];
    record: Omit<LogRecord, "offset" | "appendMs">;
  } {
    const topic = this.#topic(outgoing.topic);
    // The native client sends an empty key or value as null; so do we.
    const key = outgoing.key ? text.encode(outgoing.key) : null;
    const value = outgoing.value?.length ? outgoing.value.slice() : null;
    const bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    if (bytes > topic.messageBytesMax) throw new RecordTooLargeError(outgoing.topic, value?.length ?? 0);
    const partition = outgoing.partition ?? this.#choose(topic, key);
    const entries = this.#partition({ topic: outgoing.topic, partition });
    // Without a prototype, so that a header named like one of its members is an ordinary header.
    const headers: Record<string, string> = Object.create(null);
    for (const [name, header] of Object.entries(outgoing.headers ?? {})) {
      headers[wireText(name)] = wireText(header);
    }
    return { entries, record: { topic: outgoing.topic, partition, key, value, headers } };
  }

  #choose(topic: Topic, key: Uint8Array | null): number {
    if (key !== null) return partitionOf(key, topic.partitions.length);
    const partition = topic.nextWithoutKey;
    topic.nextWithoutKey = (partition + 1) % topic.partitions.length;
    return partition;
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new UnknownTopicError(name);
    return topic;
  }

  #partition(at: TopicPartition): (LogRecord | null)[] {
    const entries = this.#topic(at.topic).partitions[at.partition];
    if (entries === undefined) throw new UnknownTopicError(`${at.topic}/${at.partition}`);
    return entries;
  }
}
