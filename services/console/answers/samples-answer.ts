/** What `/api/window/samples` says: the texts behind a window. */

/** `[from, to)` in UTF-16 units of the text shown. */
export type Mark = readonly [number, number];

export interface ShownText {
  readonly id: string;
  /** sample or interaction. */
  readonly kind: string;
  readonly bucket: string;
  readonly origin: string;
  readonly template: string;
  readonly teacher: string;
  readonly judge: string;
  /** Of the gatekeeper; "" for interactions. */
  readonly decision: string;
  /** What was asked; cut at 1,000 characters. */
  readonly input: string;
  /** What came; cut at 2,000 characters. */
  readonly output: string;
  readonly cut: boolean;
  /** Parts of the output that stand in repeated skeletons, ascending, apart from each other. */
  readonly marks: readonly Mark[];
}

export interface Neighbours {
  /** Jaccard similarity of their 3-token shingles, 0..1. */
  readonly similarity: number;
  /** Marks are what both have. */
  readonly left: ShownText;
  readonly right: ShownText;
}

export interface RepeatedSkeleton {
  /** Six elements: function words and signs as they are, `_` for a run of other words, `<N>` for a number. */
  readonly skeleton: string;
  readonly texts: number;
}

export interface MissingBucket {
  readonly bucket: string;
  /** Share of the reference's texts. */
  readonly realShare: number;
}

export interface SamplesAnswer {
  /** Texts looked at: of samples the policy does not count as real, else of replies; drawn by hash of their id. */
  readonly examined: number;
  readonly total: number;
  readonly kind: "sample" | "interaction";
  /** Named by the verdict, at most 8. */
  readonly evidence: readonly ShownText[];
  /** Ids the verdict names whose text is no longer kept. */
  readonly expired: readonly string[];
  /** The nearest pairs, at most 6, nearest first. */
  readonly neighbours: readonly Neighbours[];
  /** At most 8, the commonest first. */
  readonly skeletons: readonly RepeatedSkeleton[];
  readonly tail: {
    /** Whether the lane has a reference that says what its tail is. */
    readonly known: boolean;
    readonly buckets: number;
    /** Tail buckets of the reference nobody wrote for in this window, at most 60, the commonest first. */
    readonly missing: readonly MissingBucket[];
    /** Rare words of real texts that no text looked at has, at most 60; the commonest among the real texts first. */
    readonly lostWords: readonly string[];
  };
}
