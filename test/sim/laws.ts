/**
 * The laws of the design, held against what one seed left in the log and the store. What costs little is checked in every
 * seed; the oracle's second computation and the replay, which cost more than the run itself, are taken in turns by the
 * seeds of a long row, and all of them where a seed is looked at alone.
 */
import { MONITOR_TOPICS } from "../../services/core/monitor/feeds.ts";
import { Random } from "../../services/core/random.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { WindowRecord } from "../../services/core/records.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";
import { RECORDED_TOPICS } from "../../services/recorder/rows-by-topic.ts";
import { describeComparison, replay } from "../../services/runtime/replay/replay.ts";
import { equal } from "../../services/runtime/replay/row-set.ts";
import { compareWindows } from "../oracle/compare-windows.ts";
import { compareVerdicts, decisionDifferences } from "../oracle/decision-log.ts";
import { expectedDispositions } from "../oracle/dispositions.ts";
import { type Fields, type OracleRecord, oracleRecords } from "../oracle/oracle-record.ts";
import { expectedPanes, oracleOptions } from "../oracle/pane-oracle.ts";
import { compareStore, expectedStoreCounts, STORE_TABLES, type StoredRows } from "../oracle/store-rows.ts";
import { checkGates } from "./laws/gates.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

/** Laws of the second kind, in the order in which seeds take them. */
const COSTLY = ["replay", "windows", "dispositions"] as const;
type Costly = (typeof COSTLY)[number];

/** Differences shown of each law. */
const SHOWN_MAX = 4;
/** Bounds on what a service may hold at any time, by gauge. */
const GAUGE_BOUNDS: Readonly<Record<string, number>> = { open_panes: 2_000, changelog_keys: 4_000 };
/** How far ahead of its append time a record of these producers is taken. */
const AHEAD_MS_MAX = 2_500;
/** One transaction of the gatekeeper's may hold what came while it was away. */
const GATEKEEPER_AWAY_MS_MAX = 35_000;
/** What producers write and the recorder stores. */
const PRODUCED: readonly TopicName[] = ["interactions", "outcomes", "evaluations", "training"];
/** Stands for a sound value that nobody looks deeper into. */
const SOME_VALUE: Fields = { lane: "some", id: "some", eventTime: 0, interactionTime: 0 };

/** What a seed of a long row checks beside the cheap laws. */
export function costlyLawsOf(seed: number): readonly Costly[] {
  const turn = COSTLY[seed % (COSTLY.length + 1)];
  return turn === undefined ? [] : [turn];
}

export async function checkLaws(world: World, costly: readonly Costly[] = COSTLY): Promise<void> {
  const show = (law: string, differences: readonly string[]): void => {
    for (const difference of differences.slice(0, SHOWN_MAX)) world.violate(law, difference);
    if (differences.length > SHOWN_MAX) world.violate(law, `and ${differences.length - SHOWN_MAX} more`);
  };
  const records = TOPIC_NAMES.flatMap((topic) => sketches(world, topic));
  show("every sample comes out once", copies(world));
  show("every window is written once", repeatedWindows(records));
  show("one decision a cause, one chain", decisionDifferences(records));
  show("gates hold", checkGates(world, records));
  const stored = compareStore(expectedStoreCounts(kept(world, records)), storedRows(world));
  show("the store holds every row once", stored);
  for (const [gauge, most] of Object.entries({ ...GAUGE_BOUNDS, ...monitorBounds(world) })) {
    const value = world.gauges.get(gauge) ?? 0;
    if (value > most) world.violate("memory is bounded", `${gauge} reached ${value}, at most ${most}`);
  }
  const options = oracleOptions(world.scenario.policy, {
    reference: false,
    texts: false,
    metrics: world.scenario.catalogue.byId,
  });
  const decoded = (topics: readonly TopicName[]): OracleRecord[] =>
    topics.flatMap((topic) => oracleRecords(world.records(topic), world.codec, world.names.prefix));
  if (costly.includes("dispositions")) {
    const all = decoded(["samples", "admitted", "quarantined", "rejected", "gates", ...PRODUCED]);
    show("every sample is judged right", expectedDispositions(all, { ...options, settled: false }));
  }
  // Which lanes share `__other__` depends on who came first: the oracle cannot tell, the replay can.
  if (costly.includes("windows") && world.scenario.lanes.length <= world.scenario.policy.lanesMax) {
    const expected = expectedPanes(readByMonitor(world, decoded(MONITOR_TOPICS)), options);
    const windows = values<WindowRecord>(records, "windows");
    show("windows equal the oracle", compareWindows(expected, windows));
    show("one verdict a window", compareVerdicts(expected, records));
  }
  if (costly.includes("replay")) await checkReplay(world);
}

