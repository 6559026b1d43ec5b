/** The gatekeeper's shell: samples and gates in, admitted and quarantined out. */

import { DUPLICATE_MEMORY_MAX } from "../../core/gatekeeper/duplicate-memory.ts";
import { GATEKEEPER_MEMORY, GatekeeperPartition } from "../../core/gatekeeper/gatekeeper.ts";
import { decodeMemorySegment, type MemorySegment } from "../../core/gatekeeper/memory-segment.ts";
import { advanced, NO_WATERMARK } from "../../core/time.ts";
import type { LogRecord } from "../../ports.ts";
import { createIdleTicks } from "../idle-ticks.ts";
import { decodeOwnState } from "../own-state.ts";
import { type PartitionWorker, runPartitionLoop } from "../partition-loop.ts";
import { recordsOf } from "../perform.ts";
import { readBack, readCompacted, readPartition, readToEnd } from "../read-partition.ts";
import { startOffset } from "../start-offset.ts";
import type { ServiceDependencies } from "./dependencies.ts";

const GATES_POLL_MAX = 500;
/**
 * Nothing is judged by gates that were last seen whole longer ago. What the client happens to have fetched is not enough: after
 * an outage it may have samples again for many seconds before it has gates.
 */
const GATES_AGE_MS_MAX = 1_000;
/**
 * Samples of one transaction: all of them are forwarded, so what a transaction costs is a part of what a sample costs. Measured
 * 1 µs of CPU a sample less than with 1,000. Gates are read between batches, which take under 0.1 s.
 */
const BATCH_RECORDS_MAX = 4_000;
/** The last tick is among so many of the last records, but for transactions that ended without one. */
const TICK_WITHIN_RECORDS = 5_000;

export async function runGatekeeper(deps: ServiceDependencies): Promise<void> {
  const { log, names, clock, codec, published, signal } = deps;
  const cores = new Map<number, GatekeeperPartition>();
  const gates = new Map<string, LogRecord>();
  /** All gates up to then are known. */
  let gatesKnownMs = Number.NEGATIVE_INFINITY;
  const decoder = new TextDecoder();
  const gatesTopic = names.full("gates");
  const [marks] = await log.watermarks([{ topic: gatesTopic, partition: 0 }]);
  const gatesReader = await log.reader();
  await gatesReader.assign([{ topic: gatesTopic, partition: 0, offset: marks?.low ?? 0 }]);
  const reader = await log.groupReader({
    group: `${names.prefix}gatekeeper`,
    instance: deps.instance,
    topics: [names.full("samples")],
  });
  const writer = await log.transactionalWriter(`${names.prefix}gatekeeper-${deps.instance}`);
  const idleMs = published.policies.longestIdleMs();
  const ticks = idleMs === null ? null : await log.writer();
  const idle = ticks === null ? null : createIdleTicks(log, ticks, names, ["samples"], idleMs ?? 0, clock);

  async function readGates(): Promise<void> {
    const ageMs = clock.nowMs() - gatesKnownMs;
    // A clock that was set back says nothing of their age.
    if (ageMs < 0 || ageMs >= GATES_AGE_MS_MAX) return readAllGates();
    const records = await gatesReader.poll(GATES_POLL_MAX, 0);
    if (records.length > 0) takeGates(records);
  }

  function takeGates(records: readonly LogRecord[]): void {
    for (const record of records) gates.set(decoder.decode(record.key ?? new Uint8Array()), record);
    const changed = records.flatMap(gateOf);
    for (const core of cores.values()) core.applyGates(changed);
  }

  /** An old gate record would let through what a newer one holds. */
  async function readAllGates(): Promise<void> {
    const startMs = clock.nowMs();
    await readToEnd(gatesReader, await log.watermarks([{ topic: gatesTopic, partition: 0 }]), (record) => {
      takeGates([record]);
    });
    gatesKnownMs = startMs;
  }

  function gateOf(record: LogRecord) {
    const input = deps.decode(record);
    if (input.kind === "gate") return [input.gate];
    if (record.value !== null) {
      deps.logger.error(
        { topic: record.topic, offset: record.offset, key: decoder.decode(record.key ?? new Uint8Array()) },
        "a gate cannot be read and holds nothing: update the gatekeepers before the governor",
      );
    }
    return [];
  }

  async function restore(partition: number): Promise<PartitionWorker> {
    const samples = { topic: names.full("samples"), partition };
    const [committed] = await reader.committed([samples]);
    // At once: the partition stands still until all of it is read.
    const [[range], checkpoint, watermarkMs] = await Promise.all([
      log.watermarks([samples]),
      readMemory(deps, partition),
      lastTick(deps, partition),
    ]);
    const recorded = committed === undefined ? await judgedTo(deps, partition, checkpoint) : null;
    const nextOffset = startOffset(committed?.offset, recorded, range);
    const core = new GatekeeperPartition(
      { partition, policies: published.policies },
      { checkpoint, nextOffset, watermarkMs },
    );
    // What was judged since the last checkpoint. Where checkpoints were lost, no more than memory can hold.
    const from = Math.max(core.memoryTo, nextOffset - 2 * DUPLICATE_MEMORY_MAX);
    const take = (record: LogRecord): void => {
      const input = deps.decode(record);
      if (input.kind === "sample") core.restoreSample(input);
    };
    await readPartition(log, samples.topic, partition, from, take, nextOffset);
    core.applyGates([...gates.values()].flatMap(gateOf));
    cores.set(partition, core);
    return {
      absorb: (inputs) => core.absorb(inputs),
      offsets: () => [{ topic: "samples", offset: core.nextOffset }],
      beat: () => core.ticks(),
    };
  }

  try {
    await readAllGates();
    await runPartitionLoop({
      ...deps,
      name: "gatekeeper",
      reader,
      writer,
      encode: (effects) => recordsOf(effects, names, codec),
      restore,
      // A partition's memory is up to 32 MB: whoever has the partition now holds it.
      released: () => cores.clear(),
      before: readGates,
      batchRecordsMax: BATCH_RECORDS_MAX,
      idle,
      signal,
    });
  } finally {
    await Promise.allSettled([reader.close(), writer.close(), gatesReader.close(), ticks?.close()]);
  }
}

