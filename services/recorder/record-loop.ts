import type { Clock, GroupReader, Log, LogRecord, TopicPartition } from "../ports.ts";
import type { Recorder } from "./recorder.ts";

export interface RecordLoopOptions {
  readonly reader: GroupReader;
  readonly log: Pick<Log, "partitionCount">;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Aborting ends the loop after what was read is stored. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<RecordLoopLimits>;
}

export interface RecordLoopLimits {
  /** A batch is stored when it reaches one of these, or this age. */
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly batchAgeMs: number;
  readonly pollRecordsMax: number;
}

const DEFAULT_LIMITS: RecordLoopLimits = {
  batchRecordsMax: 20_000,
  batchBytesMax: 8 * 1024 * 1024,
  // Each batch is a part of each table it has rows for, and what parts cost is their merging: at 1,000 samples/s and 0.4 s a
  // batch the engine merged for 44 % of a core.
  batchAgeMs: 1_000,
  pollRecordsMax: 5_000,
};

/**
 * Reads, gathers, stores; one coroutine, so nothing is polled while an insert is under way: a store that is away stops
 * the reading, and memory holds at most one batch and one poll.
 *
 * 1. News of the group comes first. Partitions that are gone take their unstored records with them: their new owner
 *    reads those again. After an assignment everything unstored is dropped and every partition starts from the store.
 * 2. A full or old batch is stored whole. A throw ends the loop; nothing later is stored before a new start. So it is with a
 *    store that stays away for longer than the recorder tries (3.5 minutes): the process ends with the store's error, its
 *    supervisor starts it again, and it goes on from the store once that is there.
 */
export async function runRecordLoop(options: RecordLoopOptions): Promise<void> {
  const { reader, recorder, clock, signal } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const partitionCounts = new Map<string, number>();
  const owned = new Set<number>();
  let pending: LogRecord[] = [];
  let pendingBytes = 0;
  let firstMs = 0;

  async function ownedPartitions(): Promise<readonly TopicPartition[]> {
    const result: TopicPartition[] = [];
    for (const topic of recorder.topics) {
      const count = partitionCounts.get(topic) ?? (await options.log.partitionCount(topic));
      partitionCounts.set(topic, count);
      for (const partition of owned) if (partition < count) result.push({ topic, partition });
    }
    return result;
  }

  async function storePending(): Promise<void> {
    const batch = pending;
    pending = [];
    pendingBytes = 0;
    await recorder.record(batch);
  }

  while (!signal.aborted) {
    const ageMs = pending.length === 0 ? 0 : clock.nowMs() - firstMs;
    const polled = await reader.poll(limits.pollRecordsMax, Math.max(0, limits.batchAgeMs - ageMs));
    if (polled.kind === "assigned") {
      for (const partition of polled.partitions) owned.add(partition);
      pending = [];
      pendingBytes = 0;
      await reader.resume(await recorder.resumeOffsets(await ownedPartitions()));
      continue;
    }
    if (polled.kind === "revoked") {
      for (const partition of polled.partitions) owned.delete(partition);
      recorder.release(polled.partitions);
      pending = pending.filter((record) => owned.has(record.partition));
      pendingBytes = pending.reduce((sum, record) => sum + (record.value?.byteLength ?? 0), 0);
      continue;
    }
    if (polled.records.length > 0 && pending.length === 0) firstMs = clock.nowMs();
    for (const record of polled.records) {
      pending.push(record);
      pendingBytes += record.value?.byteLength ?? 0;
    }
    const full = pending.length >= limits.batchRecordsMax || pendingBytes >= limits.batchBytesMax;
    const old = pending.length > 0 && clock.nowMs() - firstMs >= limits.batchAgeMs;
    // With nothing pending, an empty batch lets progress that only ticks have made be written.
    if (full || old || (pending.length === 0 && owned.size > 0)) await storePending();
  }
  if (owned.size > 0) {
    await storePending();
    await recorder.flush();
  }
}
