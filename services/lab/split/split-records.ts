/** One window of the split lab as the records its producers would write. Equal byte for byte for equal plan, task and start. */
import { hash64 } from "../../core/hash.ts";
import { Random } from "../../core/random.ts";
import type { ProducedRecordByTopic } from "../../core/wire-types.generated.ts";
import type { Tokens } from "../pools.ts";
import { isTailBucket, SCARCE_BUCKET } from "../topic-words.ts";
import { textOf } from "../words.ts";
import { type SplitPlan, servedNarrowing, stateAt } from "./split-plan.ts";
import {
  SPLIT_SUITES,
  type SplitBucket,
  type SplitItem,
  type SplitSuiteName,
  type SplitTask,
} from "./split-task.ts";
import { accepts, shareOf, suiteNarrowing } from "./split-truth.ts";

export const SPLIT_LANE = "split";
export const SPLIT_MODEL = "trigram-split";
/** User segments of the model's traffic; outcomes of questions that people answered are a segment of their own. */
export const PEOPLE_SEGMENT = "people";
const NEW_USERS = "new";
const REGULAR_USERS = "regular";

/** The topics the split lab writes. */
export const SPLIT_TOPICS = [
  "samples",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "changes",
] as const;
export type SplitTopic = (typeof SPLIT_TOPICS)[number];

/** A record with the time it happened; the record's type follows its topic. */
export type SplitEvent = {
  [T in SplitTopic]: {
    readonly topic: T;
    readonly eventMs: number;
    readonly record: ProducedRecordByTopic[T];
  };
}[SplitTopic];

/** When windows are: window w is `[startMs + (w - 1) * windowMs, startMs + w * windowMs)`. */
export interface SplitTimes {
  readonly startMs: number;
  readonly windowMs: number;
}

export function windowStartMs({ startMs, windowMs }: SplitTimes, window: number): number {
  return startMs + (window - 1) * windowMs;
}

/** Questions and outcomes leave the end of their window free, so that an outcome is never counted in the next. */
const ASKED_SHARE = 0.8;
const OUTCOME_JITTER_SHARE = 0.15;
/** Words of the text before the answer that the user shows the model. */
const REQUEST_WORDS = 12;
const TAIL_NEW_SHARE = 0.6;
const OTHER_NEW_SHARE = 0.3;
const TEMPLATE = { id: "continue-text", version: "1" };
const PRINCIPAL = "lab";

/**
 * All records whose event time lies in window `window` (1 and up), ascending by it: what is asked, sampled and evaluated in
 * it, and the outcomes of what was asked `outcomeLagWindows` before.
 */
export function splitRecords(
  task: SplitTask,
  plan: SplitPlan,
  times: SplitTimes,
  window: number,
): SplitEvent[] {
  const asked = window - plan.outcomeLagWindows;
  return [
    ...changeEvents(plan, times, window),
    ...sampleEvents(task, plan, times, window),
    ...interactionEvents(task, plan, times, window),
    ...(asked < 1 ? [] : outcomeEvents(task, plan, times, asked)),
    ...suiteEvents(task, plan, times, window),
  ].sort((a, b) => a.eventMs - b.eventMs);
}

/** The deployment, and a season that everybody knows of. A stricter judge announces itself in the evaluations only. */
function changeEvents(plan: SplitPlan, times: SplitTimes, window: number): SplitEvent[] {
  const eventMs = windowStartMs(times, window);
  const common = { lane: SPLIT_LANE, eventTime: eventMs, actor: PRINCIPAL, principal: PRINCIPAL };
  const changes: ProducedRecordByTopic["changes"][] = [];
  if (window === plan.deploymentWindow) {
    changes.push({
      ...common,
      id: "split-deployment",
      kind: "deployment",
      subject: `model:${SPLIT_MODEL}`,
      fromVersion: "v1",
      toVersion: "v2",
      reason: "a version that keeps learning from its own output",
    });
  }
  if (plan.scenario === "season" && window === plan.onsetWindow) {
    changes.push({
      ...common,
      id: "split-season",
      kind: "season_event",
      startTime: eventMs,
      reason: "questions come without their last word, whoever answers them",
    });
  }
  return changes.map((record) => ({ topic: "changes", eventMs, record }));
}

function spell(task: SplitTask, tokens: Iterable<number>): string {
  const { words } = task.lab.pools.vocabulary;
  return textOf(Array.from(tokens, (token) => words[token] ?? ""));
}

