/**
 * What producers send in an hour of event time, planned from a seed: samples, interactions, outcomes, evaluations and
 * training records of lanes that live in every partition; silent partitions; lanes and templates that collapse and recover;
 * repeats; records far too late. It knows how many of them must be late and how many repeats.
 *
 * Late ones lie at least 20 minutes back, further than the samples of one transaction reach, since in `admitted` the watermark
 * moves only between transactions; all others at most half the lateness bound, so where a transaction ends makes none of them late.
 */
import type { Codec, RecordOf } from "../../services/adapters/avro/codec.ts";
import { partitionOf } from "../../services/adapters/murmur2.ts";
import { Random } from "../../services/core/random.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

const LATE_BY_MS_MIN = 20 * 60_000;
/** Samples in one transaction of the gatekeeper, and some: nothing becomes late of what came in the same one. */
const TRANSACTION_SAMPLES = 4_500;
/** Share of samples among all records. */
const SAMPLES_SHARE = 0.6;
/** A partition is silent for so long. */
const SILENT_MS = 4 * 60_000;
const TEXT_CHARACTERS = 110;
const BASES = 4;
const TEMPLATE_GOOD = "intro";
const TEMPLATE_BAD = "offer";

export type HourTopic = "samples" | "interactions" | "outcomes" | "evaluations" | "training";

export interface HourEvent {
  readonly topic: HourTopic;
  readonly lane: string;
  readonly value: Uint8Array;
  readonly eventMs: number;
}

export interface HourPlanOptions {
  readonly codec: Codec;
  readonly seed: string;
  readonly records: number;
  readonly partitions: number;
  readonly lanesPerPartition: number;
  readonly latenessMs: number;
  readonly startMs: number;
  readonly spanMs: number;
}

/** What must come of it. */
export interface HourCounts {
  readonly byTopic: Record<HourTopic, number>;
  lateSamples: number;
  lateReplies: number;
  repeatedSamples: number;
}

/** A part of the hour, as shares of its length. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const COLLAPSE: Stretch = { from: 0.2, to: 0.5 };

/** One text model for the reference and for all lanes. */
export class HourTexts {
  readonly #texts: SyntheticTexts;
  readonly #bases: readonly string[];
  #made = 0;

  constructor(seed: string) {
    this.#texts = new SyntheticTexts(new Random(`${seed}/texts`));
    this.#bases = Array.from({ length: BASES }, () => this.#texts.text(TEXT_CHARACTERS));
  }

  healthy(): string {
    return this.#texts.text(TEXT_CHARACTERS);
  }

  /** What a collapsed model writes; a number keeps it from being an exact repeat. */
  collapsed(): string {
    this.#made += 1;
    const base = this.#bases[this.#made % BASES]!;
    return `${this.#texts.edited(base, 1)} ${this.#made}`;
  }
}

/** Lanes that fill every partition with the same number of them, in the order of partitions. */
export function lanesOf(partitions: number, lanesPerPartition: number): readonly string[] {
  const found = Array.from({ length: partitions }, (): string[] => []);
  for (let i = 0; found.some((lanes) => lanes.length < lanesPerPartition); i += 1) {
    const lane = `support/lane-${i}`;
    const lanes = found[partitionOf(Buffer.from(lane), partitions)]!;
    if (lanes.length < lanesPerPartition) lanes.push(lane);
  }
  return found.flat();
}

export class HourPlan {
  readonly lanes: readonly string[];
  readonly counts: HourCounts = {
    byTopic: { samples: 0, interactions: 0, outcomes: 0, evaluations: 0, training: 0 },
    lateSamples: 0,
    lateReplies: 0,
    repeatedSamples: 0,
  };
  readonly #options: HourPlanOptions;
  readonly #random: Random;
  readonly #texts: HourTexts;
  readonly #recent = new Map<string, HourEvent>();
  readonly #lateByMs: number;
  #made = 0;

