/** The `Log` port of one simulated process over the simulated broker. */
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
} from "../../services/ports.ts";
import { NOTHING_FOLLOWS } from "./scheduler.ts";
import { type OpenTransaction, type Partition, type SimBroker, TRANSACTION_MS_MAX } from "./sim-broker.ts";
import type { Member, SimGroup } from "./sim-group.ts";
import { InjectedError, type SimProcess } from "./sim-process.ts";

export class SimLog implements Log {
  readonly #broker: SimBroker;
  readonly #process: SimProcess;

  constructor(broker: SimBroker, process: SimProcess) {
    this.#broker = broker;
    this.#process = process;
  }

  groupReader(options: GroupReaderOptions): Promise<GroupReader> {
    const { group, instance, topics } = options;
    return this.#ask(`join ${group}`, () => {
      const member = this.#broker.group(group).join(instance, topics);
      return new SimGroupReader(this.#broker, this.#process, this.#broker.group(group), member);
    });
  }

  reader(): Promise<Reader> {
    return Promise.resolve(new SimReader(this.#broker, this.#process));
  }

  transactionalWriter(id: string): Promise<TransactionalWriter> {
    return this.#ask(`open ${id}`, () => {
      return new SimTransactionalWriter(this.#broker, this.#process, id, this.#broker.nextEpoch(id));
    });
  }

  writer(): Promise<Writer> {
    return Promise.resolve({
      write: (records) => this.#ask("write", () => this.#broker.append(records)),
      close: () => Promise.resolve(),
    });
  }

  watermarks(partitions: readonly TopicPartition[]): Promise<readonly Watermarks[]> {
    return this.#ask("watermarks", () =>
      partitions.map(({ topic, partition }) => ({
        topic,
        partition,
        low: 0,
        high: this.#broker.partition({ topic, partition }).stable,
      })),
    );
  }

  ends(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    return this.#ask("ends", () =>
      partitions.map((at) => ({ ...at, offset: this.#broker.partition(at).end })),
    );
  }

  partitionCount(topic: string): Promise<number> {
    return this.#ask("partitionCount", () => this.#broker.partitions(topic).length);
  }

  clusterId(): Promise<string> {
    return this.#ask("clusterId", () => this.#broker.clusterId);
  }

  topicId(topic: string): Promise<string> {
    return this.#ask("topicId", () => `id of ${topic}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #ask<T>(what: string, effect: () => T): Promise<T> {
    return this.#process.call(what, effect, { downUntilMs: () => this.#broker.downUntilMs });
  }
}

interface ReadPosition {
  readonly at: TopicPartition;
  readonly partition: Partition;
  offset: number;
  paused: boolean;
}

/** Positions of some partitions, and a poll that waits for records or news. */
class Poller {
  readonly broker: SimBroker;
  readonly process: SimProcess;
  readonly #positions: ReadPosition[] = [];

  constructor(broker: SimBroker, process: SimProcess) {
    this.broker = broker;
    this.process = process;
  }

  set({ topic, partition: number, offset }: TopicOffset): void {
    const at = { topic, partition: number };
    this.broker.checkStart(at, offset);
    const partition = this.broker.partition(at);
    const known = this.#positions.find((position) => position.partition === partition);
    if (known === undefined) this.#positions.push({ at, partition, offset, paused: false });
    else known.offset = offset;
    for (const position of this.#positions) position.paused = false;
  }

  pause(partitions: readonly TopicPartition[]): void {
    const named = new Set(partitions.map((at) => this.broker.partition(at)));
    for (const position of this.#positions) position.paused = named.has(position.partition);
  }

  clear(): void {
    this.#positions.length = 0;
  }

  list(): TopicOffset[] {
    return this.#positions.map(({ at, offset }) => ({ ...at, offset }));
  }

  /** What happens to have been fetched: any share of what there is, partitions in any order. */
  take(recordsMax: number): LogRecord[] {
    const taken: LogRecord[] = [];
    const all = this.#positions.filter(hasMore);
    const start = all.length === 0 ? 0 : this.process.below(all.length);
    const most = this.process.chance(0.3) ? 1 + this.process.below(Math.min(recordsMax, 200)) : recordsMax;
    for (let i = 0; i < all.length && taken.length < most; i += 1) {
      const position = all[(start + i) % all.length]!;
      position.offset = position.partition.read(position.offset, most, taken);
    }
    return taken;
  }

  /** Whether there is anything to take. */
  hasMore(): boolean {
    return this.#positions.some(hasMore);
  }

  /**
   * First non-null answer of `ask`, asked at once and whenever the broker changed and `ready` says that asking may help;
   * null after `timeoutMs`.
   */
  poll<T>(what: string, timeoutMs: number, ready: () => boolean, ask: () => T | null): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const settle = resolve as (answer: unknown) => void;
      new PendingPoll(this, what, ready, ask, settle, reject).start(timeoutMs);
    });
  }
}

