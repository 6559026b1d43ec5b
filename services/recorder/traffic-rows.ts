import { Buffer } from "node:buffer";
import { decodeForwardNote, FORWARD_HEADER, type ForwardNote } from "../core/record-headers.ts";
import type { Row } from "../ports.ts";
import {
  countOrNull,
  type Fields,
  fieldsList,
  flag,
  flagOrNull,
  real,
  text,
  texts,
  time,
  timeOrNull,
} from "./columns.ts";
import type { TableRows } from "./control-rows.ts";

type Headers = Readonly<Record<string, string>>;

/** Of a record that somebody else wrote into the gatekeeper's topics. */
const NO_NOTE: ForwardNote = { sourceOffset: 0, gateRevision: 0, enforced: false, reasons: [] };

/** A list of records as JSON text, so that its shape survives; the empty list is the empty string. */
function jsonList(value: unknown): string {
  const list = fieldsList(value);
  return list.length === 0 ? "" : JSON.stringify(list);
}

function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  // fromEntries defines properties, so a key `__proto__` is a key like any other.
  return Object.fromEntries(entries.filter(([, own]) => typeof own === "string"));
}

function utf8Bytes(value: unknown): number {
  return typeof value === "string" ? Buffer.byteLength(value, "utf8") : 0;
}

/** A sample's facts, and its text once. */
export function sampleRows(
  decision: "admitted" | "quarantined",
): (record: Fields, headers: Headers) => TableRows {
  return (record, headers) => {
    const note = decodeForwardNote(headers[FORWARD_HEADER]) ?? NO_NOTE;
    // One literal, without spread parts: fifty properties copied one by one make an object of the slow kind, 15 times slower.
    const facts = {
      id: text(record.id),
      event_time: time(record.eventTime),
      lane: text(record.lane),
      bucket: text(record.bucket),
      decision,
      reasons: note.reasons,
      enforced: note.enforced,
      gate_revision: note.gateRevision,
      source_offset: note.sourceOffset,
      origin: text(record.origin),
      maker_kind: text(record.makerKind),
      usage: text(record.usage),
      source: text(record.source),
      teacher_id: text(record.teacherId),
      teacher_version: text(record.teacherVersion),
      template_id: text(record.templateId),
      template_version: text(record.templateVersion),
      judge_id: text(record.judgeId),
      judge_version: text(record.judgeVersion),
      judge_score: real(record.judgeScore),
      judge_verdict: text(record.judgeVerdict),
      dataset_id: text(record.datasetId),
      dataset_version: text(record.datasetVersion),
      prompt_hash: text(record.promptHash),
      seed: text(record.seed),
      licence: text(record.licence),
      consent: text(record.consent),
      sources: texts(record.sources),
      filters: texts(record.filters),
      parents: texts(record.parents),
      generation_depth: countOrNull(record.generationDepth),
      purpose: text(record.purpose),
      represents: text(record.represents),
      verifier_kind: text(record.verifierKind),
      verifier_id: text(record.verifierId),
      verifier_verdict: text(record.verifierVerdict),
      verifier_confidence: real(record.verifierConfidence),
      reviewer: text(record.reviewer),
      principal: text(record.principal),
      labels: texts(record.labels),
      principles_version: text(record.principlesVersion),
      output_schema: text(record.outputSchema),
      language: text(record.language),
      difficulty: text(record.difficulty),
      input_form: text(record.inputForm),
      interrupted: flagOrNull(record.interrupted),
      emotion: text(record.emotion),
      embedding_model: text(record.embeddingModel),
      tool_calls: fieldsList(record.toolCalls).length,
      context_turns: fieldsList(record.context).length,
      input_bytes: utf8Bytes(record.input),
      output_bytes: utf8Bytes(record.output),
    };
    return { samples: [facts], texts: [textRow("sample", record, record.input, record.output)] };
  };
}

function textRow(kind: "sample" | "interaction", record: Fields, input: unknown, output: unknown): Row {
  return {
    id: text(record.id),
    kind,
    lane: text(record.lane),
    input: text(input),
    output: text(output),
    context: jsonList(record.context),
    fields: stringMap(record.fields),
    tool_calls: jsonList(record.toolCalls),
  };
}

export function interactionRows(record: Fields): TableRows {
  const facts = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    segment: text(record.segment),
    model_id: text(record.modelId),
    model_version: text(record.modelVersion),
    refused: flag(record.refused),
    session_id: text(record.sessionId),
    turn: countOrNull(record.turn),
    latency_ms: real(record.latencyMs),
    language: text(record.language),
    product: text(record.product),
    region: text(record.region),
    channel: text(record.channel),
    input_form: text(record.inputForm),
    interrupted: flagOrNull(record.interrupted),
    emotion: text(record.emotion),
    consent: text(record.consent),
    principal: text(record.principal),
    tool_calls: fieldsList(record.toolCalls).length,
    context_turns: fieldsList(record.context).length,
    request_bytes: utf8Bytes(record.request),
    response_bytes: utf8Bytes(record.response),
  };
  return { interactions: [facts], texts: [textRow("interaction", record, record.request, record.response)] };
}

