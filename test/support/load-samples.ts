/** Encoded records for load and benchmarks: full samples with texts of a given length, made from a seed. */
import type { Codec, RecordOf } from "../../services/adapters/avro/codec.ts";
import type { Random } from "../../services/core/random.ts";
import { SyntheticTexts } from "./synthetic-texts.ts";

export interface LoadShape {
  readonly lanes: number;
  readonly buckets: number;
  /** Subject tuples a lane's samples come from. */
  readonly templates: number;
  /** Characters of a text. */
  readonly characters: number;
  /** One text in this many is a copy of an earlier one, or an edited copy. */
  readonly copyEvery: number;
}

export const LOAD_SHAPE: LoadShape = {
  lanes: 10,
  buckets: 20,
  templates: 16,
  characters: 500,
  copyEvery: 10,
};

/** Texts kept to copy from. */
const COPY_FROM_MAX = 5_000;

/** Makes samples one after the other; ids are unique as long as `prefix` is. */
export class LoadSamples {
  readonly #shape: LoadShape;
  readonly #random: Random;
  readonly #texts: SyntheticTexts;
  readonly #earlier: string[] = [];
  readonly #prefix: string;
  #made = 0;

  constructor(shape: LoadShape, random: Random, prefix: string) {
    this.#shape = shape;
    this.#random = random;
    this.#texts = new SyntheticTexts(random);
    this.#prefix = prefix;
  }

  laneName(i: number): string {
    return `load/lane-${i % this.#shape.lanes}`;
  }

  text(): string {
    const random = this.#random;
    const earlier = this.#earlier;
    if (earlier.length > 0 && random.below(this.#shape.copyEvery) === 0) {
      const copied = earlier[random.below(earlier.length)]!;
      return random.below(2) === 0 ? copied : this.#texts.edited(copied, 2);
    }
    const text = this.#texts.text(this.#shape.characters);
    if (earlier.length < COPY_FROM_MAX) earlier.push(text);
    else earlier[random.below(COPY_FROM_MAX)] = text;
    return text;
  }

  /** The next sample, at an event time. */
  next(eventMs: number): RecordOf<"samples"> {
    const i = this.#made;
    this.#made += 1;
    const template = this.#random.below(this.#shape.templates);
    return {
      id: `${this.#prefix}-${i.toString(36).padStart(8, "0")}-5f3a9c`,
      eventTime: eventMs,
      lane: this.laneName(i),
      bucket: `topic-${this.#random.below(this.#shape.buckets)}`,
      origin: i % 8 === 0 ? "human_direct" : "model_generated",
      makerKind: i % 8 === 0 ? "person" : "model",
      usage: "adds",
      source: "vendor-a/tickets",
      teacherId: "writer-70b",
      teacherVersion: "2026-03",
      templateId: `template-${template}`,
      templateVersion: "3",
      judgeId: "strict",
      judgeVersion: "1",
      judgeScore: 0.75,
      promptHash: "9f86d081884c7d65",
      seed: String(i),
      licence: "CC0-1.0",
      language: "en",
      output: this.text(),
    };
  }

  /** Framed bytes of `next`. */
  encoded(codec: Codec, eventMs: number): Buffer {
    const framed = codec.encode("samples", this.next(eventMs));
    // A buffer of its own, as the client makes one for each record.
    const own = Buffer.allocUnsafeSlow(framed.length);
    own.set(framed);
    return own;
  }
}
