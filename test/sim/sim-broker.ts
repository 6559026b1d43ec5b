/**
 * A broker's state: what a cluster would still hold after every client died. Synchronous; time comes from the scheduler.
 *
 * Unlike the memory log's broker it has transactions that take time: their records lie in the log before they count, they
 * hold the last stable offset back for readers of every other writer, and they end by commit, by abort, or by being
 * taken over. Readers see committed records below the last stable offset only.
 */

import { OffsetBeyondEndError, UnknownTopicError } from "../../services/adapters/log-errors.ts";
import { partitionOf } from "../../services/adapters/murmur2.ts";
import type { Input } from "../../services/core/input.ts";
import { TOPICS, topicName } from "../../services/core/topics.ts";
import type { LogRecord, OutgoingRecord, TopicOffset, TopicPartition } from "../../services/ports.ts";
import { SimGroup } from "./sim-group.ts";

/** The coordinator aborts a transaction that stays open for longer. */
export const TRANSACTION_MS_MAX = 60_000;

const encoder = new TextEncoder();

/** A transaction under way. */
export interface OpenTransaction {
  readonly id: string;
  readonly epoch: number;
  state: "open" | "committed" | "aborted";
  /** When it was committed: its records were seen by nobody before. */
  committedMs: number;
  readonly entries: { readonly partition: Partition; readonly offset: number }[];
  /** Group offsets that count once it commits. */
  readonly offsets: { readonly group: SimGroup; readonly offsets: readonly TopicOffset[] }[];
}

