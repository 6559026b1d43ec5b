/**
 * Producers' records as the core's views, read off the walked bytes: no string is made but the id; names of low
 * cardinality are shared, and texts stay where they are, as slices of the record's own buffer.
 */
import { marksOf } from "../../core/generator-marks.ts";
import type { RejectCode } from "../../core/input.ts";
import {
  type EvaluationView,
  type InteractionView,
  ORIGINS,
  type Origin,
  type OutcomeView,
  type SampleView,
  type TrainingView,
} from "../../core/sample.ts";
import type { Codec } from "./codec.ts";
import {
  booleanOrNull,
  doubleOrNull,
  hasText,
  integerOrNull,
  nameAt,
  sliceAt,
  subjectAt,
  textAt,
} from "./field-reader.ts";
import { createMarkReader } from "./mark-reader.ts";
import { gapsOf, PROVENANCE_REQUIRED } from "./provenance.ts";
import { createHeadReader, isEventTime } from "./record-head.ts";
import { createNamedScopeReader, createScopeReader } from "./scope-reader.ts";
import { createTrialCountsReader } from "./trial-counts.ts";
import type { WalkedRow, Walker } from "./walker.ts";

export interface Unreadable {
  readonly ok: false;
  readonly code: RejectCode;
  readonly detail: string;
}

export type Viewed<V> = { readonly ok: true; readonly view: V } | Unreadable;

/** Reads a value of one topic; `appendMs` is what event times ahead are judged by. Never throws on bytes. */
export type ViewReader<V> = (value: Uint8Array, appendMs: number) => Viewed<V>;

export interface ViewReaders {
  readonly sample: ViewReader<SampleView>;
  readonly interaction: ViewReader<InteractionView>;
  readonly outcome: ViewReader<OutcomeView>;
  readonly evaluation: ViewReader<EvaluationView>;
  readonly training: ViewReader<TrainingView>;
}

/** The part of a view that every producer's record has. */
interface Head {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly bucket: string;
}

export function createViewReaders(codec: Codec): ViewReaders {
  return {
    sample: viewReader(codec, "samples", sampleFields),
    interaction: viewReader(codec, "interactions", interactionFields),
    outcome: viewReader(codec, "outcomes", outcomeFields),
    evaluation: viewReader(codec, "evaluations", evaluationFields),
    training: viewReader(codec, "training", trainingFields),
  };
}

/** Reads the rest of a record whose head is good. */
type FieldsReader<V> = (bytes: Buffer, row: WalkedRow, head: Head) => Viewed<V>;

function viewReader<V>(
  codec: Codec,
  topic: "samples" | "interactions" | "outcomes" | "evaluations" | "training",
  fieldsOf: (walker: Walker) => FieldsReader<V>,
): ViewReader<V> {
  const walker = codec.walkerOf(topic);
  const row = walker.newRow();
  const heads = createHeadReader(walker);
  const fields = fieldsOf(walker);
  return (value, appendMs) => {
    const walked = codec.walk(topic, value, row);
    if (!walked.ok) return walked;
    const head = heads.read(walked.bytes, row, appendMs);
    if (head.code !== null) return { ok: false, code: head.code, detail: head.detail };
    return fields(walked.bytes, row, head);
  };
}

function sampleFields(walker: Walker): FieldsReader<SampleView> {
  const template = walker.indexOf("templateId");
  const templateVersion = walker.indexOf("templateVersion");
  const teacher = walker.indexOf("teacherId");
  const teacherVersion = walker.indexOf("teacherVersion");
  const judge = walker.indexOf("judgeId");
  const judgeVersion = walker.indexOf("judgeVersion");
  const judgeScore = walker.indexOf("judgeScore");
  const judgeVerdict = walker.indexOf("judgeVerdict");
  const source = walker.indexOf("source");
  const output = walker.indexOf("output");
  const origin = walker.indexOf("origin");
  const origins = walker.fields[origin]!.symbols.map(asOrigin);
  const missing = missingMask(walker);
  const marks = createMarkReader(walker);
  const scopes = createNamedScopeReader(walker);
  return (bytes, row, head) => {
    const from = origins[row.numbers[origin]!]!;
    return {
      ok: true,
      view: {
        id: head.id,
        eventMs: head.eventMs,
        lane: head.lane,
        bucket: head.bucket,
        origin: from,
        template: subjectAt(bytes, row, template, templateVersion),
        teacher: subjectAt(bytes, row, teacher, teacherVersion),
        judge: subjectAt(bytes, row, judge, judgeVersion),
        source: nameAt(bytes, row, source),
        judgeScore: doubleOrNull(bytes, row, judgeScore),
        judgeVerdict: nameAt(bytes, row, judgeVerdict),
        output: sliceAt(bytes, row, output),
        missingProvenance: gapsOf(missing(row, from)),
        marks: marksOf(marks(bytes, row)),
        scope: scopes(bytes, row),
      },
    };
  };
}

function asOrigin(symbol: string): Origin {
  return ORIGINS.find((known) => known === symbol) ?? "unknown";
}

/** Which of `PROVENANCE_REQUIRED` a record lacks, as a bit set. */
function missingMask(walker: Walker): (row: WalkedRow, origin: Origin) => number {
  const sources = walker.indexOf("sources");
  const required = PROVENANCE_REQUIRED.map((r) => ({ ...r, index: walker.indexOf(r.field) }));
  return (row, origin) => {
    let mask = 0;
    for (let i = 0; i < required.length; i += 1) {
      const { index, of, code } = required[i]!;
      if (of !== "all" && of !== origin) continue;
      if (hasText(row, index)) continue;
      if (code === "source" && row.numbers[sources]! > 0) continue;
      mask |= 1 << i;
    }
    return mask;
  };
}