  constructor(options: HourPlanOptions, texts: HourTexts) {
    this.#options = options;
    this.#random = new Random(`${options.seed}/plan`);
    this.#texts = texts;
    this.lanes = lanesOf(options.partitions, options.lanesPerPartition);
    const { records, partitions, spanMs } = options;
    const transactionMs = (TRANSACTION_SAMPLES * spanMs * partitions) / (SAMPLES_SHARE * records);
    this.#lateByMs = Math.max(LATE_BY_MS_MIN, transactionMs + SILENT_MS);
    if (this.#lateByMs > 0.8 * spanMs)
      throw new Error("too few records for any of them to be late for certain");
  }

  /** Share of the past hour that was sent, 0..1. */
  get progress(): number {
    return Math.min(1, this.#made / this.#options.records);
  }

  /** The next event of the past hour; null when it is over. */
  next(): HourEvent | null {
    if (this.#made >= this.#options.records) return null;
    const share = this.progress;
    const cursorMs = this.#options.startMs + Math.floor(share * this.#options.spanMs);
    return this.#event(cursorMs, this.#laneAt(share), share);
  }

  /** An event of now, in one of the first `partitions` partitions; the others are silent. */
  live(nowMs: number, partitions: number): HourEvent {
    const lanes = this.lanes.slice(0, partitions * this.#options.lanesPerPartition);
    return this.#event(nowMs, this.#random.below(lanes.length), 1);
  }

  /** Index of a lane whose partition is not silent at this share of the hour. */
  #laneAt(share: number): number {
    for (;;) {
      const lane = this.#random.below(this.lanes.length);
      if (!this.#silent(Math.floor(lane / this.#options.lanesPerPartition), share)) return lane;
    }
  }

  /** Each partition but the first is silent for four minutes of the hour, one after the other. */
  #silent(partition: number, share: number): boolean {
    const from = 0.1 + (0.8 * partition) / this.#options.partitions;
    return partition > 0 && share >= from && share < from + SILENT_MS / this.#options.spanMs;
  }

  #event(cursorMs: number, laneIndex: number, share: number): HourEvent {
    this.#made += 1;
    const n = this.#made;
    const lane = this.lanes[laneIndex]!;
    const repeat = this.#random.below(200) === 0 ? this.#recent.get(lane) : undefined;
    if (repeat !== undefined && cursorMs - repeat.eventMs < 0.8 * this.#options.latenessMs) {
      this.#recent.delete(lane);
      this.counts.byTopic.samples += 1;
      this.counts.repeatedSamples += 1;
      return repeat;
    }
    const topic = this.#topic();
    this.counts.byTopic[topic] += 1;
    const mayBeLate = share < 1 && cursorMs - this.#options.startMs > this.#lateByMs;
    const late = mayBeLate && topic !== "training" && topic !== "evaluations" && this.#random.below(60) === 0;
    if (late && topic === "samples") this.counts.lateSamples += 1;
    else if (late) this.counts.lateReplies += 1;
    const behindMs = late ? this.#lateByMs : this.#random.below(this.#options.latenessMs / 2);
    const eventMs = cursorMs - behindMs;
    const head = { id: `${topic[0]}${n}`, eventTime: eventMs, lane, bucket: `b${n % 3}` };
    const event = { topic, lane, eventMs, value: this.#value(topic, head, laneIndex, share) };
    if (topic === "samples" && !late) this.#recent.set(lane, event);
    return event;
  }

  #topic(): HourTopic {
    const drawn = this.#random.below(100);
    if (drawn < 100 * SAMPLES_SHARE) return "samples";
    if (drawn < 83) return "interactions";
    if (drawn < 95) return "outcomes";
    return drawn < 98 ? "evaluations" : "training";
  }

  #value(
    topic: HourTopic,
    head: { id: string; eventTime: number; lane: string; bucket: string },
    laneIndex: number,
    share: number,
  ): Uint8Array {
    const { codec } = this.#options;
    const model = { modelId: "m", modelVersion: "2" };
    switch (topic) {
      case "samples":
        return codec.encode("samples", this.#sample(head, laneIndex, share));
      case "interactions":
        return codec.encode("interactions", { ...head, ...model, response: this.#texts.healthy() });
      case "outcomes": {
        const interaction = { interactionId: `i${head.id}`, interactionTime: head.eventTime - 60_000 };
        return codec.encode("outcomes", {
          ...head,
          ...model,
          ...interaction,
          resolved: this.#random.below(10) > 0,
        });
      }
      case "evaluations": {
        const successes = 28 + this.#random.below(6);
        return codec.encode("evaluations", {
          ...head,
          ...model,
          runId: "r",
          suite: "main",
          successes,
          trials: 40,
        });
      }
      case "training": {
        // A handful of generations a lane; the other records only say that training goes on.
        const kind = this.#random.below(400) === 0 ? "manifest" : "run";
        return codec.encode("training", { ...head, ...model, kind, runId: "r" });
      }
    }
  }

  /**
   * Every fourth lane collapses as a whole for a third of the hour, the next one in one of its templates; the others stay
   * healthy. A tenth is people's text.
   */
  #sample(
    head: { id: string; eventTime: number; lane: string; bucket: string },
    laneIndex: number,
    share: number,
  ): RecordOf<"samples"> {
    if (this.#random.below(10) === 0) {
      return { ...head, origin: "human_direct", source: "people", output: this.#texts.healthy() };
    }
    const collapsing = share >= COLLAPSE.from && share < COLLAPSE.to;
    const template = this.#random.below(2) === 0 ? TEMPLATE_GOOD : TEMPLATE_BAD;
    const role = laneIndex % 4;
    const bad = collapsing && (role === 0 || (role === 1 && template === TEMPLATE_BAD));
    return {
      ...head,
      origin: "model_generated",
      source: "vendor-a/tickets",
      teacherId: "gen",
      teacherVersion: "4",
      templateId: template,
      templateVersion: "1",
      judgeId: "strict",
      judgeVersion: "1",
      judgeScore: 0.75,
      promptHash: "00ff",
      seed: "7",
      licence: "CC0-1.0",
      output: bad ? this.#texts.collapsed() : this.#texts.healthy(),
    };
  }
}