/** The checkpointed segments of a partition's memory, in no order. */
async function readMemory(deps: ServiceDependencies, partition: number): Promise<MemorySegment[]> {
  const segments: MemorySegment[] = [];
  const prefix = `gatekeeper/${partition}/${GATEKEEPER_MEMORY}`;
  for (const [key, value] of await readCompacted(deps.log, deps.names.full("state"), partition)) {
    if (!key.startsWith(prefix)) continue;
    segments.push(decodeMemorySegment(decodeOwnState(deps.codec, "state", key, value).body));
  }
  return segments;
}

/** The watermark that the last transaction ended with: its tick is among the last records of `admitted`. */
async function lastTick(deps: ServiceDependencies, partition: number): Promise<number> {
  let watermarkMs = NO_WATERMARK;
  await readBack(deps.log, deps.names.full("admitted"), partition, TICK_WITHIN_RECORDS, (record) => {
    if (record.value === null) {
      const input = deps.decode(record);
      if (input.kind === "tick") watermarkMs = advanced(watermarkMs, input.watermarkMs, record.appendMs);
    }
    return watermarkMs !== NO_WATERMARK;
  });
  return watermarkMs;
}

/**
 * Offset in `samples` behind what the last cut in `admitted` names; where retention took the cuts, behind what memory holds;
 * null where neither says anything.
 */
async function judgedTo(
  deps: ServiceDependencies,
  partition: number,
  memory: readonly MemorySegment[],
): Promise<number | null> {
  let to: number | null = null;
  await readBack(deps.log, deps.names.full("admitted"), partition, TICK_WITHIN_RECORDS, (record) => {
    if (record.value === null) {
      const input = deps.decode(record);
      // The last one: where a person set offsets back, it counts from there.
      if (input.kind === "cut") to = input.cut.ranges.find(({ topic }) => topic === "samples")?.to ?? to;
    }
    return to !== null;
  });
  return to ?? (memory.length > 0 ? Math.max(...memory.map((segment) => segment.to)) : null);
}