/** A record as the broker keeps it, with what came of decoding it: that depends on nothing else. */
export class KeptRecord implements LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  input: Input | null = null;

  constructor(
    outgoing: OutgoingRecord,
    at: { readonly partition: number; readonly offset: number; readonly appendMs: number },
    key: Uint8Array | null,
  ) {
    this.topic = outgoing.topic;
    this.partition = at.partition;
    this.offset = at.offset;
    this.appendMs = at.appendMs;
    this.key = key;
    this.value = outgoing.value?.length ? outgoing.value : null;
    this.headers = outgoing.headers ?? NO_HEADERS;
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

interface Entry {
  readonly record: LogRecord | null;
  /** Removed by compaction: readers do not see it, the laws do. */
  compacted: boolean;
  /** null outside transactions. A record of an aborted one is never seen. */
  readonly transaction: OpenTransaction | null;
}

export class Partition {
  readonly topic: string;
  readonly number: number;
  readonly entries: Entry[] = [];
  #stable = 0;

  constructor(topic: string, number: number) {
    this.topic = topic;
    this.number = number;
  }

  get end(): number {
    return this.entries.length;
  }

  /** First offset that belongs to a transaction still open, else the end. */
  get stable(): number {
    while (this.#stable < this.entries.length) {
      if (this.entries[this.#stable]!.transaction?.state === "open") break;
      this.#stable += 1;
    }
    return this.#stable;
  }

  /** Adds committed records from `offset` on to `records` until there are `recordsMax`; returns the offset to go on from. */
  read(offset: number, recordsMax: number, records: LogRecord[]): number {
    const end = this.stable;
    let next = offset;
    while (next < end && records.length < recordsMax) {
      const entry = this.entries[next]!;
      if (isVisible(entry) && !entry.compacted) records.push(entry.record!);
      next += 1;
    }
    return next;
  }

  /** Every committed record it ever had, compacted ones too. */
  all(): readonly LogRecord[] {
    const end = this.stable;
    const records: LogRecord[] = [];
    for (let offset = 0; offset < end; offset += 1) {
      const entry = this.entries[offset]!;
      if (isVisible(entry)) records.push(entry.record!);
    }
    return records;
  }
}

export interface SimBrokerOptions {
  readonly nowMs: () => number;
  readonly prefix: string;
  readonly partitions: number;
}

export class SimBroker {
  readonly clusterId = "simulated";
  readonly #nowMs: () => number;
  readonly #topics = new Map<string, Partition[]>();
  readonly #compacted = new Set<string>();
  readonly #groups = new Map<string, SimGroup>();
  readonly #epochs = new Map<string, number>();
  readonly #open = new Map<string, OpenTransaction>();
  readonly #keys = new Map<string, Uint8Array>();
  /** Asked after every change: pollers that wait for records. */
  readonly watchers = new Set<{ wake(): void }>();
  /** Until then nothing is answered. */
  downUntilMs = 0;

  constructor(options: SimBrokerOptions) {
    this.#nowMs = options.nowMs;
    for (const { name, partitions, cleanup } of TOPICS) {
      const full = topicName(options.prefix, name);
      const count = partitions === "one" ? 1 : options.partitions;
      this.#topics.set(
        full,
        Array.from({ length: count }, (_, number) => new Partition(full, number)),
      );
      if (cleanup === "compact") this.#compacted.add(full);
    }
  }

  partitions(topic: string): readonly Partition[] {
    const partitions = this.#topics.get(topic);
    if (partitions === undefined) throw new UnknownTopicError(topic);
    return partitions;
  }

  partition({ topic, partition }: TopicPartition): Partition {
    const found = this.partitions(topic)[partition];
    if (found === undefined) throw new UnknownTopicError(`${topic}/${partition}`);
    return found;
  }

  group(name: string): SimGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new SimGroup(
        name,
        (topic) => this.partitions(topic).length,
        () => this.#changed(),
      );
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Every committed record a topic-partition ever had, compacted ones too. */
  all(topic: string, partition: number): readonly LogRecord[] {
    return this.partition({ topic, partition }).all();
  }

  /** The last committed record of a topic-partition that `fits`. */
  last(topic: string, partition: number, fits: (record: LogRecord) => boolean): LogRecord | null {
    const { entries, stable } = this.partition({ topic, partition });
    for (let offset = stable - 1; offset >= 0; offset -= 1) {
      const entry = entries[offset]!;
      if (isVisible(entry) && fits(entry.record!)) return entry.record;
    }
    return null;
  }

  /** Since when a record can be read, as far as its own transaction goes. */
  visibleMs(topic: string, partition: number, offset: number): number {
    const { record, transaction } = this.partition({ topic, partition }).entries[offset]!;
    return transaction?.committedMs ?? record?.appendMs ?? 0;
  }

  isCompacted(topic: string, partition: number, offset: number): boolean {
    return this.partition({ topic, partition }).entries[offset]?.compacted === true;
  }

  checkStart(at: TopicPartition, offset: number): void {
    const end = this.partition(at).stable;
    if (offset > end) throw new OffsetBeyondEndError(at.topic, at.partition, offset, end);
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const record of records) this.#append(record, null);
    this.#changed();
  }

  /** Opens a transactional id: earlier holders are fenced, and what they left open is aborted. */
  nextEpoch(id: string): number {
    const epoch = (this.#epochs.get(id) ?? -1) + 1;
    this.#epochs.set(id, epoch);
    const open = this.#open.get(id);
    if (open !== undefined) this.abort(open);
    return epoch;
  }

  isCurrent(id: string, epoch: number): boolean {
    return this.#epochs.get(id) === epoch;
  }

  begin(id: string, epoch: number): OpenTransaction {
    const transaction: OpenTransaction = {
      id,
      epoch,
      state: "open",
      committedMs: 0,
      entries: [],
      offsets: [],
    };
    this.#open.set(id, transaction);
    return transaction;
  }

  write(transaction: OpenTransaction, records: readonly OutgoingRecord[]): void {
    for (const record of records) {
      const partition = this.#append(record, transaction);
      transaction.entries.push({ partition, offset: partition.end - 1 });
    }
  }

  commit(transaction: OpenTransaction): void {
    transaction.committedMs = this.#nowMs();
    this.#end(transaction, "committed");
    for (const { group, offsets } of transaction.offsets) group.commit(offsets);
    this.#changed();
  }

  abort(transaction: OpenTransaction): void {
    if (transaction.state !== "open") return;
    this.#end(transaction, "aborted");
    this.#changed();
  }

  /** Whether a transaction under way holds offsets of a group: a stable fetch of committed offsets waits for it. */
  hasPending(group: SimGroup): boolean {
    return [...this.#open.values()].some((open) => open.offsets.some((pending) => pending.group === group));
  }

  /** Removes what a newer record of the same key replaces, below the last stable offset; offsets stay. */
  compact(): void {
    for (const topic of this.#compacted) {
      for (const partition of this.partitions(topic)) {
        const latest = new Set<string>();
        for (let offset = partition.stable - 1; offset >= 0; offset -= 1) {
          const entry = partition.entries[offset]!;
          if (!isVisible(entry)) continue;
          const key = String(entry.record!.key);
          if (latest.has(key)) entry.compacted = true;
          latest.add(key);
        }
      }
    }
  }

  #append(outgoing: OutgoingRecord, transaction: OpenTransaction | null): Partition {
    const partitions = this.partitions(outgoing.topic);
    const key = outgoing.key ? this.#keyBytes(outgoing.key) : null;
    const chosen = outgoing.partition ?? (key === null ? 0 : partitionOf(key, partitions.length));
    const partition = this.partition({ topic: outgoing.topic, partition: chosen });
    const at = { partition: chosen, offset: partition.end, appendMs: this.#nowMs() };
    const record = new KeptRecord(outgoing, at, key);
    partition.entries.push({ record, transaction, compacted: false });
    return partition;
  }

  /** The same bytes for the same key: readers only look. */
  #keyBytes(key: string): Uint8Array {
    let bytes = this.#keys.get(key);
    if (bytes === undefined) {
      bytes = encoder.encode(key);
      this.#keys.set(key, bytes);
    }
    return bytes;
  }

  /** One marker in every partition it wrote to, so that offsets have holes. */
  #end(transaction: OpenTransaction, state: "committed" | "aborted"): void {
    transaction.state = state;
    if (this.#open.get(transaction.id) === transaction) this.#open.delete(transaction.id);
    for (const partition of new Set(transaction.entries.map((entry) => entry.partition))) {
      partition.entries.push({ record: null, transaction: null, compacted: false });
    }
  }

  #changed(): void {
    for (const watcher of this.watchers) watcher.wake();
  }
}

/** Whether it is a record, and one that counts. */
function isVisible({ record, transaction }: Entry): boolean {
  return record !== null && (transaction === null || transaction.state === "committed");
}
