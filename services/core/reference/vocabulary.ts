/** Word types of a reference's half A, and its tail. */
import type { SampledText } from "../sketches/text-sample.ts";
import { tailPositions } from "../statistics/tail.ts";
import { KIND_WORD } from "../tokenise-reference.ts";
import { VOCABULARY_MAX } from "./reference-codec.ts";

/** The tail of the reference: the rarest types or buckets that together hold this share of A. */
export const TAIL_SHARE = 0.1;

/** Arrays as `Reference` has them. */
export interface Vocabulary {
  readonly words: Uint32Array;
  readonly wordCounts: Uint32Array;
  readonly otherCount: number;
  readonly tailWords: Uint32Array;
}

/**
 * Counts the words of A's kept tokens. The vocabulary is the `VOCABULARY_MAX` commonest types, ties by hash; the tail
 * is chosen among all types before that cut, rarest first, ties by hash.
 */
export function countVocabulary(texts: Iterable<SampledText>): Vocabulary {
  const counts = new Map<number, number>();
  for (const { tokens, kinds } of texts) {
    for (let i = 0; i < tokens.length; i++) {
      if (kinds[i] === KIND_WORD) counts.set(tokens[i]!, (counts.get(tokens[i]!) ?? 0) + 1);
    }
  }
  const types = Uint32Array.from(counts.keys()).sort();
  const held = Uint32Array.from(types, (type) => counts.get(type)!);
  const tail = tailPositions(held, TAIL_SHARE, (a, b) => a - b, VOCABULARY_MAX);
  const kept = Array.from(types, (_, i) => i)
    .sort((a, b) => held[b]! - held[a]! || a - b)
    .slice(0, VOCABULARY_MAX)
    .sort((a, b) => a - b);
  const wordCounts = Uint32Array.from(kept, (i) => held[i]!);
  return {
    words: Uint32Array.from(kept, (i) => types[i]!),
    wordCounts,
    otherCount: sum(held) - sum(wordCounts),
    tailWords: Uint32Array.from(tail, (i) => types[i]!).sort(),
  };
}

/** Share of the texts' words that are tail words, 0..1; 0 where there are no words. */
export function tailMass(texts: Iterable<SampledText>, tailWords: Uint32Array): number {
  const tail = new Set(tailWords);
  let words = 0;
  let held = 0;
  for (const { tokens, kinds } of texts) {
    for (let i = 0; i < tokens.length; i++) {
      if (kinds[i] !== KIND_WORD) continue;
      words += 1;
      if (tail.has(tokens[i]!)) held += 1;
    }
  }
  return words === 0 ? 0 : held / words;
}

function sum(values: Uint32Array): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}
