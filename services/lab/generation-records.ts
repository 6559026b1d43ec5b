/** One lane's generation as the records its producers would write: samples, traffic, suite results, the manifest. */
import { hash64 } from "../core/hash.ts";
import type { ProducedRecordByTopic } from "../core/wire-types.generated.ts";
import type { LabLane, LaneOutput, Mixture } from "./lanes.ts";
import type { Tokens, Vocabulary } from "./pools.ts";
import type { PreparedLab } from "./prepare-lab.ts";
import { answerItems, drawOnlineItems, type Item } from "./suites.ts";
import { textOf } from "./words.ts";

/** The topics the lab writes. */
export const LAB_TOPICS = ["samples", "interactions", "outcomes", "evaluations", "training"] as const;
export type LabTopic = (typeof LAB_TOPICS)[number];

export const GENERATION_MS = 60_000;
/** A suite is reported in so many shares of its items, so that every window of the generation has its own results. */
const SUITE_SHARES = 12;
/** Questions stop before the end, so that the last outcome still lies in its generation. */
const QUESTIONS_MS = 57_000;
const OUTCOME_DELAY_MS_MIN = 500;
const OUTCOME_DELAY_MS_SPAN = 2_000;
/** Words of the text before the answer that the user shows the model. */
const REQUEST_WORDS = 12;
const TEMPLATE = { id: "continue-text", version: "1" };
const RULE = { id: "length-rule", version: "1" };
const PRINCIPAL = "lab";

/** A record with the time it happened; the record's type follows its topic. */
export type LabEvent = {
  [T in LabTopic]: {
    readonly topic: T;
    readonly lane: LabLane;
    readonly eventMs: number;
    readonly record: ProducedRecordByTopic[T];
  };
}[LabTopic];

/**
 * All records of one lane's generation in [startMs, startMs + 60 s), ascending by event time; the manifest comes last, at
 * the generation's end. Ids repeat for the same seed: the records are equal byte for byte.
 */
export function generationRecords(
  lab: PreparedLab,
  output: LaneOutput,
  next: Mixture,
  startMs: number,
): LabEvent[] {
  const events = [
    ...sampleEvents(lab, output, startMs),
    ...trafficEvents(lab, output, startMs),
    ...suiteEvents(lab, output, startMs),
  ].sort((a, b) => a.eventMs - b.eventMs);
  events.push(manifestEvent(lab, output, next, startMs));
  return events;
}

function name(output: LaneOutput): string {
  return `${output.lane}-g${output.generation}`;
}

function modelId(lane: LabLane): string {
  return `trigram-${lane}`;
}

function spell(vocabulary: Vocabulary, tokens: Iterable<number>): string {
  return textOf(Array.from(tokens, (token) => vocabulary.words[token] ?? ""));
}

/** Generated and real pieces take turns, evenly over the generation. */
function sampleEvents(lab: PreparedLab, output: LaneOutput, startMs: number): LabEvent[] {
  const { generated, real } = output;
  const total = generated.length + real.length;
  const events: LabEvent[] = [];
  let realWritten = 0;
  for (let i = 0; i < total; i += 1) {
    const eventMs = startMs + Math.floor(((i + 0.5) * GENERATION_MS) / total);
    const realDue = Math.floor(((i + 1) * real.length) / total);
    const record =
      realDue > realWritten
        ? realSample(lab, output, realWritten, eventMs)
        : generatedSample(lab, output, i - realWritten, eventMs);
    realWritten = realDue;
    events.push({ topic: "samples", lane: output.lane, eventMs, record });
  }
  return events;
}

type SampleFields = ProducedRecordByTopic["samples"];

function generatedSample(
  lab: PreparedLab,
  output: LaneOutput,
  index: number,
  eventTime: number,
): SampleFields {
  const tokens: Tokens = output.generated[index]!;
  const { hi, lo } = hash64(`${TEMPLATE.id}@${TEMPLATE.version}`);
  return {
    ...commonSample(lab, output, tokens, eventTime),
    id: `${name(output)}-s${index}`,
    origin: "model_generated",
    makerKind: "model",
    usage: output.recipe === "own" ? "replaces" : "adds",
    source: `lab/${output.lane}/generator`,
    teacherId: modelId(output.lane),
    teacherVersion: `g${output.generation}`,
    templateId: TEMPLATE.id,
    templateVersion: TEMPLATE.version,
    // No model judges here: the rule is that a piece is not empty and not overlong, and it says so.
    judgeId: RULE.id,
    judgeVersion: RULE.version,
    judgeScore: tokens.length > 0 ? 1 : 0,
    judgeVerdict: tokens.length > 0 ? "accept" : "reject",
    promptHash: hi.toString(16).padStart(8, "0") + lo.toString(16).padStart(8, "0"),
    seed: `${lab.seed}/${output.lane}/${output.generation}`,
    filters: [`${RULE.id}@${RULE.version}`],
    generationDepth: output.mixture.depth + 1,
    verifierKind: "rule",
    verifierId: `${RULE.id}@${RULE.version}`,
    verifierVerdict: tokens.length > 0 ? "pass" : "fail",
    verifierConfidence: 1,
    labels: ["ai_generated"],
    output: spell(lab.pools.vocabulary, tokens),
  };
}

function realSample(lab: PreparedLab, output: LaneOutput, index: number, eventTime: number): SampleFields {
  const piece = output.real[index]!;
  return {
    ...commonSample(lab, output, piece.tokens, eventTime),
    id: `${name(output)}-r${piece.index}`,
    origin: "licensed",
    makerKind: "person",
    usage: "adds",
    source: "lab/corpus",
    generationDepth: 0,
    output: piece.text,
  };
}

