/** What good producers send: one record of each topic with everything it must have. */
import type { RecordOf } from "../../services/adapters/avro/codec.ts";
import { RUN_START_MS } from "./memory-run.ts";

export const LANE = "support/after-sales";

const HEAD = { eventTime: RUN_START_MS, lane: LANE, bucket: "refund" };
const MODEL = { modelId: "m", modelVersion: "2" };

/** A generated sample with complete provenance; its text is like no other id's. */
export function sampleOf(id: string, over: Partial<RecordOf<"samples">> = {}): RecordOf<"samples"> {
  return {
    ...HEAD,
    id,
    origin: "model_generated",
    source: "vendor-a/tickets",
    teacherId: "gen",
    teacherVersion: "4",
    templateId: "intro",
    templateVersion: "3",
    judgeId: "strict",
    judgeVersion: "1",
    judgeScore: 0.75,
    promptHash: "00ff",
    seed: "7",
    licence: "CC0-1.0",
    output: `The parcel of customer ${id} came late, so we sent the money back and said sorry.`,
    ...over,
  };
}

export function interactionOf(
  id: string,
  over: Partial<RecordOf<"interactions">> = {},
): RecordOf<"interactions"> {
  return { ...HEAD, ...MODEL, id, response: `Your refund ${id} is on its way.`, ...over };
}

export function outcomeOf(id: string, over: Partial<RecordOf<"outcomes">> = {}): RecordOf<"outcomes"> {
  return {
    ...HEAD,
    ...MODEL,
    id,
    interactionId: id,
    interactionTime: RUN_START_MS - 60_000,
    resolved: true,
    ...over,
  };
}

export function evaluationOf(
  id: string,
  over: Partial<RecordOf<"evaluations">> = {},
): RecordOf<"evaluations"> {
  return { ...HEAD, ...MODEL, id, runId: "run-1", suite: "main", successes: 31, trials: 40, ...over };
}

export function manifestOf(id: string, over: Partial<RecordOf<"training">> = {}): RecordOf<"training"> {
  return { ...HEAD, ...MODEL, id, kind: "manifest", runId: "run-1", ...over };
}

/** What a training run reports of itself. */
export function reportOf(id: string, over: Partial<RecordOf<"training">> = {}): RecordOf<"training"> {
  return { ...manifestOf(id), kind: "run", loss: 2, lossVariance: 0.04, holdoutLoss: 2.5, ...over };
}

export function commandOf(commandId: string, over: Partial<RecordOf<"commands">> = {}): RecordOf<"commands"> {
  return {
    commandId,
    kind: "freeze",
    subject: "template:intro@3",
    lane: LANE,
    actor: "ann",
    reason: "complaints",
    issuedMs: RUN_START_MS,
    keyId: "",
    signature: "",
    ...over,
  };
}