export function outcomeRows(record: Fields): TableRows {
  const row = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    segment: text(record.segment),
    model_id: text(record.modelId),
    model_version: text(record.modelVersion),
    interaction_id: text(record.interactionId),
    interaction_time: time(record.interactionTime),
    resolved: flagOrNull(record.resolved),
    satisfaction: real(record.satisfaction),
    escalated: flagOrNull(record.escalated),
    complaint_type: text(record.complaintType),
    cost: real(record.cost),
    cost_currency: text(record.costCurrency),
    correction: text(record.correction),
    note: text(record.note),
    principal: text(record.principal),
  };
  return { outcomes: [row] };
}

export function evaluationRows(record: Fields): TableRows {
  const row = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    run_id: text(record.runId),
    model_id: text(record.modelId),
    model_version: text(record.modelVersion),
    suite: text(record.suite),
    suite_version: text(record.suiteVersion),
    suite_time: timeOrNull(record.suiteTime),
    suite_owner: text(record.suiteOwner),
    item_origin: text(record.itemOrigin),
    item_id: text(record.itemId),
    pair_id: text(record.pairId),
    judge_id: text(record.judgeId),
    judge_version: text(record.judgeVersion),
    metric: text(record.metric),
    successes: countOrNull(record.successes),
    trials: countOrNull(record.trials),
    value: real(record.value),
    experiment_id: text(record.experimentId),
    arm: text(record.arm),
    synthetic_share: real(record.syntheticShare),
    settings_hash: text(record.settingsHash),
    seed: text(record.seed),
    perplexity: real(record.perplexity),
    perplexity_model: text(record.perplexityModel),
    tokenizer_id: text(record.tokenizerId),
    note: text(record.note),
    principal: text(record.principal),
  };
  return { evaluations: [row] };
}

export function trainingRows(record: Fields): TableRows {
  const data = fieldsList(record.data);
  const row = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    kind: text(record.kind),
    run_id: text(record.runId),
    parent_run_id: text(record.parentRunId),
    model_id: text(record.modelId),
    model_version: text(record.modelVersion),
    generation: countOrNull(record.generation),
    data_dataset: data.map((use) => `${text(use.datasetId)}@${text(use.datasetVersion)}`),
    data_origin: data.map((use) => text(use.origin)),
    data_weight: data.map((use) => real(use.weight) ?? 0),
    data_epochs: data.map((use) => real(use.epochs) ?? 0),
    data_samples: data.map((use) => countOrNull(use.samples)),
    data_tokens: data.map((use) => countOrNull(use.tokens)),
    mixture_id: text(record.mixtureId),
    mixture_version: text(record.mixtureVersion),
    step: countOrNull(record.step),
    loss: real(record.loss),
    loss_variance: real(record.lossVariance),
    holdout_id: text(record.holdoutId),
    holdout_loss: real(record.holdoutLoss),
    tokenizer_id: text(record.tokenizerId),
    settings_hash: text(record.settingsHash),
    seed: text(record.seed),
    experiment_id: text(record.experimentId),
    arm: text(record.arm),
    note: text(record.note),
    principal: text(record.principal),
  };
  return { training: [row] };
}

export function reviewRows(record: Fields): TableRows {
  const row = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    target_topic: text(record.targetTopic),
    target_id: text(record.targetId),
    subject: text(record.subject),
    reviewer: text(record.reviewer),
    reviewer_role: text(record.reviewerRole),
    verdict: text(record.verdict),
    labels: texts(record.labels),
    confidence: real(record.confidence),
    inspection_id: text(record.inspectionId),
    note: text(record.note),
    principal: text(record.principal),
  };
  return { reviews: [row] };
}

export function changeRows(record: Fields): TableRows {
  const row = {
    id: text(record.id),
    event_time: time(record.eventTime),
    lane: text(record.lane),
    bucket: text(record.bucket),
    kind: text(record.kind),
    subject: text(record.subject),
    from_version: text(record.fromVersion),
    to_version: text(record.toVersion),
    share_from: real(record.shareFrom),
    share_to: real(record.shareTo),
    samples: countOrNull(record.samples),
    bundle: texts(record.bundle),
    actor: text(record.actor),
    role: text(record.role),
    approver: text(record.approver),
    reason: text(record.reason),
    experiment_id: text(record.experimentId),
    start_time: timeOrNull(record.startTime),
    end_time: timeOrNull(record.endTime),
    details: stringMap(record.details),
    principal: text(record.principal),
  };
  return { changes: [row] };
}
