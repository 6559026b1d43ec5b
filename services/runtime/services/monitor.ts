/** The monitor's shell: judged samples, online traffic, evaluations and manifests in; panes and windows out. */
import { decodeMonitorCheckpoint, MONITOR_CHECKPOINT } from "../../core/monitor/checkpoint.ts";
import { MONITOR_TOPICS } from "../../core/monitor/feeds.ts";
import { MonitorPartition, type MonitorRestored } from "../../core/monitor/monitor.ts";
import type { PaneRecord } from "../../core/records.ts";
import type { TopicName } from "../../core/topics.ts";
import { createIdleTicks } from "../idle-ticks.ts";
import { decodeOwnState } from "../own-state.ts";
import { type PartitionWorker, runPartitionLoop } from "../partition-loop.ts";
import { recordsOf } from "../perform.ts";
import { readCompacted } from "../read-partition.ts";
import type { ServiceDependencies } from "./dependencies.ts";

/** Topics that producers write and the monitor owns the ticks of; the gatekeeper ticks its own outputs. */
const TICKED_BY_MONITOR: readonly TopicName[] = ["interactions", "outcomes", "evaluations", "training"];

export async function runMonitor(deps: ServiceDependencies): Promise<void> {
  const { log, names, clock, codec, published, catalogue, signal } = deps;
  const reader = await log.groupReader({
    group: `${names.prefix}monitor`,
    instance: deps.instance,
    topics: MONITOR_TOPICS.map((topic) => names.full(topic)),
  });
  const writer = await log.transactionalWriter(`${names.prefix}monitor-${deps.instance}`);
  const idleMs = published.policies.longestIdleMs();
  const ticks = idleMs === null ? null : await log.writer();
  const idle =
    ticks === null ? null : createIdleTicks(log, ticks, names, TICKED_BY_MONITOR, idleMs ?? 0, clock);

  async function restore(partition: number): Promise<PartitionWorker> {
    const config = {
      partition,
      catalogue,
      policies: published.policies,
      rules: published.rules,
      referenceOf: published.referenceOf,
      ...(published.referencesVersion === undefined
        ? {}
        : { referencesVersion: published.referencesVersion }),
    };
    // A predecessor may be about to commit what it read: this waits until nothing of that is pending.
    await reader.committed([{ topic: names.full("training"), partition }]);
    const core = new MonitorPartition(config, await readMonitorState(deps, partition));
    return {
      absorb: (inputs) => core.absorb(inputs),
      offsets: () => core.offsets(),
      beat() {
        const { openPanes, lanes, changelogKeys } = core.status();
        const labels = { partition: String(partition) };
        deps.gauges.set("open_panes", labels, openPanes);
        deps.gauges.set("lanes", labels, lanes);
        deps.gauges.set("changelog_keys", labels, changelogKeys);
        return [core.tick()];
      },
    };
  }

  try {
    await runPartitionLoop({
      ...deps,
      name: "monitor",
      reader,
      writer,
      encode: (effects) => recordsOf(effects, names, codec),
      restore,
      idle,
      signal,
    });
  } finally {
    await Promise.allSettled([reader.close(), writer.close(), ticks?.close()]);
  }
}

/** Checkpoint and changelog of a partition; null where the monitor never committed. */
async function readMonitorState(
  deps: ServiceDependencies,
  partition: number,
): Promise<MonitorRestored | null> {
  const { log, names, codec } = deps;
  const state = await readCompacted(log, names.full("state"), partition);
  const checkpointKey = `monitor/${partition}/${MONITOR_CHECKPOINT}`;
  const bytes = state.get(checkpointKey);
  if (bytes === undefined) return null;
  const { body } = decodeOwnState(codec, "state", checkpointKey, bytes);
  const panes: PaneRecord[] = [];
  for (const [key, value] of await readCompacted(log, names.full("panes"), partition)) {
    panes.push(decodeOwnState(codec, "panes", key, value) as PaneRecord);
  }
  return { checkpoint: decodeMonitorCheckpoint(body), panes };
}
