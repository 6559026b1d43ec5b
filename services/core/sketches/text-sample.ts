/**
 * The one bottom-k sample of texts a window keeps: the k texts of smallest event-id hash (metrics.md section 0.10).
 * Mergeable, independent of order and partitioning. Written with the core's text path; this is the agreed shape.
 */
export interface SampledText {
  /** 53-bit hash of the event id: the sample's sort key; ties are broken by `id`. */
  readonly rank: number;
  readonly id: string;
  /** Subject tuple (template, teacher, judge, source), joined by U+001F; "" where none. */
  readonly cell: string;
  readonly bucket: string;
  /** N1 token hashes, at most `SAMPLE_TOKENS_MAX` (256), in text order. */
  readonly tokens: Uint32Array;
  /** Per token: 0 word, 1 number, 2 other (as TextAnalysis.kinds). */
  readonly kinds: Uint8Array;
  /** All tokens of the text, also beyond the kept ones. */
  readonly length: number;
}

/** Texts ascending by (rank, id); at most k. Metrics read it, never change it. */
export interface TextSample {
  readonly texts: readonly SampledText[];
}