function sampleEvents(task: SplitTask, plan: SplitPlan, times: SplitTimes, window: number): SplitEvent[] {
  const { lab, sizes } = task;
  const { hi, lo } = hash64(`${TEMPLATE.id}@${TEMPLATE.version}`);
  const random = new Random(`lab/split/samples/${plan.seed}/${window}`);
  return task.healthy.sample(sizes.samples, 1, random).map((tokens: Tokens, index) => {
    const eventMs = atShare(times, window, (index + 0.5) / sizes.samples);
    const record: ProducedRecordByTopic["samples"] = {
      id: `split-w${window}-s${index}`,
      eventTime: eventMs,
      lane: SPLIT_LANE,
      bucket: lab.topics.ofPiece(tokens),
      origin: "model_generated",
      makerKind: "model",
      usage: "adds",
      source: "lab/split/generator",
      datasetId: "lab-split",
      datasetVersion: "1",
      teacherId: "trigram-teacher",
      teacherVersion: "1",
      templateId: TEMPLATE.id,
      templateVersion: TEMPLATE.version,
      promptHash: hi.toString(16).padStart(8, "0") + lo.toString(16).padStart(8, "0"),
      seed: `${plan.seed}/${window}`,
      generationDepth: 1,
      verifierKind: "rule",
      verifierId: "length-rule@1",
      verifierVerdict: tokens.length > 0 ? "pass" : "fail",
      verifierConfidence: 1,
      licence: lab.licence,
      consent: `corpus licence: ${lab.licence}`,
      sources: [lab.corpusName],
      purpose: "fine_tuning",
      represents: "running text like the corpus, rare words included",
      labels: ["ai_generated"],
      principal: PRINCIPAL,
      output: spell(task, tokens),
    };
    return { topic: "samples", eventMs, record };
  });
}

/** One question of a window: drawn once, told twice, when it is asked and when its outcome is known. */
interface Question {
  readonly id: string;
  readonly bucket: string;
  readonly segment: string;
  readonly askedMs: number;
  readonly hard: boolean;
  /** Whether the narrowed side of the model answered. */
  readonly narrowed: boolean;
  readonly asked: SplitItem;
  readonly resolved: boolean;
}

/** Questions of a window to the model, then those to people. */
function questionsOf(
  task: SplitTask,
  plan: SplitPlan,
  times: SplitTimes,
  window: number,
): { readonly model: readonly Question[]; readonly people: readonly Question[] } {
  const random = new Random(`lab/split/questions/${plan.seed}/${window}`);
  const { hardShare } = stateAt(plan, window);
  const narrowing = servedNarrowing(plan, window);
  const shares = task.buckets.map((bucket) => shareOf(bucket, plan, window));
  const draw = (count: number, byPeople: boolean): Question[] =>
    Array.from({ length: count }, (_, index) => {
      const bucket = drawBucket(task.buckets, shares, random.nextFloat());
      const asked = bucket.items[random.below(bucket.items.length)]!;
      const isNew = random.nextFloat() < newShare(bucket.name);
      const hard = random.nextFloat() < hardShare;
      const narrowed = random.nextFloat() < narrowing;
      const rank = byPeople
        ? asked[hard ? "peopleHard" : "people"]
        : asked[hard ? "healthyHard" : narrowed ? "narrowed" : "healthy"];
      return {
        id: `split-w${window}-${byPeople ? "p" : "q"}${index}`,
        bucket: bucket.name,
        segment: byPeople ? PEOPLE_SEGMENT : isNew ? NEW_USERS : REGULAR_USERS,
        askedMs: atShare(times, window, ((index + 0.5) * ASKED_SHARE) / count),
        hard,
        narrowed,
        asked,
        resolved: accepts("1", rank),
      };
    });
  return { model: draw(task.sizes.questions, false), people: draw(task.sizes.peopleQuestions, true) };
}

function drawBucket(buckets: readonly SplitBucket[], shares: readonly number[], at: number): SplitBucket {
  let left = at;
  for (let i = 0; i < buckets.length - 1; i += 1) {
    left -= shares[i]!;
    if (left < 0) return buckets[i]!;
  }
  return buckets.at(-1)!;
}

function newShare(bucket: string): number {
  return isTailBucket(bucket) || bucket === SCARCE_BUCKET ? TAIL_NEW_SHARE : OTHER_NEW_SHARE;
}

function modelVersionAt(plan: SplitPlan, window: number): string {
  return window < plan.deploymentWindow ? "v1" : "v2";
}

/** What people answer never was an interaction of the model: it has outcomes only. */
function interactionEvents(
  task: SplitTask,
  plan: SplitPlan,
  times: SplitTimes,
  window: number,
): SplitEvent[] {
  const random = new Random(`lab/split/replies/${plan.seed}/${window}`);
  const replies = {
    healthy: random.shuffle([...task.replies.healthy]),
    narrowed: random.shuffle([...task.replies.narrowed]),
  };
  return questionsOf(task, plan, times, window).model.map((question, index) => {
    const { id, bucket, segment, askedMs, narrowed } = question;
    const from = narrowed ? replies.narrowed : replies.healthy;
    const record: ProducedRecordByTopic["interactions"] = {
      id,
      eventTime: askedMs,
      lane: SPLIT_LANE,
      bucket,
      segment,
      modelId: SPLIT_MODEL,
      modelVersion: modelVersionAt(plan, window),
      sessionId: id,
      turn: 0,
      request: requestOf(task, question),
      response: from[index % from.length] ?? "",
      principal: PRINCIPAL,
    };
    return { topic: "interactions", eventMs: askedMs, record };
  });
}

