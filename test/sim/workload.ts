/** What producers and people send in one seed: every record with the moment it is sent, decided beforehand. */
import type { Codec } from "../../services/adapters/avro/codec.ts";
import { Random } from "../../services/core/random.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { FaultKind, FaultKinds } from "./fault-plan.ts";
import { type Scenario, START_MS } from "./scenario.ts";
import { type EncodeSome, Stencil } from "./stencil.ts";

export interface Sending {
  /** Since the start. */
  readonly atMs: number;
  readonly topic: TopicName;
  readonly key: string;
  readonly value: Uint8Array;
}

type Produced = "samples" | "interactions" | "outcomes" | "evaluations" | "training";

const WORDS =
  "parcel refund late sorry money back order customer ticket flight seat terms clause notice price change cancel ship return label".split(
    " ",
  );
const BUCKETS = ["refund", "delay"];
/** What comes late comes within this much of the producers' time. */
export const AFTER_MS_MAX = 10_000;
/** A producer whose clock is off is off by this much; the larger one is refused as too far ahead. */
const SKEWS_MS = [-20_000, -3_000, 2_500, 400_000];

/** By codec, since they are the same in every seed; a few hundred at most, by what their fields are drawn from. */
const stencils = new WeakMap<Codec, Map<string, Stencil>>();

function stencilOf(codec: Codec, name: string, encode: EncodeSome): Stencil {
  let known = stencils.get(codec);
  if (known === undefined) {
    known = new Map();
    stencils.set(codec, known);
  }
  let stencil = known.get(name);
  if (stencil === undefined) {
    stencil = new Stencil(encode);
    known.set(name, stencil);
  }
  return stencil;
}

