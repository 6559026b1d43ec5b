/** The monitor's shell: judged samples, online traffic, evaluations and manifests in; panes and windows out. */
import { OPEN_PANES_MAX } from "../../core/monitor/alignment.ts";
import { decodeMonitorCheckpoint, MONITOR_CHECKPOINT } from "../../core/monitor/checkpoint.ts";
import { MONITOR_TOPICS, type MonitorTopic } from "../../core/monitor/feeds.ts";
import { MonitorPartition, type MonitorRestored } from "../../core/monitor/monitor.ts";
import type { PaneRecord } from "../../core/records.ts";
import type { TopicName } from "../../core/topics.ts";
import { createIdleTicks } from "../idle-ticks.ts";
import { decodeOwnState } from "../own-state.ts";
import { type PartitionWorker, POLL_RECORDS_MAX, runPartitionLoop } from "../partition-loop.ts";
import { recordsOf } from "../perform.ts";
import { readCompacted } from "../read-partition.ts";
import type { MonitorLimits, ServiceDependencies } from "./dependencies.ts";

/** Topics that producers write and the monitor owns the ticks of; the gatekeeper ticks its own outputs. */
const TICKED_BY_MONITOR: readonly TopicName[] = ["interactions", "outcomes", "evaluations", "training"];

const USUAL_LIMITS: MonitorLimits = { openPanesMax: OPEN_PANES_MAX, batchRecordsMax: POLL_RECORDS_MAX };
/** Panes may wait for an idle tick; what lasts longer is told. */
const STANDSTILL_MS = 60_000;

export async function runMonitor(deps: ServiceDependencies): Promise<void> {
  const { log, names, clock, codec, published, catalogue, signal } = deps;
  const reader = await log.groupReader({
    group: `${names.prefix}monitor`,
    instance: deps.instance,
    topics: MONITOR_TOPICS.map((topic) => names.full(topic)),
  });
  const writer = await log.transactionalWriter(`${names.prefix}monitor-${deps.instance}`);
  const limits = deps.monitorLimits ?? USUAL_LIMITS;
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
      openPanesMax: limits.openPanesMax,
    };
    // A predecessor may be about to commit what it read: this waits until nothing of that is pending.
    await reader.committed([{ topic: names.full("training"), partition }]);
    const core = new MonitorPartition(config, await readMonitorState(deps, partition));
    const watch = new StandstillWatch(deps, partition);
    return {
      absorb: (inputs) => core.absorb(inputs),
      hasMore: () => core.hasMore,
      heldTopics: () => core.heldTopics(),
      offsets: () => core.offsets(),
      beat() {
        const { openPanes, unfoldedPanes, heldRecords, waitsFor, lanes, changelogKeys } = core.status();
        const labels = { partition: String(partition) };
        watch.beat(waitsFor, core.foldedThroughMs);
        deps.gauges.set("unfolded_panes", labels, unfoldedPanes);
        deps.gauges.set("held_records", labels, heldRecords);
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
      batchRecordsMax: limits.batchRecordsMax,
      transactionPerPartition: true,
      encode: (effects) => recordsOf(effects, names, codec),
      restore,
      idle,
      signal,
    });
  } finally {
    await Promise.allSettled([reader.close(), writer.close(), ticks?.close()]);
  }
}

/** Tells whom a partition waits for while its other topics are held, and says so once where that lasts. */
class StandstillWatch {
  readonly #deps: ServiceDependencies;
  readonly #partition: number;
  #foldedThroughMs = Number.NaN;
  #sinceMs = 0;
  #told = false;

  constructor(deps: ServiceDependencies, partition: number) {
    this.#deps = deps;
    this.#partition = partition;
  }

  beat(waitsFor: readonly MonitorTopic[], foldedThroughMs: number): void {
    const { gauges, logger, clock } = this.#deps;
    const partition = String(this.#partition);
    for (const topic of MONITOR_TOPICS) {
      gauges.set("waited_for", { topic, partition }, waitsFor.includes(topic) ? 1 : 0);
    }
    const nowMs = clock.nowMs();
    if (waitsFor.length === 0 || foldedThroughMs !== this.#foldedThroughMs) {
      this.#foldedThroughMs = foldedThroughMs;
      this.#sinceMs = nowMs;
      this.#told = false;
    } else if (!this.#told && nowMs - this.#sinceMs >= STANDSTILL_MS) {
      this.#told = true;
      logger.warn(
        { service: "monitor", partition: this.#partition, waitsFor },
        "no pane closes: the other topics are held until these have records or ticks",
      );
    }
  }
}

/** Checkpoint and changelog of a partition; null where the monitor never committed. */
async function readMonitorState(
  deps: ServiceDependencies,
  partition: number,
): Promise<MonitorRestored | null> {
  const { log, names, codec } = deps;
  const [state, kept] = await Promise.all([
    readCompacted(log, names.full("state"), partition),
    readCompacted(log, names.full("panes"), partition),
  ]);
  const checkpointKey = `monitor/${partition}/${MONITOR_CHECKPOINT}`;
  const bytes = state.get(checkpointKey);
  if (bytes === undefined) return null;
  const { body } = decodeOwnState(codec, "state", checkpointKey, bytes);
  const panes: PaneRecord[] = [];
  for (const [key, value] of kept) {
    panes.push(decodeOwnState(codec, "panes", key, value) as PaneRecord);
  }
  return { checkpoint: decodeMonitorCheckpoint(body), panes };
}
