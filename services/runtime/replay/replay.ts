/**
 * Replay equals live (law 1), shown on recorded topics and never written anywhere.
 *
 * The loop gatekeeper -> monitor -> governor -> gates -> gatekeeper is cut open and each part is held against the record:
 * 1. the monitor reads the recorded `admitted` … `training` up to its last input cut: its rows must be the recorded windows;
 * 2. the governor follows the cuts in `decisions`, reading *replayed* windows: its verdicts and decisions must be the recorded ones;
 * 3. the gatekeeper follows the cuts in `admitted`, with the *replayed* gates of the revision each cut names: its outputs
 *    must be the recorded ones, which are what step 1 read.
 * So nothing in the record came from anywhere but the producers' topics, the commands and the cuts.
 */
import { controlInput } from "../../adapters/avro/control-input.ts";
import type { Effect } from "../../core/effect.ts";
import { GatekeeperPartition } from "../../core/gatekeeper/gatekeeper.ts";
import { Governor } from "../../core/governor/governor.ts";
import type { CutRange, Input, InputCut } from "../../core/input.ts";
import { MONITOR_TOPICS } from "../../core/monitor/feeds.ts";
import { MonitorPartition } from "../../core/monitor/monitor.ts";
import type { DecisionRecord, GateRecord, WindowRecord } from "../../core/records.ts";
import { NO_WATERMARK } from "../../core/time.ts";
import type { TopicName } from "../../core/topics.ts";
import { readPartition } from "../read-partition.ts";
import type { ServiceDependencies } from "../services/dependencies.ts";
import { type Comparison, RowSet } from "./row-set.ts";

export type ReplayDependencies = Pick<
  ServiceDependencies,
  "log" | "codec" | "names" | "catalogue" | "published" | "decode"
>;

/** Called as parts finish: name of the part and records read so far. */
export type ReplayProgress = (part: string, records: number) => void;

const BATCH_RECORDS = 1_000;

export async function replay(
  deps: ReplayDependencies,
  progress: ReplayProgress,
): Promise<readonly Comparison[]> {
  const partitions = await deps.log.partitionCount(deps.names.full("windows"));
  const windows = new RowSet("windows");
  const replayedWindows = new Map<string, WindowRecord>();
  for (let partition = 0; partition < partitions; partition += 1) {
    await replayMonitor(deps, partition, windows, replayedWindows, progress);
  }
  const verdicts = new RowSet("verdicts");
  const decisions = new RowSet("decisions");
  const gates = await replayGovernor(deps, partitions, replayedWindows, verdicts, decisions, progress);
  const judged = new RowSet("admitted and quarantined");
  for (let partition = 0; partition < partitions; partition += 1) {
    await replayGatekeeper(deps, partition, gates, judged, progress);
  }
  return [windows, verdicts, decisions, judged].map((rows) => rows.compare());
}

async function readInputs(
  deps: ReplayDependencies,
  topic: TopicName,
  partition: number,
  take: (input: Input) => void,
): Promise<void> {
  await readPartition(deps.log, deps.names.full(topic), partition, 0, (record) => take(deps.decode(record)));
}

function windowId(row: WindowRecord): string {
  return [row.lane, row.stage, row.segment, row.window, row.startMs, row.endMs].join("\u001f");
}

async function replayMonitor(
  deps: ReplayDependencies,
  partition: number,
  rows: RowSet,
  replayed: Map<string, WindowRecord>,
  progress: ReplayProgress,
): Promise<void> {
  const readThrough = new Map<string, number>();
  await readInputs(deps, "windows", partition, (input) => {
    if (input.kind === "window") rows.recorded(input.window);
    if (input.kind !== "cut") return;
    for (const range of input.cut.ranges) {
      readThrough.set(range.topic, Math.max(readThrough.get(range.topic) ?? 0, range.to));
    }
  });
  const { published } = deps;
  const core = new MonitorPartition({ partition, catalogue: deps.catalogue, ...published }, null);
  const inputs: Input[] = [];
  for (const topic of MONITOR_TOPICS) {
    const through = readThrough.get(topic) ?? 0;
    await readInputs(deps, topic, partition, (input) => {
      if (input.at.offset < through) inputs.push(input);
    });
  }
  // Any interleaving gives the same rows; append time keeps few panes open at once.
  inputs.sort((a, b) => a.at.appendMs - b.at.appendMs || a.at.offset - b.at.offset);
  for (let at = 0; at < inputs.length; at += BATCH_RECORDS) {
    for (const effect of core.absorb(inputs.slice(at, at + BATCH_RECORDS))) {
      if (effect.type !== "publish" || effect.topic !== "windows") continue;
      rows.replayed(effect.record);
      replayed.set(windowId(effect.record), effect.record);
    }
  }
  progress(`monitor ${partition}`, inputs.length);
}