function interactionFields(walker: Walker): FieldsReader<InteractionView> {
  const segment = walker.indexOf("segment");
  const model = walker.indexOf("modelId");
  const modelVersion = walker.indexOf("modelVersion");
  const request = walker.indexOf("request");
  const response = walker.indexOf("response");
  const refused = walker.indexOf("refused");
  const turn = walker.indexOf("turn");
  const interrupted = walker.indexOf("interrupted");
  const scopes = createScopeReader(walker);
  return (bytes, row, head) => ({
    ok: true,
    view: {
      id: head.id,
      eventMs: head.eventMs,
      lane: head.lane,
      bucket: head.bucket,
      segment: nameAt(bytes, row, segment),
      model: subjectAt(bytes, row, model, modelVersion),
      request: sliceAt(bytes, row, request),
      response: sliceAt(bytes, row, response),
      refused: row.numbers[refused] === 1,
      turn: integerOrNull(row, turn),
      interrupted: booleanOrNull(row, interrupted),
      scope: scopes(bytes, row),
    },
  });
}

function outcomeFields(walker: Walker): FieldsReader<OutcomeView> {
  const segment = walker.indexOf("segment");
  const model = walker.indexOf("modelId");
  const modelVersion = walker.indexOf("modelVersion");
  const interactionId = walker.indexOf("interactionId");
  const interactionTime = walker.indexOf("interactionTime");
  const resolved = walker.indexOf("resolved");
  return (bytes, row, head) => {
    const interactionMs = row.numbers[interactionTime]!;
    if (!isEventTime(interactionMs)) {
      return {
        ok: false,
        code: "event_time_invalid",
        detail: `interactionTime ${interactionMs} ms is not in 1970 to 2099`,
      };
    }
    return {
      ok: true,
      view: {
        id: head.id,
        eventMs: head.eventMs,
        lane: head.lane,
        bucket: head.bucket,
        segment: nameAt(bytes, row, segment),
        model: subjectAt(bytes, row, model, modelVersion),
        interactionId: textAt(bytes, row, interactionId),
        interactionMs,
        resolved: booleanOrNull(row, resolved),
      },
    };
  };
}

function evaluationFields(walker: Walker): FieldsReader<EvaluationView> {
  const suite = walker.indexOf("suite");
  const judge = walker.indexOf("judgeId");
  const judgeVersion = walker.indexOf("judgeVersion");
  const model = walker.indexOf("modelId");
  const modelVersion = walker.indexOf("modelVersion");
  const metric = walker.indexOf("metric");
  const suiteTime = walker.indexOf("suiteTime");
  const itemOrigin = walker.indexOf("itemOrigin");
  const origins = walker.fields[itemOrigin]!.symbols.map(asOrigin);
  const value = walker.indexOf("value");
  const trialCounts = createTrialCountsReader(walker);
  const perplexity = walker.indexOf("perplexity");
  const perplexityModel = walker.indexOf("perplexityModel");
  const tokenizer = walker.indexOf("tokenizerId");
  return (bytes, row, head) => {
    const counts = trialCounts.read(row);
    const contradiction = trialCounts.contradiction(counts);
    if (contradiction !== null) return { ok: false, code: "counts_contradict", detail: contradiction };
    return {
      ok: true,
      view: {
        id: head.id,
        eventMs: head.eventMs,
        lane: head.lane,
        bucket: head.bucket,
        suite: nameAt(bytes, row, suite),
        model: subjectAt(bytes, row, model, modelVersion),
        metric: nameAt(bytes, row, metric),
        suiteMs: integerOrNull(row, suiteTime),
        itemOrigin: origins[row.numbers[itemOrigin]!]!,
        judge: subjectAt(bytes, row, judge, judgeVersion),
        ...counts,
        value: doubleOrNull(bytes, row, value),
        perplexity: doubleOrNull(bytes, row, perplexity),
        perplexityModel: nameAt(bytes, row, perplexityModel),
        tokenizer: nameAt(bytes, row, tokenizer),
      },
    };
  };
}

function trainingFields(walker: Walker): FieldsReader<TrainingView> {
  const kind = walker.indexOf("kind");
  const manifest = walker.fields[kind]!.symbols.indexOf("manifest");
  const model = walker.indexOf("modelId");
  const modelVersion = walker.indexOf("modelVersion");
  const run = walker.indexOf("runId");
  const loss = walker.indexOf("loss");
  const lossVariance = walker.indexOf("lossVariance");
  const holdoutLoss = walker.indexOf("holdoutLoss");
  return (bytes, row, head) => ({
    ok: true,
    view: {
      id: head.id,
      eventMs: head.eventMs,
      lane: head.lane,
      kind: row.numbers[kind] === manifest ? "manifest" : "run",
      model: subjectAt(bytes, row, model, modelVersion),
      run: nameAt(bytes, row, run),
      loss: doubleOrNull(bytes, row, loss),
      lossVariance: doubleOrNull(bytes, row, lossVariance),
      holdoutLoss: doubleOrNull(bytes, row, holdoutLoss),
    },
  });
}
