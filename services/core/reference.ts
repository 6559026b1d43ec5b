/**
 * A frozen, versioned picture of a lane's real data with its null calibration.
 * Half A defines bins, vocabulary and tail; half B, disjoint documents, gives the null. Words are N1 tokens of kind word
 * among the first `SAMPLE_TOKENS_MAX` of each text: what a sample keeps. Never changed once built.
 */
export interface Reference {
  readonly lane: string;
  /** `<16 hex of content hash>`: the same texts and seed give the same version. */
  readonly version: string;
  readonly textsA: number;
  readonly textsB: number;
  /** Word types of A: hashes ascending, counts beside them; at most `VOCABULARY_MAX` (65,536), rest in `otherCount`. */
  readonly words: Uint32Array;
  readonly wordCounts: Uint32Array;
  readonly otherCount: number;
  /** Tail word types of A (ascending frequency to 10 % of the mass), hashes ascending; at most 65,536. */
  readonly tailWords: Uint32Array;
  /** Share of B's words that are tail words, 0..1. */
  readonly tailMassB: number;
  /** Edges of the length bins (tokens) at quantiles of A, ascending; edges + 1 half-open bins; and A's counts per bin. */
  readonly lengthEdges: readonly number[];
  readonly lengthCounts: readonly number[];
  /** Buckets of A with counts in A and B, sorted by name; at most `BUCKETS_MAX`, rest in `__other__`. */
  readonly buckets: readonly string[];
  readonly bucketCountsA: readonly number[];
  readonly bucketCountsB: readonly number[];
  /** Tail buckets: ascending by frequency in A to 10 % of the mass. */
  readonly tailBuckets: readonly string[];
  /** 4-grams and skeleton 6-grams that 500 texts of B hold: the equal budget is 80 % of it, pro rata of n, at most 40,000. */
  readonly fourGramsPer500: number;
  readonly skeletonSixGramsPer500: number;
  /** Pieces of sentence templates (skeleton-pieces.ts) that texts of A share, ascending; empty in references made before they were kept. */
  readonly realPieces: readonly number[];
  /** Per sample metric: its null over a grid of n, ascending in n. */
  readonly nulls: Readonly<Record<string, readonly NullPoint[]>>;
}

/**
 * The metric on K real pseudo-windows of n texts of B, raw scale. `sd` is theirs (K - 1); `nullAt` widens it to that of
 * a window from outside B.
 */
export interface NullPoint {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
  /** Quantiles .001 .01 .05 .5 .95 .99 .999. */
  readonly quantiles: readonly number[];
}
