/**
 * The metric contract (law 2). A metric is one file in `metrics/` that exports one of these; everything else
 * (index, series, column comments, documentation) is printed from it.
 *
 * Two kinds of state exist and no third; what has none is a series of closed windows:
 * - *counts*: integers per cell, filled while the pane is open, merged by addition, so cells can be subtracted;
 * - *sample*: no state of its own; a function, at close, of the window's one bottom-k sample of texts.
 */
import type { TextAnalysis } from "./analysis.ts";
import type { WatchFindings } from "./pattern/text-watch.ts";
import type { Reference } from "./reference.ts";
import type { ReplyTraits } from "./reply/reply-traits.ts";
import type { MetricResult } from "./result.ts";
import type {
  EvaluationView,
  InteractionView,
  OutcomeView,
  SampleView,
  Stage,
  TrainingView,
} from "./sample.ts";
import type { TextSample } from "./sketches/text-sample.ts";

export type Unit = "ratio" | "bits" | "count" | "nats" | "psi" | "days";

/** A breach needs two families (law 5); `none` is shown and never judged. */
export type Family =
  | "support"
  | "repetition"
  | "divergence"
  | "offline"
  | "online"
  | "perplexity"
  | "acceptance"
  | "provenance"
  | "errors"
  | "human"
  | "none";

/** What a metric measures the counts of. Metrics with one basis share counts and never make two families. */
export type Basis =
  | "words"
  | "ngrams"
  | "skeletons"
  | "length"
  | "buckets"
  | "arrivals"
  | "outcomes"
  | "evaluations"
  | "texts"
  | "replies"
  | "turns"
  | "judgements"
  | "curves"
  | "marks"
  | "phrases";

export interface MetricBase {
  /** snake_case, unique, stable: it names series, rows and rules. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what a change in it means. */
  readonly why: string;
  readonly unit: Unit;
  readonly better: "higher" | "lower" | "neither";
  readonly family: Family;
  readonly basis: Basis;
  readonly stages: readonly Stage[];
  /** Paper and equation, or the section of the metric specification. */
  readonly source: string;
}

/** JSON that survives a round trip: integers are exact to 2^53. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What `add` of a counts metric is given, by the kind of input the metric declares. */
export interface CountsItems {
  /** Any arrival of a sample (segment `all`), with the number of tokens of its output. */
  arrival: {
    readonly sample: SampleView;
    readonly generated: boolean;
    readonly tokens: number;
    /** Of its output; absent or null where the lane watches for nothing. */
    readonly findings?: WatchFindings | null;
  };
  /** One text with its shared analysis (segments `generated`, `real`). The analysis is valid during the call only. */
  text: { readonly text: TextAnalysis; readonly bucket: string; readonly findings?: WatchFindings | null };
  /** One reply (segment `all`), with what was read off its words. The traits are valid during the call only. */
  interaction: { readonly interaction: InteractionView; readonly traits: ReplyTraits };
  outcome: { readonly outcome: OutcomeView };
  /** Segment `suite:<name>`. */
  evaluation: { readonly evaluation: EvaluationView };
  /** Segment `training`: what a training run reports; manifests are not counted. */
  training: { readonly training: TrainingView };
}
export type CountsInputKind = keyof CountsItems;

/** Stages that can take the same records of a pane: `candidate` and `admitted`. */
export const SHARED_STAGES_MAX = 2;

/**
 * What a text metric needs to see of a whole pane before it can count: which texts are copies of which. It lives while a
 * pane of one lane and segment is open, is bounded, and never leaves the process; only the counts it ends in do.
 *
 * The caller offers it every text of the segment beside `CountsMetric.add` (the same event id at most once a stage), and
 * when a stage closes merges what `close` returns into the states of those cells. The result does not depend on the order
 * of `add`. `stages` are bits, at most `SHARED_STAGES_MAX` of them, numbered by the caller: stages that take the same texts
 * share the work and the memory, and count as if each had an index of its own.
 */
