/**
 * The `Log` port over a `MemoryBroker`, for tests, simulations and the lab. Same guarantees as the real one: read committed,
 * transactions all or nothing, fencing, static members; offsets have the same holes.
 */
import {
  FencedError,
  type GroupReader,
  type GroupReaderOptions,
  type Log,
  type LogRecord,
  type OutgoingRecord,
  type Polled,
  type Reader,
  type TopicOffset,
  type TopicPartition,
  type TransactionalWriter,
  type Watermarks,
  type Writer,
} from "../../ports.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import type { Membership, MemoryGroup } from "./memory-group.ts";

export class MemoryLog implements Log {
  readonly #broker: MemoryBroker;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async groupReader(options: GroupReaderOptions): Promise<GroupReader> {
    for (const topic of options.topics) this.#broker.partitionCount(topic);
    return new MemoryGroupReader(this.#broker, options);
  }

  async reader(): Promise<Reader> {
    return new MemoryReader(this.#broker);
  }

  async transactionalWriter(transactionalId: string): Promise<TransactionalWriter> {
    return new MemoryTransactionalWriter(this.#broker, transactionalId);
  }

  async writer(): Promise<Writer> {
    const broker = this.#broker;
    return {
      write: async (records) => broker.append(records),
      close: async () => {},
    };
  }

  async watermarks(partitions: readonly TopicPartition[]): Promise<readonly Watermarks[]> {
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      low: 0,
      high: this.#broker.end({ topic, partition }),
    }));
  }

  /** Transactions here are never open: they are appended whole. */
  async ends(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    return partitions.map((at) => ({ ...at, offset: this.#broker.end(at) }));
  }

  async partitionCount(topic: string): Promise<number> {
    return this.#broker.partitionCount(topic);
  }

  async clusterId(): Promise<string> {
    return this.#broker.clusterId;
  }

  async topicId(topic: string): Promise<string> {
    return this.#broker.topicId(topic);
  }

  async close(): Promise<void> {}
}

/** Positions of some partitions, read in turn so that none starves. */
class Positions {
  readonly #broker: MemoryBroker;
  readonly #next = new Map<string, { at: TopicPartition; offset: number }>();
  #paused: ReadonlySet<string> = new Set();
  #turn = 0;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  set({ topic, partition, offset }: TopicOffset): void {
    this.#broker.checkStart({ topic, partition }, offset);
    this.#next.set(`${topic}/${partition}`, { at: { topic, partition }, offset });
    this.#paused = new Set();
  }

  clear(): void {
    this.#next.clear();
    this.#paused = new Set();
  }

  /** The partitions that `take` passes over, instead of those of the last call. @throws Error for one that is not read. */
  pause(partitions: readonly TopicPartition[]): void {
    const keys = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
    const foreign = keys.find((key) => !this.#next.has(key));
    if (foreign !== undefined) throw new Error(`${foreign} is not being read`);
    this.#paused = new Set(keys);
  }

  list(): TopicOffset[] {
    return [...this.#next.values()].map(({ at, offset }) => ({ ...at, offset }));
  }

  take(recordsMax: number): LogRecord[] {
    const taken: LogRecord[] = [];
    const all = [...this.#next].filter(([key]) => !this.#paused.has(key)).map(([, position]) => position);
    for (let i = 0; i < all.length && taken.length < recordsMax; i += 1) {
      const position = all[(this.#turn + i) % all.length]!;
      const { records, next } = this.#broker.read(position.at, position.offset, recordsMax - taken.length);
      position.offset = next;
      taken.push(...records);
    }
    this.#turn += 1;
    return taken;
  }
}

class MemoryReader implements Reader {
  readonly #broker: MemoryBroker;
  readonly #positions: Positions;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
    this.#positions = new Positions(broker);
  }

  async assign(offsets: readonly TopicOffset[]): Promise<void> {
    this.#positions.clear();
    for (const offset of offsets) this.#positions.set(offset);
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly LogRecord[]> {
    return until(this.#broker, timeoutMs, () => {
      const records = this.#positions.take(recordsMax);
      return records.length > 0 ? records : null;
    }).then((records) => records ?? []);
  }

  positions(): readonly TopicOffset[] {
    return this.#positions.list();
  }

  async close(): Promise<void> {
    this.#positions.clear();
  }
}

class MemoryGroupReader implements GroupReader {
  readonly group: MemoryGroup;
  readonly #broker: MemoryBroker;
  readonly #name: string;
  readonly #membership: Membership;
  readonly #positions: Positions;

  constructor(broker: MemoryBroker, { group, instance, topics }: GroupReaderOptions) {
    this.#broker = broker;
    this.#name = `group reader ${group}/${instance}`;
    this.group = broker.group(group);
    this.#membership = this.group.join(instance, topics);
    this.#positions = new Positions(broker);
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<Polled> {
    const polled = await until(this.#broker, timeoutMs, (): Polled | null => {
      this.throwIfOut();
      const news = this.group.take(this.#membership);
      if (news !== null) {
        this.#positions.clear();
        return news;
      }
      const records = this.#positions.take(recordsMax);
      return records.length > 0 ? { kind: "records", records } : null;
    });
    return polled ?? { kind: "records", records: [] };
  }

  async resume(offsets: readonly TopicOffset[]): Promise<void> {
    this.throwIfOut();
    for (const offset of offsets) this.#positions.set(offset);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#positions.pause(partitions);
    this.#broker.notify();
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    this.throwIfOut();
    return this.group.committed(partitions);
  }

  positions(): readonly TopicOffset[] {
    return this.#positions.list();
  }

  async close(): Promise<void> {
    this.#positions.clear();
    this.group.leave(this.#membership);
  }

  throwIfOut(): void {
    const { state } = this.#membership;
    if (state === "fenced") throw new FencedError(`${this.#name}: another instance took over`);
    if (state === "expired") throw new Error(`${this.#name}: the session expired`);
  }
}

class MemoryTransactionalWriter implements TransactionalWriter {
  readonly #broker: MemoryBroker;
  readonly #id: string;
  readonly #epoch: number;
  #failure: unknown = null;

  constructor(broker: MemoryBroker, id: string) {
    this.#broker = broker;
    this.#id = id;
    this.#epoch = broker.nextEpoch(id);
  }

  async transact(
    records: readonly OutgoingRecord[],
    offsets: readonly TopicOffset[],
    group: GroupReader | null,
  ): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    try {
      if (!this.#broker.isCurrent(this.#id, this.#epoch)) {
        throw new FencedError(`transactional writer ${this.#id}: another instance took over`);
      }
      if (offsets.length > 0) {
        if (!(group instanceof MemoryGroupReader)) {
          throw new Error(
            `transactional writer ${this.#id}: offsets need the group reader they were read with`,
          );
        }
        group.throwIfOut();
      }
      this.#broker.appendTransaction(records);
      if (group instanceof MemoryGroupReader) group.group.commit(offsets);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async close(): Promise<void> {}
}

/** First non-null answer, asked again at each change of the broker; null after `timeoutMs`. */
async function until<T>(broker: MemoryBroker, timeoutMs: number, ask: () => T | null): Promise<T | null> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = ask();
    if (answer !== null) return answer;
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0 || !(await broker.change(remainingMs))) return null;
  }
}
