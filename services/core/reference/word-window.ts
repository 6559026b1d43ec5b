/**
 * The words of a sample of texts, counted once against a reference and shared by every metric of basis `words`.
 */
import type { Reference } from "../reference.ts";
import type { TextSample } from "../sketches/text-sample.ts";
import { KIND_WORD } from "../tokenise-reference.ts";

const NONE = -1;

/** Word tokens of a sample by the reference's types; numbers and punctuation are no word types. Owned by the memo: read it, never change it. */
export interface WordWindow {
  /** Word tokens of all texts. */
  readonly total: number;
  /** Word tokens whose type is not in the reference's vocabulary. */
  readonly other: number;
  /** Positions in `reference.words` of the vocabulary types seen, in order of first sight. */
  readonly types: readonly number[];
  /** Their counts, beside `types`. */
  readonly counts: readonly number[];
  /** Distinct tail types seen, and word tokens of tail types. */
  readonly tailSeen: number;
  readonly tailTokens: number;
}

/** Hash table from word hash to a dense position; positions from `vocabulary` on are tail words outside it. */
interface WordIndex {
  readonly mask: number;
  readonly keys: Uint32Array;
  readonly positions: Int32Array;
  readonly vocabulary: number;
  readonly isTail: Uint8Array;
  /** Scratch of `count`: all zero between calls. */
  readonly scratch: Uint32Array;
}

const indexes = new WeakMap<Reference, WordIndex>();
const windows = new WeakMap<TextSample, { readonly reference: Reference; readonly window: WordWindow }>();

/**
 * Counts the words of `sample` against `reference`. The result is remembered for the last reference asked about, as
 * long as the sample lives, so the sample must not change afterwards.
 */
export function wordWindow(sample: TextSample, reference: Reference): WordWindow {
  const known = windows.get(sample);
  if (known !== undefined && known.reference === reference) return known.window;
  const window = count(sample, indexOf(reference));
  windows.set(sample, { reference, window });
  return window;
}

function count(sample: TextSample, index: WordIndex): WordWindow {
  const { mask, keys, positions, scratch, vocabulary, isTail } = index;
  const seen: number[] = [];
  let total = 0;
  let other = 0;
  for (const text of sample.texts) {
    const { tokens, kinds } = text;
    for (let i = 0; i < tokens.length; i++) {
      if (kinds[i] !== KIND_WORD) continue;
      total += 1;
      const token = tokens[i]!;
      let slot = token & mask;
      let position = positions[slot]!;
      while (position !== NONE && keys[slot] !== token) {
        slot = (slot + 1) & mask;
        position = positions[slot]!;
      }
      if (position === NONE) {
        other += 1;
        continue;
      }
      if (scratch[position] === 0) seen.push(position);
      scratch[position]! += 1;
    }
  }
  const types: number[] = [];
  const counts: number[] = [];
  let tailSeen = 0;
  let tailTokens = 0;
  for (const position of seen) {
    const held = scratch[position]!;
    scratch[position] = 0;
    if (isTail[position] === 1) {
      tailSeen += 1;
      tailTokens += held;
    }
    if (position < vocabulary) {
      types.push(position);
      counts.push(held);
    } else {
      other += held;
    }
  }
  return { total, other, types, counts, tailSeen, tailTokens };
}

function indexOf(reference: Reference): WordIndex {
  const known = indexes.get(reference);
  if (known !== undefined) return known;
  const { words, tailWords } = reference;
  const typesMax = words.length + tailWords.length;
  // Load factor at most one half: probes stay short.
  let size = 2;
  while (size < 2 * typesMax) size *= 2;
  const mask = size - 1;
  const keys = new Uint32Array(size);
  const positions = new Int32Array(size).fill(NONE);
  const isTail = new Uint8Array(typesMax);
  let next = 0;
  const place = (word: number): number => {
    let slot = word & mask;
    while (positions[slot] !== NONE) {
      if (keys[slot] === word) return positions[slot]!;
      slot = (slot + 1) & mask;
    }
    keys[slot] = word;
    positions[slot] = next;
    next += 1;
    return next - 1;
  };
  for (const word of words) place(word);
  for (const word of tailWords) isTail[place(word)] = 1;
  const index: WordIndex = {
    mask,
    keys,
    positions,
    vocabulary: words.length,
    isTail,
    scratch: new Uint32Array(typesMax),
  };
  indexes.set(reference, index);
  return index;
}
