/** The lab's run: five generations of three lanes through the log, judged from outside after each. */
import type { GateState } from "../core/records.ts";
import { topicName } from "../core/topics.ts";
import type { Clock, Log, OutgoingRecord, Writer } from "../ports.ts";
import { tickRecord } from "../runtime/control-records.ts";
import { GENERATION_MS, generationRecords, LAB_TOPICS, type LabEvent } from "./generation-records.ts";
import {
  evidenceOf,
  type GenerationReport,
  generationReport,
  type LabReport,
  type LaneReport,
} from "./lab-report.ts";
import { type LabCodec, LabWatch } from "./lab-watch.ts";
import {
  heedGate,
  LANE_PLANS,
  type LabLane,
  type LaneState,
  type Recipe,
  runGeneration,
  startLane,
} from "./lanes.ts";
import type { PreparedLab } from "./prepare-lab.ts";

/** The demo policy's scripted approver. */
export const LAB_APPROVER = "lab-approver";
/** How far before now the lab's event clock starts: it must never pass append time. */
const EVENT_CLOCK_BEHIND_MS = 15 * 60_000;
/** Clean windows in a row that a resume needs. */
const CLEAN_WINDOWS_MIN = 3;
const WRITE_RECORDS_MAX = 1_000;
const VERDICT_WAIT_MS = 60_000;

/** What the scripted approver asks for; the caller signs and publishes it. */
export interface ResumeRequest {
  readonly subject: string;
  readonly lane: LabLane;
  readonly actor: string;
  readonly reason: string;
}

export type LabProgress =
  | { readonly kind: "writing"; readonly generation: number; readonly lane: LabLane; readonly recipe: Recipe }
  | {
      readonly kind: "judged";
      readonly generation: number;
      readonly lane: LabLane;
      readonly report: GenerationReport;
    }
  | {
      readonly kind: "resumed";
      readonly generation: number;
      readonly lane: LabLane;
      readonly gate: GateState;
    };

export interface LabRun {
  readonly lab: PreparedLab;
  readonly log: Log;
  readonly codec: LabCodec;
  readonly clock: Clock;
  /** Prefix of the run's own topics, e.g. `lab-7f3a.`. */
  readonly prefix: string;
  /** The lanes' lateness bound: ticks stand so far after a generation's end. */
  readonly latenessMs: number;
  readonly sendCommand: (request: ResumeRequest) => Promise<void>;
  readonly onProgress?: (progress: LabProgress) => void;
  readonly signal?: AbortSignal;
  /** Default: 15 minutes before `clock.nowMs()`, on a full minute. A fixed value makes runs equal byte for byte. */
  readonly startMs?: number;
  /** How long one silence while waiting for a verdict may last. Default 60 s. */
  readonly verdictWaitMs?: number;
}

interface LaneRun {
  state: LaneState;
  readonly generations: GenerationReport[];
  frozenAtGeneration: number | null;
  resumedAtGeneration: number | null;
  rule: string | null;
  evidence: LaneReport["evidence"];
}

/**
 * Runs all generations and reports. Each generation: (1) heed the gates, fit, write texts and answers; (2) write all lanes'
 * records by event time, since a lane written later would be late in a shared partition; (3) tick every partition past
 * the end; (4) wait for each lane's verdict, whatever it says; (5) let the approver resume what has earned it.
 * Throws LabTimeoutError where no verdict comes, the signal's reason when aborted, and what log and codec throw.
 */
export async function runLab(run: LabRun): Promise<LabReport> {
  const startedMs = run.clock.nowMs();
  const startMs =
    run.startMs ?? Math.floor((startedMs - EVENT_CLOCK_BEHIND_MS) / GENERATION_MS) * GENERATION_MS;
  const lanes = new Map<LabLane, LaneRun>(
    LANE_PLANS.map((plan) => [plan.lane, newLaneRun(startLane(plan, run.lab.pools))]),
  );
  const writer = await run.log.writer();
  const watch = await LabWatch.open(run.log, run.codec, run.prefix);
  try {
    for (let generation = 1; generation <= run.lab.sizes.generations; generation += 1) {
      const generationStartMs = startMs + (generation - 1) * GENERATION_MS;
      const events = await makeGeneration(run, lanes, watch, generation, generationStartMs);
      await writeEvents(run, writer, events);
      await writeTicks(run, writer, generationStartMs + GENERATION_MS + run.latenessMs);
      await readVerdicts(run, lanes, watch, generation);
      await approve(run, lanes, watch, generation);
    }
  } finally {
    await watch.close();
    await writer.close();
  }
  return {
    seed: run.lab.seed,
    seconds: (run.clock.nowMs() - startedMs) / 1_000,
    lanes: {
      replace: laneReport(lanes, "replace"),
      fresh: laneReport(lanes, "fresh"),
      governed: laneReport(lanes, "governed"),
    },
  };
}

function newLaneRun(state: LaneState): LaneRun {
  return {
    state,
    generations: [],
    frozenAtGeneration: null,
    resumedAtGeneration: null,
    rule: null,
    evidence: null,
  };
}