async function replayGovernor(
  deps: ReplayDependencies,
  partitions: number,
  replayedWindows: ReadonlyMap<string, WindowRecord>,
  verdicts: RowSet,
  decisions: RowSet,
  progress: ReplayProgress,
): Promise<GateRecord[]> {
  const sources = new Map<string, Input[]>();
  const read = async (topic: TopicName, partition: number): Promise<void> => {
    const inputs: Input[] = [];
    await readInputs(deps, topic, partition, (input) => inputs.push(input));
    sources.set(`${topic}/${partition}`, inputs);
  };
  await read("commands", 0);
  for (let partition = 0; partition < partitions; partition += 1) await read("windows", partition);
  const cuts: InputCut[] = [];
  await readPartition(deps.log, deps.names.full("decisions"), 0, 0, (record) => {
    if (record.value !== null) {
      decisions.recorded(withoutChain(decoded(deps, "decisions", record.value)));
      return;
    }
    const control = controlInput(record.headers, { ...record, topic: "decisions" });
    if (control !== null && typeof control !== "string" && control.kind === "cut") cuts.push(control.cut);
  });
  for (let partition = 0; partition < partitions; partition += 1) {
    await readPartition(deps.log, deps.names.full("verdicts"), partition, 0, (record) => {
      if (record.value !== null) verdicts.recorded(decoded(deps, "verdicts", record.value));
    });
  }
  const governor = new Governor({ catalogue: deps.catalogue, ...deps.published }, null);
  const gates: GateRecord[] = [];
  for (const cut of cuts) {
    const inputs = cut.ranges.flatMap((range) =>
      slice(sources.get(`${range.topic}/${range.partition}`) ?? [], range).map((input) => {
        if (input.kind !== "window") return input;
        const window = replayedWindows.get(windowId(input.window));
        // A window the replay does not have is already a difference; the recorded one keeps the rest comparable.
        return window === undefined ? input : { ...input, window };
      }),
    );
    for (const effect of governor.absorb(inputs, cut)) takeGoverned(effect, verdicts, decisions, gates);
  }
  progress("governor", cuts.length);
  return gates;
}

function takeGoverned(effect: Effect, verdicts: RowSet, decisions: RowSet, gates: GateRecord[]): void {
  if (effect.type !== "publish") return;
  if (effect.topic === "verdicts") verdicts.replayed(effect.record);
  else if (effect.topic === "decisions") decisions.replayed(withoutChain(effect.record));
  else if (effect.topic === "gates") gates.push(effect.record);
}

async function replayGatekeeper(
  deps: ReplayDependencies,
  partition: number,
  gates: readonly GateRecord[],
  rows: RowSet,
  progress: ReplayProgress,
): Promise<void> {
  const samples: Input[] = [];
  await readInputs(deps, "samples", partition, (input) => samples.push(input));
  const cuts: InputCut[] = [];
  for (const topic of ["admitted", "quarantined"] as const) {
    await readPartition(deps.log, deps.names.full(topic), partition, 0, (record) => {
      const input = deps.decode(record);
      if (input.kind === "cut") cuts.push(input.cut);
      else if (input.kind === "judged") rows.recorded({ topic, headers: record.headers });
    });
  }
  const core = new GatekeeperPartition(
    { partition, policies: deps.published.policies },
    { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
  );
  let applied = 0;
  for (const cut of cuts) {
    const revision = Number(cut.revisions.gates ?? 0);
    const upTo = gates.findIndex((gate) => gate.revision > revision);
    const until = upTo < 0 ? gates.length : upTo;
    if (until > applied) core.applyGates(gates.slice(applied, until));
    applied = Math.max(applied, until);
    const inputs = cut.ranges.flatMap((range) => slice(samples, range));
    for (const effect of core.absorb(inputs, { admitted: 0, quarantined: 0 })) {
      if (effect.type === "forward") rows.replayed({ topic: effect.topic, headers: effect.headers });
    }
  }
  progress(`gatekeeper ${partition}`, samples.length);
}

/** Inputs of a range; `inputs` ascend by offset. */
function slice(inputs: readonly Input[], range: CutRange): Input[] {
  return inputs.slice(lowerBound(inputs, range.from), lowerBound(inputs, range.to));
}

function lowerBound(inputs: readonly Input[], offset: number): number {
  let low = 0;
  let high = inputs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (inputs[middle]!.at.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function decoded(deps: ReplayDependencies, topic: "verdicts" | "decisions", value: Uint8Array): unknown {
  const result = deps.codec.decodeGeneric(topic, value);
  return result.ok ? result.record : { unreadable: result.code };
}

/** Chain hashes are made where records are written, so equality is of the rest. */
function withoutChain(decision: unknown): unknown {
  const { prevHash: _prevHash, hash: _hash, ...rest } = decision as DecisionRecord;
  return rest;
}

/** One line a part, for people. */
export function describeComparison(comparison: Comparison): string {
  const { what, recorded, replayed, onlyRecorded, onlyReplayed } = comparison;
  const same = onlyRecorded === 0 && onlyReplayed === 0;
  const verdict = same ? "equal" : `DIFFERENT: ${onlyRecorded} only recorded, ${onlyReplayed} only replayed`;
  return `${what}: ${recorded} recorded, ${replayed} replayed, ${verdict}`;
}
