/** The domain records the core reads. Decoders (services/adapters) make them; strings are interned there. */
import type { GeneratorMark } from "./generator-marks.ts";

export const ORIGINS = [
  "human_direct",
  "licensed",
  "web_crawl",
  "simulation",
  "model_generated",
  "human_edited",
  "preference_label",
  "benchmark",
  "unknown",
] as const;
export type Origin = (typeof ORIGINS)[number];

export const STAGES = ["candidate", "admitted", "reply"] as const;
/** `trained` (by manifest) joins this list with the issue that measures it. */
export type Stage = (typeof STAGES)[number];

/** Evaluation suites that get a segment of their own; any other counts in `__other__`. */
export const SUITES = [
  "main",
  "long_tail",
  "cross_domain",
  "hard",
  "low_quality",
  "robustness",
  "paraphrase",
  "shadow",
  "temporal_holdout",
  "external",
  "under_informed",
] as const;

export type SuiteName = (typeof SUITES)[number];

export function isSuite(name: string): name is SuiteName {
  return (SUITES as readonly string[]).includes(name);
}

/** Where a record stands in the log. `appendMs` is the broker's LogAppendTime. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
}

/** A stretch of UTF-8 bytes inside a larger buffer; the buffer is not copied and must not be changed. */
export interface Utf8Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a text is about, as its producer says; "" where nobody said. Facts hold within bounds of it. */
export interface TextScope {
  readonly product: string;
  readonly region: string;
  readonly channel: string;
}

/** A candidate training example, reduced to what the core reads. Absent text fields are "". */
export interface SampleView {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly bucket: string;
  readonly origin: Origin;
  /** `id@version` each, "" where the producer named none. */
  readonly template: string;
  readonly teacher: string;
  readonly judge: string;
  readonly source: string;
  readonly judgeScore: number | null;
  /** The judge's verdict in its own words; "" where there is none. */
  readonly judgeVerdict: string;
  /** The trained-on output; what text metrics measure. */
  readonly output: Utf8Slice;
  /** Codes of provenance fields the record should have had and has not (requirements S2-9, S3-9). */
  readonly missingProvenance: readonly string[];
  /** What on it says that a machine made it, in the order of `GENERATOR_MARKS`. */
  readonly marks: readonly GeneratorMark[];
  /** Of its named fields `product`, `region` and `channel`; null or absent where nothing is known. */
  readonly scope?: TextScope | null;
}

/** One real use of the deployed model. `response` is measured as stage `reply`; `request` is empty where none was given. */
export interface InteractionView {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly bucket: string;
  readonly segment: string;
  readonly model: string;
  readonly request: Utf8Slice;
  readonly response: Utf8Slice;
  readonly refused: boolean;
  /** Number of the turn in its session, the first is 0; null where the producer does not count. */
  readonly turn: number | null;
  /** Whether the user cut in or broke off; null where not known. */
  readonly interrupted: boolean | null;
  /** null or absent where nothing is known. */
  readonly scope?: TextScope | null;
}

/** What became of an interaction; needs no join, as it carries the interaction's own bucket, model and time. */
export interface OutcomeView {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly bucket: string;
  readonly segment: string;
  readonly model: string;
  /** As its producer says: of any length, and nothing says that there was such an interaction. */
  readonly interactionId: string;
  readonly interactionMs: number;
  /** null where the producer could not say. */
  readonly resolved: boolean | null;
}

/** One offline result. Either successes of trials, or a plain value in 0..1 with trials null. Absent text fields are "". */
export interface EvaluationView {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly bucket: string;
  readonly suite: string;
  /** Who scored it, `id@version`; "" where the producer named none. */
  readonly judge: string;
  readonly model: string;
  /** What was measured, e.g. `accuracy`. */
  readonly metric: string;
  /** When the suite's items were made, epoch ms as the producer says; null where it does not. */
  readonly suiteMs: number | null;
  readonly successes: number | null;
  readonly trials: number | null;
  readonly value: number | null;
  /** Where the suite's items come from. */
  readonly itemOrigin: Origin;
  /** On the suite's texts; comparable only where `perplexityModel` and `tokenizer` are the same. null where none was measured. */
  readonly perplexity: number | null;
  readonly perplexityModel: string;
  readonly tokenizer: string;
}

/** A training run or manifest; a manifest closes the lane's generation. */
export interface TrainingView {
  readonly id: string;
  readonly eventMs: number;
  readonly lane: string;
  readonly kind: "run" | "manifest";
  readonly model: string;
  readonly run: string;
  /** Nats, as reported; null where the record has none. */
  readonly loss: number | null;
  /** Variance of the loss over the interval that the record reports, nats squared. */
  readonly lossVariance: number | null;
  /** Loss on held-out data, nats. */
  readonly holdoutLoss: number | null;
}
