/**
 * The one loop of services that own partitions: poll, decode, absorb, perform.
 *
 * 1. News of the group first. What a revoked partition absorbed and did not commit is dropped with its worker.
 * 2. A batch is decoded (bad bytes become inputs, never a throw) and absorbed by each partition's worker.
 * 3. Everything the workers ask for goes into one transaction with their offsets, or into one for each worker. A throw
 *    here ends the loop: nothing later may be committed before a new start. A worker that has more to give is asked
 *    again, a transaction each, before the next poll; signs of life go on in between.
 * 4. Topics that a worker has read far ahead of its others are paused, until it says otherwise.
 * 5. Metrics last: they may be lost with the process, records may not.
 */
import type { Effect } from "../core/effect.ts";
import type { Input } from "../core/input.ts";
import type { TopicName } from "../core/topics.ts";
import type {
  Clock,
  Gauges,
  GroupReader,
  Log,
  Logger,
  LogRecord,
  OutgoingRecord,
  TopicOffset,
  TopicPartition,
  TransactionalWriter,
} from "../ports.ts";
import type { IdleTicks } from "./idle-ticks.ts";
import type { TopicNames } from "./topics.ts";

export const POLL_RECORDS_MAX = 1_000;
const POLL_TIMEOUT_MS = 100;
/** Signs of life and ticks are due this often. */
const BEAT_MS = 1_000;
/** Partitions restored at a time: most of it is waiting for the broker, and each has clients of its own. */
const RESTORES_MAX = 4;
/** Lag is asked for this often: it costs a call to the broker per partition. */
const LAG_MS = 5_000;

/** One partition number of a service. */
export interface PartitionWorker {
  absorb(inputs: readonly Input[]): readonly Effect[];
  /** Next offset to read, or to commit, per topic. */
  offsets(): readonly { readonly topic: TopicName; readonly offset: number }[];
  /** What is due once a second whether or not anything came. */
  beat(): readonly Effect[];
  /** Whether `absorb` has effects of a further transaction, with nothing new; absent where it never has. */
  hasMore?(): boolean;
  /** Topics of which nothing more may come for now; absent where that is never so. */
  heldTopics?(): readonly TopicName[];
}

export interface PartitionLoopOptions {
  readonly name: string;
  readonly log: Log;
  readonly reader: GroupReader;
  readonly writer: TransactionalWriter;
  readonly names: TopicNames;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  readonly signal: AbortSignal;
  /**
   * Whether what comes of a batch is a transaction for each partition: where that is much work, nobody waits for the work of the
   * others. Default: one for all.
   */
  readonly transactionPerPartition?: boolean;
  /** Records of one batch, which is one transaction where anything comes of it; default `POLL_RECORDS_MAX`. */
  readonly batchRecordsMax?: number;
  readonly decode: (record: LogRecord) => Input;
  readonly encode: (effects: readonly Effect[]) => OutgoingRecord[];
  readonly observe: (effects: readonly Effect[]) => void;
  /** Rebuilds the state of a partition number from the log. */
  readonly restore: (partition: number) => Promise<PartitionWorker>;
  /** All partitions are somebody else's from here on, until `restore`: what is kept of them beside the workers may go. */
  readonly released?: () => void;
  /** Before a batch is absorbed: what is read beside the group's topics. */
  readonly before?: () => Promise<void>;
  /** Ticks for producers' silent topics; null where nobody may be ticked on. */
  readonly idle: IdleTicks | null;
}