function laneReport(lanes: ReadonlyMap<LabLane, LaneRun>, lane: LabLane): LaneReport {
  const { state: _, ...report } = lanes.get(lane)!;
  return report;
}

function gateState(watch: LabWatch, lane: LabLane): GateState {
  return watch.gate(lane)?.state ?? "open";
}

/** All lanes' records, ascending by event time; equal times in the order of the lanes. */
async function makeGeneration(
  run: LabRun,
  lanes: ReadonlyMap<LabLane, LaneRun>,
  watch: LabWatch,
  generation: number,
  startMs: number,
): Promise<LabEvent[]> {
  const events: LabEvent[] = [];
  for (const [lane, laneRun] of lanes) {
    // A fit takes a third of a second: let the services that share this process go on in between.
    await new Promise((resolve) => setImmediate(resolve));
    run.signal?.throwIfAborted();
    laneRun.state = heedGate(laneRun.state, gateState(watch, lane), run.lab.pools);
    run.onProgress?.({ kind: "writing", generation, lane, recipe: laneRun.state.recipe });
    const { output, next } = runGeneration(
      laneRun.state,
      generation,
      run.lab.pools,
      run.lab.sizes,
      run.lab.seed,
    );
    laneRun.state = next;
    for (const event of generationRecords(run.lab, output, next.mixture, startMs)) events.push(event);
  }
  return events.sort((a, b) => a.eventMs - b.eventMs);
}

async function writeEvents(run: LabRun, writer: Writer, events: readonly LabEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += WRITE_RECORDS_MAX) {
    run.signal?.throwIfAborted();
    await writer.write(events.slice(from, from + WRITE_RECORDS_MAX).map((event) => outgoing(run, event)));
  }
}

function outgoing({ codec, prefix }: LabRun, event: LabEvent): OutgoingRecord {
  return {
    topic: topicName(prefix, event.topic),
    partition: null,
    key: event.lane,
    value: codec.encode(event.topic, event.record),
  };
}

/** The lab never falls silent in the middle: it says itself that nothing older will come (law 1). */
async function writeTicks(run: LabRun, writer: Writer, watermarkMs: number): Promise<void> {
  const ticks: OutgoingRecord[] = [];
  for (const name of LAB_TOPICS) {
    const topic = topicName(run.prefix, name);
    const partitions = await run.log.partitionCount(topic);
    for (let partition = 0; partition < partitions; partition += 1) {
      ticks.push(tickRecord(topic, partition, watermarkMs));
    }
  }
  await writer.write(ticks);
}

async function readVerdicts(
  run: LabRun,
  lanes: ReadonlyMap<LabLane, LaneRun>,
  watch: LabWatch,
  generation: number,
): Promise<void> {
  const waitMs = run.verdictWaitMs ?? VERDICT_WAIT_MS;
  const signal = run.signal ?? null;
  const judged = (lane: LabLane): boolean =>
    watch.verdict(lane, generation) !== null && watch.complete(lane, generation);
  for (const lane of lanes.keys()) {
    const awaited = `the verdict on generation ${generation} of lane ${lane}`;
    await watch.until(() => judged(lane), awaited, waitMs, signal);
  }
  // Gates were committed with the verdicts, in a partition that may be read after them.
  await watch.drain(signal);
  for (const [lane, laneRun] of lanes) {
    const verdict = watch.verdict(lane, generation);
    const gate = watch.gate(lane);
    const report = generationReport(watch.windows, lane, generation, gate?.state ?? "open", verdict);
    laneRun.generations.push(report);
    if (gate?.state === "frozen" && laneRun.frozenAtGeneration === null) {
      laneRun.frozenAtGeneration = generation;
      laneRun.rule = gate.rule;
      laneRun.evidence = verdict === null ? null : evidenceOf(verdict);
    }
    run.onProgress?.({ kind: "judged", generation, lane, report });
  }
}

/** Resumes a lane that obeys its gate once its trial batches were clean; a refusal leaves it frozen for another round. */
async function approve(
  run: LabRun,
  lanes: ReadonlyMap<LabLane, LaneRun>,
  watch: LabWatch,
  generation: number,
): Promise<void> {
  for (const [lane, laneRun] of lanes) {
    const gate = watch.gate(lane);
    if (!laneRun.state.plan.obeysGate || gate?.state !== "frozen" || gate.cleanWindows < CLEAN_WINDOWS_MIN)
      continue;
    await run.sendCommand({
      subject: gate.subject,
      lane,
      actor: LAB_APPROVER,
      reason: `${gate.cleanWindows} clean trial batches at T = 1 with half fresh real data, from the first training set`,
    });
    const answered = (): boolean => watch.gate(lane)!.decisionId !== gate.decisionId;
    await watch.until(
      answered,
      `the answer to resuming lane ${lane}`,
      run.verdictWaitMs ?? VERDICT_WAIT_MS,
      run.signal ?? null,
    );
    const state = gateState(watch, lane);
    if (state === "frozen") continue;
    laneRun.resumedAtGeneration ??= generation;
    run.onProgress?.({ kind: "resumed", generation, lane, gate: state });
  }
}