function requestOf(task: SplitTask, { asked: { item }, hard }: Question): string {
  const to = item.position - (hard ? 1 : 0);
  const from = Math.max(0, to - REQUEST_WORDS);
  return `${spell(task, item.piece.tokens.subarray(from, to))} …`;
}

/** Outcomes of what was asked in window `asked`; each comes the same number of windows later, and a little after its turn. */
function outcomeEvents(task: SplitTask, plan: SplitPlan, times: SplitTimes, asked: number): SplitEvent[] {
  const { model, people } = questionsOf(task, plan, times, asked);
  const jitterMs = Math.floor(times.windowMs * OUTCOME_JITTER_SHARE);
  return [...model, ...people].map((question) => {
    const byPeople = question.segment === PEOPLE_SEGMENT;
    const jitter = hash64(question.id).lo % jitterMs;
    const eventMs = question.askedMs + plan.outcomeLagWindows * times.windowMs + jitter;
    const record: ProducedRecordByTopic["outcomes"] = {
      id: `${question.id}-o`,
      eventTime: eventMs,
      lane: SPLIT_LANE,
      bucket: question.bucket,
      segment: question.segment,
      modelId: byPeople ? PEOPLE_SEGMENT : SPLIT_MODEL,
      modelVersion: byPeople ? "1" : modelVersionAt(plan, asked),
      interactionId: question.id,
      interactionTime: question.askedMs,
      resolved: question.resolved,
      principal: PRINCIPAL,
    };
    return { topic: "outcomes", eventMs, record };
  });
}

/** One result a suite and bucket, in the middle of the window. */
function suiteEvents(task: SplitTask, plan: SplitPlan, times: SplitTimes, window: number): SplitEvent[] {
  const { mainTrials, longTailTrials, crossDomainTrials } = task.sizes;
  const trials: Readonly<Record<SplitSuiteName, number>> = {
    main: mainTrials,
    long_tail: longTailTrials,
    cross_domain: crossDomainTrials,
  };
  const eventMs = atShare(times, window, 0.5);
  const { judgeVersion } = stateAt(plan, window);
  return SPLIT_SUITES.flatMap((suite) =>
    [...suiteCounts(task, plan, suite, trials[suite], window)].map(([bucket, counts]): SplitEvent => {
      const record: ProducedRecordByTopic["evaluations"] = {
        ...counts,
        id: `split-w${window}-e-${suite}-${bucket}`,
        eventTime: eventMs,
        lane: SPLIT_LANE,
        bucket,
        runId: `split-w${window}-${suite}`,
        modelId: SPLIT_MODEL,
        modelVersion: modelVersionAt(plan, window),
        suite,
        suiteVersion: "1",
        suiteOwner: "lab",
        itemOrigin: "benchmark",
        judgeId: "exact-word",
        judgeVersion,
        metric: "success",
        seed: String(plan.seed),
        principal: PRINCIPAL,
      };
      return { topic: "evaluations", eventMs, record };
    }),
  );
}

/** Successes of trials by bucket, sorted; items are drawn with repetition, so each window's score is binomial. */
function suiteCounts(
  task: SplitTask,
  plan: SplitPlan,
  suite: SplitSuiteName,
  trials: number,
  window: number,
): readonly (readonly [string, { successes: number; trials: number }])[] {
  const random = new Random(`lab/split/suite/${plan.seed}/${suite}/${window}`);
  const narrowing = suiteNarrowing(plan, suite, window);
  const { judgeVersion } = stateAt(plan, window);
  const items = task.suites[suite];
  const byBucket = new Map<string, { successes: number; trials: number }>();
  for (let trial = 0; trial < trials && items.length > 0; trial += 1) {
    const item = items[random.below(items.length)]!;
    const rank = random.nextFloat() < narrowing ? item.narrowed : item.healthy;
    const counts = byBucket.get(item.bucket) ?? { successes: 0, trials: 0 };
    counts.successes += accepts(judgeVersion, rank) ? 1 : 0;
    counts.trials += 1;
    byBucket.set(item.bucket, counts);
  }
  return [...byBucket].sort(([a], [b]) => (a < b ? -1 : 1));
}

function atShare(times: SplitTimes, window: number, share: number): number {
  return windowStartMs(times, window) + Math.floor(share * times.windowMs);
}
