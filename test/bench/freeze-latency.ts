/**
 * From the close of a pane to the gate that followed, read off the append times of a run's topics: the rows of `windows` that a
 * decision's cut names, and the record of `gates` under the next revision. The broker's clock is the only one. The gatekeeper
 * reads gates after each wait for samples, so it judges by the gate at most that wait (100 ms) later; its own first cut says
 * nothing of that, as it comes with the next sample.
 */
import type { Codec } from "../../services/adapters/avro/codec.ts";
import type { Log } from "../../services/ports.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import type { TopicNames } from "../../services/runtime/topics.ts";

export interface FreezeLatency {
  /** Ms of each gate that a pane's close moved, ascending. */
  readonly ms: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The least value that at least `share` of the sorted values do not exceed; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Measures all gates of a run that were moved by a window; those that compaction removed are left out. */
export async function freezeLatency(log: Log, codec: Codec, names: TopicNames): Promise<FreezeLatency> {
  const partitions = await log.partitionCount(names.full("windows"));
  const closed = new Map<string, number>();
  const gates = new Map<number, number>();
  for (let partition = 0; partition < partitions; partition += 1) {
    await readPartition(log, names.full("windows"), partition, 0, (record) => {
      if (record.value !== null) closed.set(`${partition}:${record.offset}`, record.appendMs);
    });
  }
  await readPartition(log, names.full("gates"), 0, 0, (record) => {
    const decoded = record.value === null ? null : codec.decodeGeneric("gates", record.value);
    if (decoded?.ok === true) gates.set(decoded.record.revision, record.appendMs);
  });
  const ms: number[] = [];
  await readPartition(log, names.full("decisions"), 0, 0, (record) => {
    if (record.value === null) return;
    const decoded = codec.decodeGeneric("decisions", record.value);
    if (!decoded.ok) return;
    // The gate is published right after its decision, under the next revision.
    const { cut, revision, window } = decoded.record;
    if (window === "") return;
    for (const [, partition, from, to] of cut.matchAll(/windows\/(\d+):(\d+)-(\d+)/g)) {
      const rows = Array.from({ length: Number(to) - Number(from) }, (_, i) =>
        closed.get(`${partition}:${Number(from) + i}`),
      ).filter((appendMs) => appendMs !== undefined);
      const written = gates.get(revision + 1);
      if (rows.length > 0 && written !== undefined) ms.push(written - Math.max(...rows));
    }
  });
  ms.sort((a, b) => a - b);
  return { ms, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) };
}
