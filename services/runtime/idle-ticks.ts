/**
 * Ticks for silent topic-partitions that producers write (law 1): one record worth its append time, written at
 * the end of the partition after the longest idleMs of its lanes. Where a lane says `idleMs: off` there are none.
 */
import type { TopicName } from "../core/topics.ts";
import type { Clock, Log, TopicPartition, Writer } from "../ports.ts";
import { APPEND_TIME, tickRecord } from "./control-records.ts";
import type { TopicNames } from "./topics.ts";

export interface IdleTicks {
  /** Notes that a partition is not silent, or not read to its end. */
  saw(at: TopicPartition): void;
  /** Writes what is due in these partition numbers. */
  tick(partitions: readonly number[]): Promise<void>;
}

interface Seen {
  high: number;
  sinceMs: number;
}

export function createIdleTicks(
  log: Log,
  writer: Writer,
  names: TopicNames,
  topics: readonly TopicName[],
  idleMs: number,
  clock: Clock,
): IdleTicks {
  const seen = new Map<string, Seen>();
  return {
    saw({ topic, partition }) {
      const entry = seen.get(`${topic}/${partition}`);
      if (entry !== undefined) entry.sinceMs = clock.nowMs();
    },
    async tick(partitions) {
      const all = topics.flatMap((topic) =>
        partitions.map((partition) => ({ topic: names.full(topic), partition })),
      );
      if (all.length === 0) return;
      const nowMs = clock.nowMs();
      const due = (await log.watermarks(all)).filter(({ topic, partition, high }) => {
        const key = `${topic}/${partition}`;
        const entry = seen.get(key);
        // A record that is on its way moves the end first: both must have stood still for idleMs.
        if (entry === undefined || entry.high !== high) {
          seen.set(key, { high, sinceMs: nowMs });
          return false;
        }
        return nowMs - entry.sinceMs >= idleMs;
      });
      if (due.length === 0) return;
      await writer.write(due.map(({ topic, partition }) => tickRecord(topic, partition, APPEND_TIME)));
    },
  };
}