/** A poll under way. */
class PendingPoll {
  readonly #broker: SimBroker;
  readonly #process: SimProcess;
  readonly #what: string;
  readonly #ready: () => boolean;
  readonly #ask: () => unknown;
  readonly #resolve: (answer: unknown) => void;
  readonly #reject: (error: Error) => void;
  #settled = false;
  #waking = false;

  constructor(
    { broker, process }: Poller,
    what: string,
    ready: () => boolean,
    ask: () => unknown,
    resolve: (answer: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.#broker = broker;
    this.#process = process;
    this.#what = what;
    this.#ready = ready;
    this.#ask = ask;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(timeoutMs: number): void {
    this.#broker.watchers.add(this);
    this.wake();
    const { scheduler } = this.#process;
    scheduler.at(timeoutMs + this.#process.latencyMs(), () => this.#expire());
  }

  #expire(): unknown {
    if (this.#settled) return NOTHING_FOLLOWS;
    this.#settle(() => this.#resolve(null));
    return null;
  }

  /** Something changed: asks again, a fetch later. */
  wake(): void {
    const { alive, stalledUntilMs, scheduler } = this.#process;
    if (!alive) this.#broker.watchers.delete(this);
    if (!alive || this.#waking || this.#settled || !this.#ready()) return;
    this.#waking = true;
    const waitMs = Math.max(stalledUntilMs, this.#broker.downUntilMs) - scheduler.nowMs;
    scheduler.at(Math.max(waitMs, 0) + this.#process.latencyMs(), () => this.#attempt());
  }

  #attempt(): unknown {
    this.#waking = false;
    const { alive, stalledUntilMs, scheduler, name } = this.#process;
    if (this.#settled || !alive) return NOTHING_FOLLOWS;
    if (Math.max(stalledUntilMs, this.#broker.downUntilMs) > scheduler.nowMs) {
      this.wake();
      return NOTHING_FOLLOWS;
    }
    let answer: unknown;
    try {
      answer = this.#ask();
    } catch (error) {
      this.#settle(() => this.#reject(error as Error));
      return null;
    }
    if (answer === null) return NOTHING_FOLLOWS;
    scheduler.note(`${name} ${this.#what}`);
    this.#settle(() => this.#resolve(answer));
    return null;
  }

  #settle(give: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#broker.watchers.delete(this);
    this.#process.answer(give);
  }
}

function hasMore({ partition, offset, paused }: ReadPosition): boolean {
  return !paused && partition.stable > offset;
}

class SimReader implements Reader {
  readonly #poller: Poller;

  constructor(broker: SimBroker, process: SimProcess) {
    this.#poller = new Poller(broker, process);
  }

  assign(offsets: readonly TopicOffset[]): Promise<void> {
    return this.#poller.process.call(
      "assign",
      () => {
        this.#poller.clear();
        for (const offset of offsets) this.#poller.set(offset);
      },
      { orphan: "dropped", downUntilMs: () => this.#poller.broker.downUntilMs },
    );
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly LogRecord[]> {
    const records = await this.#poller.poll(
      "poll",
      timeoutMs,
      () => this.#poller.hasMore(),
      () => {
        const taken = this.#poller.take(recordsMax);
        return taken.length > 0 ? taken : null;
      },
    );
    return records ?? [];
  }

  positions(): readonly TopicOffset[] {
    return this.#poller.list();
  }

  close(): Promise<void> {
    this.#poller.clear();
    return Promise.resolve();
  }
}

export class SimGroupReader implements GroupReader {
  readonly group: SimGroup;
  readonly member: Member;
  readonly #poller: Poller;

  constructor(broker: SimBroker, process: SimProcess, group: SimGroup, member: Member) {
    this.group = group;
    this.member = member;
    this.#poller = new Poller(broker, process);
    process.sessions.push(() => {
      if (group.sits(member)) group.expire(member.instance);
    });
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<Polled> {
    const ready = () =>
      this.member.news.length > 0 || this.member.state !== "member" || this.#poller.hasMore();
    const polled = await this.#poller.poll("poll group", timeoutMs, ready, (): Polled | null => {
      const news = this.group.take(this.member);
      this.#throwIfFenced();
      if (news !== null) {
        this.#poller.clear();
        return news;
      }
      const records = this.#poller.take(recordsMax);
      return records.length > 0 ? { kind: "records", records } : null;
    });
    return polled ?? { kind: "records", records: [] };
  }

  resume(offsets: readonly TopicOffset[]): Promise<void> {
    return this.#ask("resume", () => {
      this.#throwIfFenced();
      for (const offset of offsets) this.#poller.set(offset);
    });
  }

  /** Between polls: nothing of these is on its way. */
  pause(partitions: readonly TopicPartition[]): void {
    this.#throwIfFenced();
    this.#poller.pause(partitions);
  }

  /** Waits while a transaction under way holds offsets of the group, as a read-committed fetch does. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    const { broker, process } = this.#poller;
    for (let waitedMs = 0; ; waitedMs += 100) {
      const found = await this.#ask("committed", () => {
        this.#throwIfFenced();
        return broker.hasPending(this.group) ? null : this.group.committed(partitions);
      });
      if (found !== null) return found;
      if (waitedMs > 30_000) throw new InjectedError("committed: offsets stay unstable");
      await process.clock.sleep(100);
    }
  }

  positions(): readonly TopicOffset[] {
    return this.#poller.list();
  }

  close(): Promise<void> {
    this.#poller.clear();
    this.group.leaveQuietly(this.member);
    return Promise.resolve();
  }

  #throwIfFenced(): void {
    if (this.member.state !== "fenced") return;
    throw new FencedError(`${this.group.name}/${this.member.instance}: another instance took over`);
  }

  #ask<T>(what: string, effect: () => T): Promise<T> {
    const { broker, process } = this.#poller;
    return process.call(what, effect, { orphan: "dropped", downUntilMs: () => broker.downUntilMs });
  }
}

/** Now and then the client keeps a transaction's records until it commits. */
const KEEPS_SHARE = 0.3;

/** Four calls a transaction: write, send offsets, commit, and abort where one of them failed. */
export class SimTransactionalWriter implements TransactionalWriter {
  readonly #broker: SimBroker;
  readonly #process: SimProcess;
  readonly #id: string;
  readonly #epoch: number;
  #failure: Error | null = null;

  constructor(broker: SimBroker, process: SimProcess, id: string, epoch: number) {
    this.#broker = broker;
    this.#process = process;
    this.#id = id;
    this.#epoch = epoch;
  }

  async transact(
    records: readonly OutgoingRecord[],
    offsets: readonly TopicOffset[],
    group: GroupReader | null,
  ): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (records.length === 0 && offsets.length === 0) return;
    let transaction: OpenTransaction | null = null;
    try {
      const keeps = this.#process.chance(KEEPS_SHARE);
      const begun = await this.#ask("begin and produce", () => {
        this.#throwIfFenced();
        transaction = this.#begin();
        if (!keeps) this.#broker.write(transaction, records);
        return transaction;
      });
      if (offsets.length > 0) await this.#ask("send offsets", () => this.#sendOffsets(begun, offsets, group));
      await this.#ask("commit", () => {
        this.#throwIfFenced();
        if (begun.state !== "open") throw new InjectedError("the transaction was aborted by the coordinator");
        if (keeps) this.#broker.write(begun, records);
        this.#broker.commit(begun);
      });
    } catch (error) {
      this.#failure = error as Error;
      if (!(error instanceof FencedError) && transaction !== null) {
        const open: OpenTransaction = transaction;
        await this.#ask("abort", () => this.#broker.abort(open), true);
      }
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #begin(): OpenTransaction {
    const transaction = this.#broker.begin(this.#id, this.#epoch);
    this.#process.scheduler.at(TRANSACTION_MS_MAX, () => this.#broker.abort(transaction));
    return transaction;
  }

  #sendOffsets(
    transaction: OpenTransaction,
    offsets: readonly TopicOffset[],
    group: GroupReader | null,
  ): void {
    this.#throwIfFenced();
    if (!(group instanceof SimGroupReader))
      throw new Error("offsets need the group reader they were read with");
    if (!group.group.mayCommit(group.member)) throw new InjectedError("the group's generation has moved on");
    transaction.offsets.push({ group: group.group, offsets });
  }

  #throwIfFenced(): void {
    if (this.#broker.isCurrent(this.#id, this.#epoch)) return;
    throw new FencedError(`transactional writer ${this.#id}: another instance took over`);
  }

  #ask<T>(what: string, effect: () => T, sure = false): Promise<T> {
    return this.#process.call(what, effect, {
      sure,
      downUntilMs: () => this.#broker.downUntilMs,
      patienceMs: TRANSACTION_MS_MAX,
    });
  }
}
