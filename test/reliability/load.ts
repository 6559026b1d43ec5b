/**
 * A paced producer: events at a steady rate, with event times of now, over some lanes. Bounded: when the broker is away it
 * stops making events and counts how far it fell behind. What was acknowledged is known by number and id.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Codec, RecordOf } from "../../services/adapters/avro/codec.ts";
import { Random } from "../../services/core/random.ts";
import type { OutgoingRecord, Writer } from "../../services/ports.ts";
import type { TopicNames } from "../../services/runtime/topics.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

const BATCH_EVERY_MS = 20;
const UNACKNOWLEDGED_BATCHES_MAX = 50;
/** More are not made at once: each longer turn of who falls behind would make the next one longer. */
const BATCH_EVENTS_MAX = 1_000;
/** Texts are drawn once; a counter makes each its own. */
const TEXTS = 2_000;

export interface LoadOptions {
  readonly eventsPerS: number;
  readonly lanes: readonly string[];
  readonly seed: string;
  /** First letters of every id; two loads of one run need two. */
  readonly idPrefix?: string;
  readonly textChars?: number;
  /** Of a hundred events so many are interactions, so many outcomes; the rest samples. */
  readonly interactionPercent?: number;
  readonly outcomePercent?: number;
  /** The broker goes away on purpose: a write that fails is counted, and its events may be there or not. Default false. */
  readonly outages?: boolean;
  /** Bends a sample before it is encoded. */
  readonly bendSample?: (sample: RecordOf<"samples">, n: number) => RecordOf<"samples">;
  /** Bends an interaction before it is encoded. */
  readonly bendInteraction?: (interaction: RecordOf<"interactions">, n: number) => RecordOf<"interactions">;
  /** Bends an outcome before it is encoded. */
  readonly bendOutcome?: (outcome: RecordOf<"outcomes">, n: number) => RecordOf<"outcomes">;
  /** Writes the n-th record of a topic. Default: as the newest schema says. */
  readonly encode?: <T extends LoadTopic>(topic: T, record: RecordOf<T>, n: number) => Uint8Array;
}

export const LOAD_TOPICS = ["samples", "interactions", "outcomes"] as const;
export type LoadTopic = (typeof LOAD_TOPICS)[number];

export interface LoadParts {
  readonly codec: Codec;
  readonly names: TopicNames;
  readonly writer: Writer;
}

export class Load {
  readonly acknowledged: Record<LoadTopic, number> = { samples: 0, interactions: 0, outcomes: 0 };
  /** Events that were due while the broker took no more; they were never made. */
  skipped = 0;
  /** Events whose write failed in an outage: nobody knows whether they are there. */
  unknown = 0;
  /** Largest event time so far, epoch ms. */
  eventMaxMs = 0;
  readonly #parts: LoadParts;
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #texts: readonly string[];
  readonly #made: Record<LoadTopic, number> = { samples: 0, interactions: 0, outcomes: 0 };
  readonly #waiting = new Set<Promise<void>>();
  #failure: unknown = null;
  #stopping = false;
  #running: Promise<void> | null = null;

  constructor(parts: LoadParts, options: LoadOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#random = new Random(`load ${options.seed}`);
    const texts = new SyntheticTexts(new Random(`load texts ${options.seed}`));
    this.#texts = Array.from({ length: TEXTS }, () => texts.text(options.textChars ?? 60));
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when everything made is acknowledged. Throws what a write failed of. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await Promise.all(this.#waiting);
    if (this.#failure !== null) throw this.#failure;
  }

  /** What a write failed of, after which no event is made; null while all is well. */
  get failure(): unknown {
    return this.#failure;
  }

  get total(): number {
    return LOAD_TOPICS.reduce((sum, topic) => sum + this.acknowledged[topic], 0);
  }

  async #run(): Promise<void> {
    const { eventsPerS } = this.#options;
    const fromMs = performance.now();
    let counted = 0;
    while (!this.#stopping && this.#failure === null) {
      const due = Math.floor(((performance.now() - fromMs) / 1_000) * eventsPerS) - counted;
      counted += due;
      const made = this.#waiting.size < UNACKNOWLEDGED_BATCHES_MAX ? Math.min(due, BATCH_EVENTS_MAX) : 0;
      this.skipped += due - made;
      if (made > 0) this.#send(made);
      await delay(BATCH_EVERY_MS);
    }
  }

  #send(count: number): void {
    const sent: Record<LoadTopic, number> = { samples: 0, interactions: 0, outcomes: 0 };
    const records: OutgoingRecord[] = [];
    for (let i = 0; i < count; i += 1) {
      const topic = this.#drawTopic();
      records.push(this.#record(topic));
      sent[topic] += 1;
    }
    const writing = this.#parts.writer
      .write(records)
      .then(
        () => {
          for (const topic of LOAD_TOPICS) this.acknowledged[topic] += sent[topic];
        },
        (error: unknown) => {
          if (this.#options.outages === true) this.unknown += count;
          else this.#failure ??= error;
        },
      )
      .then(() => {
        this.#waiting.delete(writing);
      });
    this.#waiting.add(writing);
  }

  #drawTopic(): LoadTopic {
    const { interactionPercent = 15, outcomePercent = 5 } = this.#options;
    const drawn = this.#random.below(100);
    if (drawn < interactionPercent) return "interactions";
    return drawn < interactionPercent + outcomePercent ? "outcomes" : "samples";
  }

  #record(topic: LoadTopic): OutgoingRecord {
    const { codec, names } = this.#parts;
    const { idPrefix = "e", lanes } = this.#options;
    const n = this.#made[topic];
    this.#made[topic] += 1;
    const lane = lanes[this.#random.below(lanes.length)]!;
    const eventTime = Date.now();
    this.eventMaxMs = Math.max(this.eventMaxMs, eventTime);
    const head = { id: `${idPrefix}-${topic}-${n}`, eventTime, lane, bucket: `b${n % 4}` };
    const text = `${this.#texts[this.#random.below(TEXTS)]!} ${idPrefix}${n.toString(36)}`;
    const written = <T extends LoadTopic>(as: T, record: RecordOf<T> & { readonly lane: string }) => ({
      topic: names.full(as),
      partition: null,
      key: record.lane,
      value: this.#options.encode?.(as, record, n) ?? codec.encode(as, record),
    });
    if (topic === "samples") {
      const sample: RecordOf<"samples"> = {
        ...head,
        origin: "model_generated",
        source: "vendor-a/tickets",
        teacherId: "gen",
        teacherVersion: "4",
        templateId: `t${n % 3}`,
        templateVersion: "1",
        judgeId: "strict",
        judgeVersion: "1",
        judgeScore: 0.75,
        promptHash: "00ff",
        seed: String(n),
        licence: "CC0-1.0",
        output: text,
      };
      return written("samples", this.#options.bendSample?.(sample, n) ?? sample);
    }
    const model = { modelId: "m", modelVersion: "2" };
    if (topic === "interactions") {
      const interaction: RecordOf<"interactions"> = { ...head, ...model, response: text };
      return written("interactions", this.#options.bendInteraction?.(interaction, n) ?? interaction);
    }
    const outcome: RecordOf<"outcomes"> = {
      ...head,
      ...model,
      interactionId: `${idPrefix}-interactions-${n}`,
      interactionTime: eventTime - 60_000,
      resolved: this.#random.below(10) > 0,
    };
    return written("outcomes", this.#options.bendOutcome?.(outcome, n) ?? outcome);
  }
}
