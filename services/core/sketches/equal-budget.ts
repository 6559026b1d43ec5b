import { addNgrams, ngramCount } from "../ngrams.ts";
import { skeletonInto } from "../skeleton.ts";
import { StampedSet } from "../stamped-set.ts";
import { SAMPLE_TOKENS_MAX, type SampledText, type TextSample } from "./text-sample.ts";

/** n-grams a distinct share is computed on at most. */
export const BUDGET_NGRAMS_MAX = 40_000;
/** Texts that a reference's n-gram counts speak of. */
const TEXTS_OF_REFERENCE = 500;
const BUDGET_SHARE = 0.8;

const set = new StampedSet();
const skeleton = new Uint32Array(SAMPLE_TOKENS_MAX);

/** A text as the sequence whose n-grams are counted: read from the front, valid until the next call. */
export type SequenceOf = (text: SampledText) => { readonly tokens: Uint32Array; readonly length: number };

/** The kept N1 tokens. */
export const tokenSequence: SequenceOf = (text) => ({ tokens: text.tokens, length: text.tokens.length });

/** The skeleton of the kept N1 tokens (skeleton.ts). */
export const skeletonSequence: SequenceOf = (text) => ({
  tokens: skeleton,
  length: skeletonInto(text.tokens, text.kinds, text.tokens.length, skeleton),
});

/** n-grams in one sampled text; what a reference sums into its `...Per500`. */
export function ngramsOfText(text: SampledText, n: number, sequenceOf: SequenceOf): number {
  return ngramCount(sequenceOf(text).length, n);
}

/**
 * The number of n-grams to compare on: 80 % of what as many real texts hold, at most 40,000.
 * `ngramsPer500` is the reference's; `texts` the size of the judged sample. Without it type-token ratios could not be
 * compared: they fall as the amount of text grows.
 */
export function equalBudget(ngramsPer500: number, texts: number): number {
  return Math.min(BUDGET_NGRAMS_MAX, Math.floor((BUDGET_SHARE * ngramsPer500 * texts) / TEXTS_OF_REFERENCE));
}

/**
 * Distinct n-grams over all n-grams of exactly `budget` n-grams, 0..1: texts in the sample's order, none crossing two texts,
 * the last text truncated. null where the sample holds fewer than `budget`, or `budget` is below 1.
 */
export function distinctShare(
  sample: TextSample,
  n: number,
  budget: number,
  sequenceOf: SequenceOf,
): number | null {
  if (budget < 1) return null;
  set.reset(budget);
  let left = budget;
  let distinct = 0;
  for (const text of sample.texts) {
    const { tokens, length } = sequenceOf(text);
    distinct += addNgrams(set, tokens, length, n, left);
    left -= Math.min(left, ngramCount(length, n));
    if (left === 0) return distinct / budget;
  }
  return null;
}