/** A topic is paused with the poll that held the first of its records; panes beyond the bound are the slowest topic's. */
function monitorBounds({ scenario }: World): Readonly<Record<string, number>> {
  const { openPanesMax, batchRecordsMax } = scenario.monitorLimits;
  const { paneMs, latenessMs } = scenario.policy;
  const slowestMs = latenessMs + AHEAD_MS_MAX + GATEKEEPER_AWAY_MS_MAX;
  return {
    held_records: MONITOR_TOPICS.length * batchRecordsMax,
    unfolded_panes: openPanesMax + Math.ceil(slowestMs / paneMs) + 2,
  };
}

/** Records of a topic with their values as the services decoded them, and without those of producers. */
function sketches(world: World, topic: TopicName): OracleRecord[] {
  return world.records(topic).map((record) => {
    const { partition, offset, appendMs, headers } = record;
    const value = record.value === null ? null : valueIn(world, topic, record);
    const undecodable = record.value !== null && value === null;
    return { topic, partition, offset, appendMs, headers, value, undecodable };
  });
}

function valueIn(world: World, topic: TopicName, record: LogRecord): Fields | null {
  switch (topic) {
    case "series":
    case "verdicts":
    case "decisions": {
      const decoded = world.codec.decodeGeneric(topic, record.value);
      return decoded.ok ? (decoded.record as unknown as Fields) : null;
    }
    case "windows":
    case "gates":
    case "commands": {
      const input = world.decode(record);
      if (input.kind === "window") return input.window as unknown as Fields;
      if (input.kind === "gate") return input.gate as unknown as Fields;
      return input.kind === "command" ? (input.command as unknown as Fields) : null;
    }
    case "panes":
    case "state":
    case "references":
    case "rejected":
      return SOME_VALUE;
    default:
      return world.decode(record).kind === "unreadable" ? null : SOME_VALUE;
  }
}

/** Each readable sample has one copy of the same bytes, each unreadable one a record in `rejected`. */
function copies(world: World): string[] {
  const differences: string[] = [];
  const found = new Map<number, LogRecord[]>();
  for (const topic of ["admitted", "quarantined"] as const) {
    for (const record of world.records(topic)) {
      if (record.value === null) continue;
      const note = decodeForwardNote(record.headers[FORWARD_HEADER]);
      const key = nameOf(record.partition, note?.sourceOffset ?? -1);
      const own = found.get(key);
      if (own === undefined) found.set(key, [record]);
      else own.push(record);
    }
  }
  for (const record of world.records("samples")) {
    const key = `${record.partition}/${record.offset}`;
    const own = found.get(nameOf(record.partition, record.offset)) ?? [];
    found.delete(nameOf(record.partition, record.offset));
    const wanted = world.decode(record).kind === "sample" ? 1 : 0;
    if (own.length !== wanted) differences.push(`samples/${key} came out ${own.length} times`);
    if (own.some(({ value }) => Buffer.compare(value!, record.value!) !== 0)) {
      differences.push(`samples/${key} came out changed`);
    }
  }
  for (const [own] of found.values()) {
    const { topic, partition, offset } = own!;
    differences.push(`${topic} ${partition}/${offset} is a copy of a sample that was never written`);
  }
  return differences;
}

/** A record of some topic as one number. */
function nameOf(partition: number, offset: number): number {
  return partition * 2 ** 32 + offset;
}

function repeatedWindows(records: readonly OracleRecord[]): string[] {
  const seen = new Set<string>();
  return records.flatMap(({ topic, partition, offset, value }) => {
    if ((topic !== "windows" && topic !== "series") || value === null) return [];
    const { lane, stage, segment, window, startMs } = value;
    const key = [topic, partition, lane, stage, segment, window, startMs].join(" ");
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [`${topic}/${partition}/${offset} repeats ${key}`];
  });
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
  return records.filter(
    ({ topic, partition, offset }) => offset < (through.get(`${topic}/${partition}`) ?? 0),
  );
}

/** What must be in the store: not what compaction may have removed before, nor producers' records that nobody counts. */
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
  const stored: StoredRows[] = [];
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
      stored.push({ table, topic, partition: Number(row._partition), offset: Number(row._offset), rows: 1 });
    }
  }
  return stored;
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
  const deps = world.dependencies(reader, "replay", new AbortController().signal);
  let over = false;
  const compared = replay(deps, () => {})
    .catch((error: unknown) => {
      world.violate("replay equals live", error instanceof Error ? (error.stack ?? "") : String(error));
      return [];
    })
    .finally(() => {
      over = true;
    });
  await world.scheduler.run(() => over);
  for (const comparison of await compared) {
    if (equal(comparison)) continue;
    const what = `${describeComparison(comparison)} ${comparison.examples.join(" ")}`;
    world.violate("replay equals live", what.slice(0, 800));
  }
}
