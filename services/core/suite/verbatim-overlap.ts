/**
 * Items of an evaluation suite that stand word for word in training texts, by shared n-grams.
 *
 * The suite is indexed and the training texts stream past: memory grows with the suite alone. Words and numbers count,
 * punctuation and case do not. An n-gram is found where all its token hashes are equal, so two different ones are taken for equal
 * about once in 2^32 words, never by a collision of the index.
 * Sources: Brown et al. 2020, appendix C (any shared 13-gram makes an item dirty); lm-evaluation-harness, decontamination.
 */
import { combineHash, combinePower, fmix32 } from "../hash.ts";
import { KIND_OTHER } from "../tokenise-reference.ts";

/** Shorter n-grams are found in texts that have nothing to do with each other; longer ones miss copies with small changes. */
export const OVERLAP_ORDER_DEFAULT = 13;
/** n-grams of all items: about 300 MB. */
export const OVERLAP_NGRAMS_MAX = 2_000_000;

const NONE = -1;
/** Bits that tell most n-grams of texts from those of items before the index is asked. */
const FILTER_BITS = 2 ** 24;

/** What the index reads of an analysed text; the arrays are valid during the call only. */
export interface OverlapText {
  readonly tokens: Uint32Array;
  readonly kinds: Uint8Array;
  readonly tokenCount: number;
}

/** One item. Counts are over its n-grams that are no common words; an item shorter than n is one n-gram, found as a whole text. */
export interface ItemOverlap {
  readonly id: string;
  readonly tokens: number;
  readonly ngrams: number;
  readonly found: number;
  /** Share of its words that lie in an n-gram that was found, 0..1; 0 for an item without words. */
  readonly coverage: number;
}

interface Item {
  readonly id: string;
  readonly words: Uint32Array;
  /** Slot of each n-gram, in order. */
  readonly slots: Int32Array;
}

/** Where an n-gram was first seen, and what was seen of it since. */
interface Slots {
  readonly item: number[];
  readonly start: number[];
  /** 1 in a training text, 2 in a real one. */
  readonly seen: number[];
  /** Next slot of the same hash, or -1. */
  readonly next: number[];
}
const IN_TRAINING = 1;
const IN_REAL = 2;

export class VerbatimOverlap {
  readonly #order: number;
  readonly #oldest: number;
  readonly #items: Item[] = [];
  readonly #slots: Slots = { item: [], start: [], seen: [], next: [] };
  /** First slot by hash. */
  readonly #byHash = new Map<number, number>();
  readonly #filter = new Uint32Array(FILTER_BITS / 32);
  #words = new Uint32Array(1_024);

  /** `order` is a whole number of words, 1 and more. */
  constructor(order: number = OVERLAP_ORDER_DEFAULT) {
    this.#order = order;
    this.#oldest = combinePower(order);
  }

  /** Takes an item; false, and nothing is taken, where its n-grams would exceed `OVERLAP_NGRAMS_MAX`. All items come before any text. */
  addItem(id: string, text: OverlapText): boolean {
    const count = this.#read(text);
    const ngrams = this.#ngramCount(count);
    if (this.#slots.item.length + ngrams > OVERLAP_NGRAMS_MAX) return false;
    const item = { id, words: this.#words.slice(0, count), slots: new Int32Array(ngrams) };
    this.#items.push(item);
    this.#visit(item.words, count, (hash, start) => {
      item.slots[start] = this.#find(hash, item.words, start, count) ?? this.#newSlot(hash, start);
    });
    return true;
  }

  /** A training text: its n-grams are found. */
  see(text: OverlapText): void {
    this.#mark(text, IN_TRAINING);
  }

  /** A real text that was never trained on: its n-grams are how everybody speaks, and count neither way. */
  seeReal(text: OverlapText): void {
    this.#mark(text, IN_REAL);
  }

  /** Every item, in the order they came. */
  items(): ItemOverlap[] {
    const { seen } = this.#slots;
    return this.#items.map(({ id, words, slots }) => {
      const length = Math.min(words.length, this.#order);
      let [ngrams, found, covered, coveredTo] = [0, 0, 0, 0];
      slots.forEach((slot, start) => {
        const marks = seen[slot]!;
        if ((marks & IN_REAL) !== 0) return;
        ngrams += 1;
        if ((marks & IN_TRAINING) === 0) return;
        found += 1;
        covered += start + length - Math.max(start, coveredTo);
        coveredTo = start + length;
      });
      const coverage = words.length === 0 ? 0 : covered / words.length;
      return { id, tokens: words.length, ngrams, found, coverage };
    });
  }

  #mark(text: OverlapText, mark: number): void {
    const count = this.#read(text);
    const { seen } = this.#slots;
    const filter = this.#filter;
    this.#visit(this.#words, count, (hash, start) => {
      if ((filter[filterWord(hash)]! & (1 << hash)) === 0) return;
      const slot = this.#find(hash, this.#words, start, count);
      if (slot !== null) seen[slot]! |= mark;
    });
  }

  /** Words and numbers of a text into the scratch array; returns how many. */
  #read({ tokens, kinds, tokenCount }: OverlapText): number {
    if (this.#words.length < tokenCount) this.#words = new Uint32Array(2 * tokenCount);
    let count = 0;
    for (let i = 0; i < tokenCount; i += 1) if (kinds[i] !== KIND_OTHER) this.#words[count++] = tokens[i]!;
    return count;
  }

  #ngramCount(words: number): number {
    return words === 0 ? 0 : Math.max(1, words - this.#order + 1);
  }

  /** Calls `each` with hash and start of every n-gram; a text shorter than n is one. */
  #visit(words: Uint32Array, count: number, each: (hash: number, start: number) => void): void {
    const length = Math.min(count, this.#order);
    if (length === 0) return;
    let running = 0;
    for (let i = 0; i < length; i += 1) running = combineHash(running, words[i]!);
    // A short text must not pass for the beginning of a long one.
    const salt = length < this.#order ? length : 0;
    each(fmix32(running ^ salt), 0);
    for (let start = 1; start + length <= count; start += 1) {
      const dropped = Math.imul(this.#oldest, words[start - 1]!);
      running = (combineHash(running, words[start + length - 1]!) - dropped) | 0;
      each(fmix32(running), start);
    }
  }

  /** The slot of the n-gram that starts at `start`, compared word by word. */
  #find(hash: number, words: Uint32Array, start: number, count: number): number | null {
    const { item, start: starts, next } = this.#slots;
    const length = Math.min(count, this.#order);
    for (let slot = this.#byHash.get(hash) ?? NONE; slot !== NONE; slot = next[slot]!) {
      const own = this.#items[item[slot]!]!.words;
      if (Math.min(own.length, this.#order) !== length) continue;
      let at = 0;
      while (at < length && own[starts[slot]! + at] === words[start + at]) at += 1;
      if (at === length) return slot;
    }
    return null;
  }

  #newSlot(hash: number, start: number): number {
    const { item, start: starts, seen, next } = this.#slots;
    const slot = item.length;
    item.push(this.#items.length - 1);
    starts.push(start);
    seen.push(0);
    next.push(this.#byHash.get(hash) ?? NONE);
    this.#byHash.set(hash, slot);
    this.#filter[filterWord(hash)]! |= 1 << hash;
    return slot;
  }
}

/** The filter's word of a hash; its lowest five bits choose the bit in it. */
function filterWord(hash: number): number {
  return (hash & (FILTER_BITS - 1)) >>> 5;
}