export async function runPartitionLoop(options: PartitionLoopOptions): Promise<void> {
  const { reader, names, clock, logger, signal } = options;
  const workers = new Map<number, PartitionWorker>();
  /** Append time of the last record read, by topic and partition. */
  const readThrough = new Map<string, Map<number, number>>();
  let paused: readonly TopicPartition[] = [];
  let beatDueMs = clock.nowMs();
  let lagDueMs = beatDueMs;

  async function commit(effects: readonly Effect[], offsets: readonly TopicOffset[]): Promise<void> {
    const startMs = clock.nowMs();
    await options.writer.transact(options.encode(effects), offsets, offsets.length > 0 ? reader : null);
    options.gauges.count("transactions", {}, 1);
    options.gauges.set("transaction_ms", {}, clock.nowMs() - startMs);
    options.observe(effects);
  }

  function offsetsOf(partition: number, worker: PartitionWorker): TopicOffset[] {
    return worker.offsets().map(({ topic, offset }) => ({ topic: names.full(topic), partition, offset }));
  }

  function release(): void {
    for (const partition of workers.keys()) options.gauges.drop({ partition: String(partition) });
    workers.clear();
    readThrough.clear();
    paused = [];
    options.released?.();
  }

  function revoke(partitions: readonly number[]): void {
    release();
    logger.info({ service: options.name, partitions }, "partitions revoked");
  }

  async function assign(partitions: readonly number[]): Promise<void> {
    release();
    const fromMs = clock.nowMs();
    const positions: TopicOffset[] = [];
    for (let from = 0; from < partitions.length; from += RESTORES_MAX) {
      const some = partitions.slice(from, from + RESTORES_MAX);
      const restored = await Promise.all(some.map((partition) => options.restore(partition)));
      restored.forEach((worker, i) => {
        workers.set(some[i]!, worker);
        positions.push(...offsetsOf(some[i]!, worker));
      });
    }
    await reader.resume(positions);
    const restoreMs = clock.nowMs() - fromMs;
    logger.info({ service: options.name, partitions, restoreMs }, "partitions assigned");
    await performRest();
  }

  async function absorb(records: readonly LogRecord[]): Promise<void> {
    const inputs = new Map<number, Input[]>();
    for (const [i, record] of records.entries()) {
      if (!isFollowed(record, records[i + 1])) {
        options.idle?.saw(record);
        noteRead(record);
      }
      const list = inputs.get(record.partition);
      if (list === undefined) inputs.set(record.partition, [options.decode(record)]);
      else list.push(options.decode(record));
    }
    options.gauges.count("records", { service: options.name }, records.length);
    await perform(inputs);
    await performRest();
    pauseHeld();
  }

  async function performRest(): Promise<void> {
    for (let rest = askAgain(); rest.size > 0 && !signal.aborted; rest = askAgain()) {
      await beat();
      await perform(rest);
    }
  }

  /** Partitions whose workers have more to give, without anything new. */
  function askAgain(): Map<number, Input[]> {
    const asking = [...workers].filter(([, worker]) => worker.hasMore?.() === true);
    return new Map(asking.map(([partition]) => [partition, []]));
  }

  /** One transaction, or one for each partition, of what the workers ask for. */
  async function perform(inputs: ReadonlyMap<number, readonly Input[]>): Promise<void> {
    let effects: Effect[] = [];
    let offsets: TopicOffset[] = [];
    for (const [partition, list] of inputs) {
      const worker = workers.get(partition);
      if (worker === undefined) continue;
      const asked = worker.absorb(list);
      if (asked.length === 0) continue;
      // One by one: a monitor that catches up closes many panes at once, more than a call takes arguments.
      for (const effect of asked) effects.push(effect);
      offsets.push(...offsetsOf(partition, worker));
      if (options.transactionPerPartition !== true) continue;
      await commit(effects, offsets);
      effects = [];
      offsets = [];
    }
    if (effects.length > 0) await commit(effects, offsets);
  }

  function pauseHeld(): void {
    const held = [...workers].flatMap(([partition, worker]) =>
      (worker.heldTopics?.() ?? []).map((topic) => ({ topic: names.full(topic), partition })),
    );
    const isPaused = (at: TopicPartition): boolean =>
      paused.some(({ topic, partition }) => topic === at.topic && partition === at.partition);
    if (held.length === paused.length && held.every(isPaused)) return;
    reader.pause(held);
    paused = held;
  }

  function noteRead({ topic, partition, appendMs }: LogRecord): void {
    let partitions = readThrough.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      readThrough.set(topic, partitions);
    }
    partitions.set(partition, appendMs);
  }

  function tellReadThrough(): void {
    for (const [topic, partitions] of readThrough) {
      for (const [partition, appendMs] of partitions) {
        const labels = { topic: names.short(topic), partition: String(partition) };
        options.gauges.set("read_timestamp", labels, appendMs / 1_000);
      }
    }
  }

  async function beat(): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs < beatDueMs) return;
    beatDueMs = nowMs + BEAT_MS;
    const effects = [...workers.values()].flatMap((worker) => worker.beat());
    if (effects.length > 0) await commit(effects, []);
    tellReadThrough();
    for (const at of paused) options.idle?.saw(at);
    await options.idle?.tick([...workers.keys()]);
    if (nowMs < lagDueMs) return;
    lagDueMs = nowMs + LAG_MS;
    await measureLag();
  }

  async function measureLag(): Promise<void> {
    const positions = reader.positions();
    if (positions.length === 0) return;
    for (const { topic, partition, high } of await options.log.watermarks(positions)) {
      const position = positions.find((at) => at.topic === topic && at.partition === partition);
      const labels = { topic: names.short(topic), partition: String(partition) };
      options.gauges.set("consumer_lag", labels, Math.max(0, high - (position?.offset ?? high)));
    }
  }

  while (!signal.aborted) {
    const polled = await reader.poll(options.batchRecordsMax ?? POLL_RECORDS_MAX, POLL_TIMEOUT_MS);
    if (polled.kind === "assigned") await assign(polled.partitions);
    else if (polled.kind === "revoked") revoke(polled.partitions);
    else if (polled.records.length > 0) {
      // After the poll, which may have waited: what is read beside the batch must be no older than the batch.
      await options.before?.();
      await absorb(polled.records);
    }
    await beat();
  }
}

/** Whether a record of the same partition comes next: what is noted of a partition is noted of the last of a run. */
function isFollowed({ topic, partition }: LogRecord, next: LogRecord | undefined): boolean {
  return next !== undefined && next.partition === partition && next.topic === topic;
}