export interface PaneIndex<S> {
  /** `rank` is `rankOfId` of the event id; the analysis is valid during the call only. */
  add(stages: number, rank: number, cell: string, text: TextAnalysis): void;
  /** Counts of one stage (a single bit) to merge, by cell; cells without any may be missing. No text of it comes later. */
  close(stage: number): ReadonlyMap<string, S>;
}

/** The indexes of all lanes and segments of one pane: what they share, such as a bound on memory, lives here. */
export interface PaneIndexes<S> {
  open(): PaneIndex<S>;
}

/**
 * Additive counts. `empty` makes a state its caller owns; `add` and `merge` mutate the first argument only.
 * Laws, tested over the whole catalogue: merge is associative, commutative, has `empty()` as identity;
 * `subtract(merge(a, b), b)` equals `a`; `decode(encode(s))` equals `s`; the order of `add` does not matter.
 */
export interface CountsMetric<K extends CountsInputKind = CountsInputKind, S = unknown> extends MetricBase {
  readonly kind: "counts";
  readonly input: K;
  empty(): S;
  add(state: S, item: CountsItems[K]): void;
  /** Only for input `text`: the indexes whose counts complete those of `add`, new for each pane. */
  openPane?(): PaneIndexes<S>;
  merge(into: S, from: S): void;
  /** Takes `part`, which was merged in before, out again: leave-one-out. */
  subtract(from: S, part: S): void;
  encode(state: S): Json;
  decode(json: Json): S;
  /** At close. `reference` is null where the lane has none. One result, or one per bucket after the total. */
  value(state: S, reference: Reference | null): readonly MetricResult[];
}

/**
 * A function of the judged sample: the n texts of smallest event-id hash, n = min(texts, 512, |B| / 5).
 * `measure` returns the raw value, or the reason there is none; null, interval, z and ratio are added by the caller
 * from the reference's null calibration, which ran this same function on real pseudo-windows of the same n.
 */
export interface SampleMetric extends MetricBase {
  readonly kind: "sample";
  /** `to_null`: the published value is the raw value over its null mean, so 1 is "like real text". */
  readonly scale: "absolute" | "to_null";
  /** False for metrics that need no reference content (their null still comes from one). */
  readonly needsReference: boolean;
  /**
   * Only in segment `real`: a share of the texts called real, measured beside as many of the window's generated ones. It has
   * Wilson's interval and no null: what real texts do of their own it must take from the reference.
   */
  readonly beside?: "generated";
  /** `beside` is given to a metric that asks for it. */
  measure(
    sample: TextSample,
    reference: Reference | null,
    beside?: TextSample,
  ): number | "insufficient" | "degenerate" | "no_reference";
}

/** Rows that many windows make together: of buckets, whole rates, pairs of series, suites, training curves, error patterns, and alarms with what foretold them. */
export const SERIES_SEGMENTS = [
  "buckets",
  "rates",
  "drift",
  "suites",
  "curves",
  "patterns",
  "proxies",
] as const;
export type SeriesSegment = (typeof SERIES_SEGMENTS)[number];

/**
 * A value that only a row of windows tells, folded as they close (`series/`): it has no state in a pane. What it is, for
 * everything that is printed from the catalogue.
 */
export interface SeriesMetric extends MetricBase {
  readonly kind: "series";
  /** Of the rows, stage `reply`, that have its values. */
  readonly segment: SeriesSegment;
}

// biome-ignore lint/suspicious/noExplicitAny: the catalogue holds metrics of every state type side by side
export type Metric = CountsMetric<any, any> | SampleMetric | SeriesMetric;

/** Identity that makes TypeScript infer a counts metric's input kind and state type. */
export function defineCountsMetric<K extends CountsInputKind, S>(
  metric: CountsMetric<K, S>,
): CountsMetric<K, S> {
  return metric;
}

export function defineSampleMetric(metric: SampleMetric): SampleMetric {
  return metric;
}

export function defineSeriesMetric(metric: SeriesMetric): SeriesMetric {
  return metric;
}