function commonSample(lab: PreparedLab, output: LaneOutput, tokens: Tokens, eventTime: number) {
  return {
    eventTime,
    lane: output.lane,
    bucket: lab.topics.ofPiece(tokens),
    datasetId: `lab-${output.lane}`,
    datasetVersion: `g${output.generation}`,
    licence: lab.licence,
    consent: `corpus licence: ${lab.licence}`,
    sources: [lab.corpusName],
    purpose: "fine_tuning",
    represents: "running text like the corpus, rare words included",
    principal: PRINCIPAL,
  };
}

/** Real held-out text asks, the current model answers, the text itself says whether the answer was right. */
function trafficEvents(lab: PreparedLab, output: LaneOutput, startMs: number): LabEvent[] {
  const { lane, generation, model } = output;
  const { words } = lab.pools.vocabulary;
  const items = drawOnlineItems(lab.pools.online[generation - 1]!, lab.topics, lab.seed, generation);
  const common = { lane, modelId: modelId(lane), modelVersion: `g${generation}`, principal: PRINCIPAL };
  return answerItems(model, items).flatMap(({ item, words: answers, success }, i): LabEvent[] => {
    const id = `${name(output)}-q${i}`;
    const askedMs = startMs + Math.floor(((i + 0.5) * QUESTIONS_MS) / items.length);
    const outcomeMs = askedMs + OUTCOME_DELAY_MS_MIN + (hash64(id).lo % OUTCOME_DELAY_MS_SPAN);
    const bucket = item.bucket;
    return [
      {
        topic: "interactions",
        lane,
        eventMs: askedMs,
        record: {
          ...common,
          id,
          eventTime: askedMs,
          bucket,
          sessionId: id,
          turn: 0,
          request: requestOf(lab, item),
          response: answers.map((word) => words[word]).join(", "),
          refused: answers.length === 0,
        },
      },
      {
        topic: "outcomes",
        lane,
        eventMs: outcomeMs,
        record: {
          ...common,
          id: `${id}-o`,
          eventTime: outcomeMs,
          bucket,
          interactionId: id,
          interactionTime: askedMs,
          resolved: success,
          correction: success ? null : words[item.piece.tokens[item.position]!]!,
        },
      },
    ];
  });
}

function requestOf(lab: PreparedLab, { piece, position }: Item): string {
  const from = Math.max(0, position - REQUEST_WORDS);
  return `${spell(lab.pools.vocabulary, piece.tokens.subarray(from, position))} …`;
}

/** Successes and trials by bucket, a share of the suite's items at a time. */
function suiteEvents(lab: PreparedLab, output: LaneOutput, startMs: number): LabEvent[] {
  const { lane, generation, model } = output;
  const events: LabEvent[] = [];
  for (const suite of lab.suites) {
    const answers = answerItems(model, suite.items);
    for (let share = 0; share < SUITE_SHARES; share += 1) {
      const eventMs = startMs + Math.floor(((share + 0.5) * GENERATION_MS) / SUITE_SHARES);
      const byBucket = new Map<string, { successes: number; trials: number }>();
      for (let i = share; i < answers.length; i += SUITE_SHARES) {
        const { item, success } = answers[i]!;
        const sums = byBucket.get(item.bucket) ?? { successes: 0, trials: 0 };
        sums.successes += success ? 1 : 0;
        sums.trials += 1;
        byBucket.set(item.bucket, sums);
      }
      for (const bucket of [...byBucket.keys()].sort()) {
        const record = {
          ...byBucket.get(bucket)!,
          id: `${name(output)}-e-${suite.name}-${share}-${bucket}`,
          eventTime: eventMs,
          lane,
          bucket,
          runId: `${name(output)}-${suite.name}`,
          modelId: modelId(lane),
          modelVersion: `g${generation}`,
          suite: suite.name,
          suiteVersion: "1",
          suiteOwner: "lab",
          itemOrigin: "benchmark" as const,
          metric: "top_5_success",
          seed: String(lab.seed),
          principal: PRINCIPAL,
        };
        events.push({ topic: "evaluations", lane, eventMs, record });
      }
    }
  }
  return events;
}

/** Closes the generation: what the lane's next model is trained on. */
function manifestEvent(lab: PreparedLab, output: LaneOutput, next: Mixture, startMs: number): LabEvent {
  const { lane, generation } = output;
  const eventMs = startMs + GENERATION_MS;
  const parts = [
    { datasetId: `lab-${lane}`, origin: "model_generated" as const, samples: next.generated },
    { datasetId: lab.corpusName, origin: "licensed" as const, samples: next.real },
  ];
  return {
    topic: "training",
    lane,
    eventMs,
    record: {
      id: `${name(output)}-manifest`,
      eventTime: eventMs,
      lane,
      kind: "manifest",
      runId: `${lane}-run-${generation + 1}`,
      parentRunId: `${lane}-run-${generation}`,
      modelId: modelId(lane),
      modelVersion: `g${generation + 1}`,
      generation,
      data: parts
        .filter((part) => part.samples > 0)
        .map((part) => ({
          ...part,
          datasetVersion: `g${generation}`,
          weight: part.samples / (next.real + next.generated),
          epochs: 1,
          tokens: null,
        })),
      tokenizerId: "n1",
      seed: String(lab.seed),
      note: `${next.tokens} tokens, temperature ${output.temperature}, recipe ${output.recipe}`,
      principal: PRINCIPAL,
    },
  };
}
