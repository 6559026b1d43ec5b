/** What `/api/compare` says. Times are epoch ms. */

/** `decision/1700000000000`: a window by kind and start; `model/qa@3`: a model version by what became of it. */
export type SideName = string;

export interface CompareWindow {
  readonly side: SideName;
  readonly window: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
}

export interface CompareModel {
  readonly side: SideName;
  readonly model: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly records: number;
}

export interface CompareChoicesAnswer {
  /** Newest first. */
  readonly windows: readonly CompareWindow[];
  readonly models: readonly CompareModel[];
}

export interface ComparedValue {
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly n: number;
  /** Only `ok` has a judged value. */
  readonly status: string;
}

export interface ComparedRow {
  readonly metric: string;
  /** The metric in words; "" where the catalogue does not know it. */
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower" | "neither";
  readonly stage: string;
  readonly segment: string;
  /** "": the whole window. */
  readonly bucket: string;
  /** null where that side does not have it. */
  readonly a: ComparedValue | null;
  readonly b: ComparedValue | null;
  /** `b` minus `a` with its 95 % interval; null where no error is known. */
  readonly difference: { readonly value: number; readonly lo: number; readonly hi: number } | null;
  /** Beyond noise, at a false discovery rate of 5 % over all rows compared; null where that cannot be said. */
  readonly beyondNoise: boolean | null;
  /** For the worse, by the metric's own direction; null where it has none or nothing moved beyond noise. */
  readonly worse: boolean | null;
}

export interface DifferingItem {
  readonly item: string;
  /** Texts with it on each side. */
  readonly a: number;
  readonly b: number;
}

export interface CompareAnswer {
  readonly lane: string;
  /** Those beyond noise first, then by name. */
  readonly metrics: readonly ComparedRow[];
  /** Of single buckets: those that moved most, at most `COMPARED_BUCKETS_MAX`. */
  readonly buckets: readonly ComparedRow[];
  readonly bucketsCompared: number;
  /** Words and skeletons of texts that differ; null where the history has no texts of a side. */
  readonly texts: {
    readonly textsA: number;
    readonly textsB: number;
    readonly tokens: readonly DifferingItem[];
    readonly skeletons: readonly DifferingItem[];
  } | null;
}

export const COMPARED_BUCKETS_MAX = 30;
