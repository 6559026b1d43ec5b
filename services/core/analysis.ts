/**
 * One shared pass per text; every text metric reads its result. Written with the core's text path; agreed shape.
 */
export interface TextAnalysis {
  /** Tokens of normaliser N1 in the text. */
  readonly tokenCount: number;
  /** fmix32(FNV-1a/32) of each token's UTF-8; the first `tokenCount` entries are valid, until the next analysis. */
  readonly tokens: Uint32Array;
  /** Per token: 0 word, 1 number, 2 other. */
  readonly kinds: Uint8Array;
  /** 64-bit hash of the N1 token sequence as two unsigned 32-bit halves: equal texts, whatever case and spacing. */
  readonly contentHi: number;
  readonly contentLo: number;
  /** 4-grams of the text: all, and distinct ones. 0 when under four tokens. */
  readonly fourGrams: number;
  readonly distinctFourGrams: number;
}
