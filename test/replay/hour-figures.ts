/** What a finished hour holds, counted from its topics, and what the product's own replay says of it. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { decodeForwardNote, FORWARD_HEADER, TICK_HEADER } from "../../services/core/record-headers.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { APPEND_TIME } from "../../services/runtime/control-records.ts";
import type { Comparison } from "../../services/runtime/replay/row-set.ts";
import type { Rig } from "../reliability/rig.ts";

const REPLAY_MS_MAX = 3_600_000;
const PRODUCED = ["samples", "interactions", "outcomes", "evaluations", "training"] as const;

export interface HourFigures {
  /** Records that producers wrote, by topic. */
  readonly produced: Readonly<Record<string, number>>;
  /** Ticks in producers' topics, worth their append time. */
  readonly idleTicks: number;
  /** Ticks of the gatekeeper, and signs of life of monitor and governor. */
  readonly ownTicks: number;
  readonly lateSamples: number;
  readonly lateReplies: number;
  readonly repeatedSamples: number;
  readonly quarantinedByGates: number;
  readonly policies: number;
  readonly freezes: number;
  readonly resumes: number;
  readonly refusals: number;
  /** Times a partition number was given to an instance. */
  readonly assignments: number;
}

export interface ReplayAnswer {
  readonly equal: boolean;
  readonly records: number;
  readonly seconds: number;
  readonly memoryBytesMax: number;
  readonly parts: readonly Comparison[];
}

export async function countHour(rig: Rig): Promise<HourFigures> {
  const produced: Record<string, number> = {};
  let idleTicks = 0;
  let ownTicks = 0;
  const each = async (topic: TopicName): Promise<void> => {
    await rig.log.each(topic, ({ value, headers }) => {
      const tick = headers[TICK_HEADER];
      if (value !== null) produced[topic] = (produced[topic] ?? 0) + 1;
      else if (tick === APPEND_TIME && topic !== "commands") idleTicks += 1;
      else if (tick !== undefined) ownTicks += 1;
    });
  };
  for (const topic of [...PRODUCED, "commands"] as const) await each(topic);
  let lateSamples = 0;
  let lateReplies = 0;
  const policies = new Set<string>();
  await rig.log.each("windows", ({ value, headers }) => {
    if (headers[TICK_HEADER] !== undefined) ownTicks += 1;
    if (value === null) return;
    const decoded = rig.codec.decodeGeneric("windows", value);
    if (!decoded.ok) throw new Error(decoded.detail);
    const row = decoded.record;
    policies.add(row.policyVersion);
    if (row.window !== "pane" || row.segment !== "all") return;
    if (row.stage === "candidate") lateSamples += row.late;
    else if (row.stage === "reply") lateReplies += row.late;
  });
  let repeatedSamples = 0;
  let quarantinedByGates = 0;
  for (const topic of ["admitted", "quarantined"] as const) {
    await rig.log.each(topic, ({ value, headers }) => {
      if (headers[TICK_HEADER] !== undefined) ownTicks += 1;
      if (value === null) return;
      const reasons = decodeForwardNote(headers[FORWARD_HEADER])?.reasons ?? [];
      if (reasons.includes("duplicate_id")) repeatedSamples += 1;
      if (reasons.some((reason) => reason.endsWith("_frozen"))) quarantinedByGates += 1;
    });
  }
  let freezes = 0;
  let resumes = 0;
  let refusals = 0;
  for (const { record } of await rig.log.values("decisions")) {
    if (record.rule === "resume_refused") refusals += 1;
    else if (record.rule === "resume") resumes += 1;
    else if (record.to === "frozen") freezes += 1;
  }
  return {
    produced,
    idleTicks,
    ownTicks,
    lateSamples,
    lateReplies,
    repeatedSamples,
    quarantinedByGates,
    policies: policies.size,
    freezes,
    resumes,
    refusals,
    assignments: await assignments(rig),
  };
}

async function assignments(rig: Rig): Promise<number> {
  let count = 0;
  for (const as of ["gatekeeper", "monitor", "gatekeeper-2", "monitor-2"]) {
    count += (await rig.logText(as)).split("partitions assigned").length - 1;
  }
  return count;
}

/** `plumbline replay --json` in a process of its own, whose memory is the replay's alone. */
export async function replayByCommand(rig: Rig): Promise<ReplayAnswer> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const main = join(import.meta.dirname, "../../services/cli/main.ts");
  const args = ["--import", loader, main, "replay", "--json", "--prefix", rig.names.prefix];
  const env = {
    ...process.env,
    KAFKA_BROKERS: rig.connection.brokers.join(","),
    PLUMBLINE_HOME: rig.home,
    UV_THREADPOOL_SIZE: "16",
  };
  const running = promisify(execFile)(process.execPath, args, {
    env,
    timeout: REPLAY_MS_MAX,
    maxBuffer: 2 ** 24,
  });
  // Exit code 1 says that something differs; what differs is in the answer.
  const { stdout, stderr } = await running.catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: error.stdout ?? "",
    stderr: error.stderr ?? String(error),
  }));
  if (stdout === "") throw new Error(`plumbline replay said nothing: ${stderr}`);
  return JSON.parse(stdout) as ReplayAnswer;
}
