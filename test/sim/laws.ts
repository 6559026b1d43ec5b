/** The laws of the design, held against what one seed left in the log and the store. */

import { MONITOR_TOPICS } from "../../services/core/monitor/feeds.ts";
import { Random } from "../../services/core/random.ts";
import type { WindowRecord } from "../../services/core/records.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import { RECORDED_TOPICS } from "../../services/recorder/rows-by-topic.ts";
import { describeComparison, replay } from "../../services/runtime/replay/replay.ts";
import { equal } from "../../services/runtime/replay/row-set.ts";
import { compareWindows } from "../oracle/compare-windows.ts";
import { compareVerdicts, decisionDifferences } from "../oracle/decision-log.ts";
import { expectedDispositions } from "../oracle/dispositions.ts";
import { type OracleRecord, oracleRecords } from "../oracle/oracle-record.ts";
import { expectedPanes, oracleOptions } from "../oracle/pane-oracle.ts";
import { compareStore, expectedStoreCounts, STORE_TABLES, type StoredRows } from "../oracle/store-rows.ts";
import { checkGates } from "./laws/gates.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

/** Differences shown of each law. */
const SHOWN_MAX = 4;
/** Bounds on what a service may hold at any time, by gauge. */
const GAUGE_BOUNDS: Readonly<Record<string, number>> = { open_panes: 2_000, changelog_keys: 4_000 };

export async function checkLaws(world: World): Promise<void> {
  const records = TOPIC_NAMES.flatMap((topic) =>
    oracleRecords(world.records(topic), world.codec, world.names.prefix),
  );
  const options = oracleOptions(world.scenario.policy, { reference: false, texts: false });
  const show = (law: string, differences: readonly string[]): void => {
    for (const difference of differences.slice(0, SHOWN_MAX)) world.violate(law, difference);
    if (differences.length > SHOWN_MAX) world.violate(law, `and ${differences.length - SHOWN_MAX} more`);
  };
  show("every sample comes out once", expectedDispositions(records, { ...options, settled: false }));
  // Which lanes share `__other__` depends on who came first: the oracle cannot tell, the replay can.
  if (world.scenario.lanes.length <= world.scenario.policy.lanesMax) {
    const expected = expectedPanes(readByMonitor(world, records), options);
    show("windows equal the oracle", compareWindows(expected, values<WindowRecord>(records, "windows")));
    show("one verdict a window", compareVerdicts(expected, records));
  }
  show("one decision a cause, one chain", decisionDifferences(records));
  show(
    "the store holds every row once",
    compareStore(expectedStoreCounts(kept(world, records)), storedRows(world)),
  );
  show("gates hold", checkGates(world, records));
  for (const [gauge, most] of Object.entries(GAUGE_BOUNDS)) {
    const value = world.gauges.get(gauge) ?? 0;
    if (value > most) world.violate("memory is bounded", `${gauge} reached ${value}, at most ${most}`);
  }
  await checkReplay(world);
}

/** What the monitor's transactions say they have read: later records are not in its windows yet. */
function readByMonitor(world: World, records: readonly OracleRecord[]): readonly OracleRecord[] {
  const through = new Map<string, number>();
  for (const { number } of world.partitions("windows")) {
    for (const { ranges } of world.cuts("windows", number)) {
      for (const { topic, partition, to } of ranges) {
        const key = `${topic}/${partition}`;
        through.set(key, Math.max(to, through.get(key) ?? 0));
      }
    }
  }
  const read: readonly TopicName[] = MONITOR_TOPICS;
  return records.filter(
    ({ topic, partition, offset }) =>
      read.includes(topic) && offset < (through.get(`${topic}/${partition}`) ?? 0),
  );
}

function kept(world: World, records: readonly OracleRecord[]): readonly OracleRecord[] {
  return records.filter(
    ({ topic, partition, offset }) => !world.broker.isCompacted(world.names.full(topic), partition, offset),
  );
}

function values<T>(records: readonly OracleRecord[], topic: TopicName): T[] {
  return records
    .filter((record) => record.topic === topic && record.value !== null)
    .map(({ value }) => value as T);
}

function storedRows(world: World): StoredRows[] {
  const counts = new Map<string, StoredRows & { rows: number }>();
  const recorded = new Set(RECORDED_TOPICS.map((topic) => world.names.full(topic)));
  for (const table of STORE_TABLES) {
    for (const row of world.tables.rows(table)) {
      const topic = String(row._topic);
      // What compaction removed may have been stored before it or not.
      if (
        !recorded.has(topic) ||
        world.broker.isCompacted(topic, Number(row._partition), Number(row._offset))
      )
        continue;
      const key = `${table} ${topic} ${row._partition} ${row._offset}`;
      const known = counts.get(key);
      if (known !== undefined) known.rows += 1;
      else {
        const at = { table, topic, partition: Number(row._partition), offset: Number(row._offset) };
        counts.set(key, { ...at, rows: 1 });
      }
    }
  }
  return [...counts.values()];
}

/** Law 1, on a log without faults. */
async function checkReplay(world: World): Promise<void> {
  const calm = {
    latencyMs: 1,
    slowShare: 0,
    slowMs: 1,
    refusedShare: 0,
    replyLostShare: 0,
    storeLieShare: 0,
  };
  const reader = new SimProcess("replay", world.scheduler, new Random("sim/replay"), calm);
  const deps = world.dependencies(reader, "replay", new AbortController().signal, true);
  let over = false;
  const compared = replay(deps, () => {})
    .catch((error: unknown) => {
      world.violate("replay equals live", String(error));
      return [];
    })
    .finally(() => {
      over = true;
    });
  await world.scheduler.run(() => over);
  for (const comparison of await compared) {
    if (equal(comparison)) continue;
    world.violate(
      "replay equals live",
      `${describeComparison(comparison)} ${comparison.examples.join(" ")}`.slice(0, 600),
    );
  }
}