/** About `count` events, by time. Shares: 60 % samples, the rest what the deployed model does and what people say of it. */
export function workload(
  seed: number,
  count: number,
  kinds: FaultKinds,
  scenario: Scenario,
  codec: Codec,
  spanMs: number,
): Sending[] {
  const random = new Random(`sim/${seed}/workload`);
  const has = (kind: FaultKind, oneIn: number): boolean => random.below(oneIn) === 0 && kinds.has(kind);
  const { latenessMs } = scenario.policy;
  const badFromMs = new Map(scenario.lanes.map((lane) => [lane, random.below(spanMs)]));
  const badForMs = 20_000 + random.below(30_000);
  const skewed = kinds.has("skew") && random.below(3) === 0 ? scenario.lanes[0] : null;
  const silence = { topic: "interactions" as TopicName, fromMs: 0, toMs: 0 };
  if (kinds.has("silence") && random.below(2) === 0) {
    silence.topic = (["samples", "interactions", "outcomes", "training"] as const)[random.below(4)]!;
    silence.fromMs = random.below(spanMs);
    silence.toMs = silence.fromMs + 5_000 + random.below(20_000);
  }
  const texts: string[] = [];
  const sendings: Sending[] = [];

  function text(bad: boolean): string {
    if (texts.length > 0 && random.below(bad ? 2 : 40) === 0) return texts[random.below(texts.length)]!;
    const words = Array.from({ length: 3 + random.below(10) }, () => WORDS[random.below(WORDS.length)]!);
    const made = bad && random.below(3) === 0 ? [...words, ...words, ...words].join(" ") : words.join(" ");
    texts.push(made);
    return made;
  }

  function send(topic: Produced, i: number, eventMs: number, lane: string, bad: boolean): Uint8Array {
    const head = {
      id: `${topic[0]}${i}`,
      eventTime: eventMs,
      lane,
      bucket: BUCKETS[random.below(BUCKETS.length)]!,
    };
    const model = { modelId: "m", modelVersion: "2" };
    switch (topic) {
      case "samples": {
        const real = random.below(3) === 0;
        const source = `feed-${random.below(2)}`;
        const templateId = `t${random.below(3)}`;
        const licence = random.below(30) === 0 ? null : "CC0-1.0";
        const output = random.below(60) === 0 ? "" : text(bad && !real);
        const name = `${topic} ${lane} ${head.bucket} ${real} ${source} ${templateId} ${licence}`;
        return stencilOf(codec, name, (id, eventTime, output) =>
          codec.encode(topic, {
            ...head,
            id,
            eventTime,
            origin: real ? "human_direct" : "model_generated",
            source,
            teacherId: "gen",
            teacherVersion: "4",
            templateId,
            templateVersion: "1",
            judgeId: "strict",
            judgeVersion: "1",
            judgeScore: 0.75,
            promptHash: "00ff",
            seed: "7",
            licence,
            output,
          }),
        ).fill(head.id, eventMs, output);
      }
      case "interactions":
        return stencilOf(codec, `${topic} ${lane} ${head.bucket}`, (id, eventTime, response) =>
          codec.encode(topic, { ...head, ...model, id, eventTime, response }),
        ).fill(head.id, eventMs, text(false));
      case "outcomes":
        return codec.encode(topic, {
          ...head,
          ...model,
          interactionId: head.id,
          interactionTime: eventMs - 60_000,
          resolved: random.below(10) === 0 ? null : random.below(10) < (bad ? 2 : 8),
        });
      case "evaluations":
        return codec.encode(topic, {
          ...head,
          ...model,
          runId: "run-1",
          suite: ["house", "paraphrase", "long_tail"][random.below(6)] ?? "main",
          suiteTime: eventMs % 3 === 0 ? null : Math.max(0, eventMs - (eventMs % 500) * 86_400_000),
          itemOrigin: eventMs % 2 === 0 ? "model_generated" : "human_direct",
          judgeId: eventMs % 5 === 0 ? "strict" : "mild",
          judgeVersion: eventMs % 7 === 0 ? "2" : "1",
          successes: random.below(11),
          trials: 10,
          ...(i % 3 === 0
            ? {
                itemOrigin: "simulation",
                perplexity: 9 + (i % 5),
                perplexityModel: "lm@1",
                tokenizerId: "bpe",
              }
            : {}),
        });
      case "training":
        return codec.encode(topic, {
          ...head,
          ...model,
          kind: random.below(3) === 0 ? "manifest" : "run",
          runId: `run-${i % 3}`,
          loss: 2 + (i % 7) / 10,
          lossVariance: i % 2 === 0 ? 0.01 : null,
        });
    }
  }

  for (let i = 0; i < count; i += 1) {
    const atMs = Math.floor((i / count) * spanMs) + random.below(200);
    const lane = scenario.lanes[random.below(scenario.lanes.length)]!;
    const from = badFromMs.get(lane)!;
    const bad = atMs >= from && atMs < from + badForMs;
    const draw = random.below(100);
    const topic: Produced =
      draw < 60
        ? "samples"
        : draw < 75
          ? "interactions"
          : draw < 92
            ? "outcomes"
            : draw < 98
              ? "evaluations"
              : "training";
    let eventMs = START_MS + atMs - random.below(50);
    let delayMs = 0;
    if (has("disorder", 10)) delayMs = random.below(latenessMs);
    if (has("late", 40)) delayMs = latenessMs + random.below(15_000);
    if (skewed === lane && random.below(3) === 0) eventMs += SKEWS_MS[random.below(SKEWS_MS.length)]!;
    let value = send(topic, i, eventMs, lane, bad);
    if (has("poison", 100)) value = value.slice(0, 3 + random.below(value.length - 3));
    const sentMs = atMs + delayMs;
    if (topic === silence.topic && sentMs >= silence.fromMs && sentMs < silence.toMs) continue;
    sendings.push({ atMs: sentMs, topic, key: lane, value });
    if (has("duplicate", 25)) {
      sendings.push({ atMs: sentMs + random.below(6_000), topic, key: lane, value });
    }
  }
  sendings.push(...commands(seed, scenario, codec, spanMs));
  return sendings.filter(({ atMs }) => atMs < spanMs + AFTER_MS_MAX).sort((a, b) => a.atMs - b.atMs);
}

/** Freezes by people and by a webhook, and resumes nobody may grant. */
function commands(seed: number, scenario: Scenario, codec: Codec, spanMs: number): Sending[] {
  const random = new Random(`sim/${seed}/commands`);
  return Array.from({ length: random.below(6) }, (_, i) => {
    const lane = scenario.lanes[random.below(scenario.lanes.length)]!;
    const subject = [`lane:${lane}`, "template:t1@1", "source:feed-0"][random.below(3)]!;
    const value = codec.encode("commands", {
      commandId: `c${i}`,
      kind: random.below(3) === 0 ? "resume" : "freeze",
      subject,
      lane,
      actor: ["bob", "webhook"][random.below(2)]!,
      reason: "complaints",
      issuedMs: START_MS,
      keyId: "",
      signature: "",
    });
    return { atMs: random.below(spanMs), topic: "commands" as const, key: subject, value };
  });
}
