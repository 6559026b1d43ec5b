import { hashContent } from "./content-hash.ts";
import { addNgrams, ngramCount } from "./ngrams.ts";
import type { Utf8Slice } from "./sample.ts";
import { StampedSet } from "./stamped-set.ts";
import { Tokeniser } from "./tokenise.ts";
import { encodeUtf8Into } from "./utf8.ts";

/**
 * One shared pass per text; every text metric reads its result.
 *
 * The object and its arrays belong to the analyser: they are valid until its next analysis. Copy what must last.
 */
export interface TextAnalysis {
  /** Tokens of normaliser N1 (tokenise-reference.ts) in the text, at most `TEXT_TOKENS_MAX`. */
  readonly tokenCount: number;
  /** fmix32(FNV-1a/32) of each token's UTF-8; the first `tokenCount` entries are valid. */
  readonly tokens: Uint32Array;
  /** Per token: 0 word, 1 number, 2 other. */
  readonly kinds: Uint8Array;
  /**
   * 64-bit hash of the N1 token sequence as two unsigned 32-bit halves: equal texts, whatever case and spacing. Built from
   * 32-bit token hashes: two texts that differ in one word only are taken for equal once in 2^32.
   */
  readonly contentHi: number;
  readonly contentLo: number;
  /** 4-grams of the text: all, and distinct ones. 0 when under four tokens. */
  readonly fourGrams: number;
  readonly distinctFourGrams: number;
  /** The text was longer than `TEXT_TOKENS_MAX` tokens or `TEXT_BYTES_MAX` bytes and was cut there. */
  readonly cut: boolean;
}

/** Order of the n-grams that every text is counted in. */
const ORDER = 4;
/** Bytes kept between two `analyseString` calls. */
const ENCODED_BYTES_KEPT_MAX = 1_048_576;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Analyses one text after the other in scratch buffers of its own; nothing is allocated per token. Not shared between threads. */
export class TextAnalyser {
  readonly #tokeniser = new Tokeniser();
  readonly #fourGrams = new StampedSet();
  readonly #result: Mutable<TextAnalysis> = {
    tokenCount: 0,
    tokens: this.#tokeniser.tokens,
    kinds: this.#tokeniser.kinds,
    contentHi: 0,
    contentLo: 0,
    fourGrams: 0,
    distinctFourGrams: 0,
    cut: false,
  };
  #encoded = new Uint8Array(4_096);

  /** Any bytes are accepted: what is not UTF-8 counts as U+FFFD. An empty text has no tokens. */
  analyse(slice: Utf8Slice): TextAnalysis {
    const tokeniser = this.#tokeniser;
    tokeniser.read(slice.bytes, slice.start, slice.end);
    const { tokens, count } = tokeniser;
    const result = this.#result;
    result.tokenCount = count;
    result.tokens = tokens;
    result.kinds = tokeniser.kinds;
    result.cut = tokeniser.cut;
    hashContent(tokens, count, result);
    result.fourGrams = ngramCount(count, ORDER);
    this.#fourGrams.reset(result.fourGrams);
    result.distinctFourGrams = addNgrams(this.#fourGrams, tokens, count, ORDER);
    return result;
  }

  /** The same for a JavaScript string; a lone surrogate counts as U+FFFD. */
  analyseString(text: string): TextAnalysis {
    const bytesMax = text.length * 3;
    let bytes = this.#encoded;
    if (bytesMax > bytes.length) {
      bytes = new Uint8Array(bytesMax);
      if (bytesMax <= ENCODED_BYTES_KEPT_MAX) this.#encoded = bytes;
    }
    return this.analyse({ bytes, start: 0, end: encodeUtf8Into(text, bytes, 0) });
  }
}
