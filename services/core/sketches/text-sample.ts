/**
 * The one bottom-k sample of texts a window keeps: the k texts of smallest event-id hash.
 * Mergeable, independent of order and partitioning.
 */

import type { TextAnalysis } from "../analysis.ts";
import { compareText } from "../compare-text.ts";
import { TokenArena, type TokenStretch } from "./token-arena.ts";

/** k: texts a sample keeps. */
export const SAMPLE_TEXTS_MAX = 512;
/** Tokens kept of each text, from its front. */
export const SAMPLE_TOKENS_MAX = 256;

export interface SampledText {
  /** 53-bit hash of the event id (`rankOfId`): the sample's sort key; ties are broken by `id`. */
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

/** Texts ascending by (rank, id); at most k; ids are unique. Metrics read it, never change it. */
export interface TextSample {
  readonly texts: readonly SampledText[];
}

export const EMPTY_SAMPLE: TextSample = { texts: [] };

type Key = Pick<SampledText, "rank" | "id">;

/** Ascending by (rank, id); 0 only for one and the same id. */
function compareKey(a: Key, b: Key): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return compareText(a.id, b.id);
}

/** A total order of what two texts of one id hold, so that which one is kept depends on nothing but themselves. */
function compareContent(a: SampledText, b: SampledText): number {
  const first =
    a.length - b.length ||
    a.tokens.length - b.tokens.length ||
    compareText(a.cell, b.cell) ||
    compareText(a.bucket, b.bucket);
  if (first !== 0) return first;
  for (let i = 0; i < a.tokens.length; i += 1) {
    const difference = a.tokens[i]! - b.tokens[i]! || a.kinds[i]! - b.kinds[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A text while the pane is open: its tokens lie in an arena, from `start` on. */
interface HeldText {
  readonly rank: number;
  readonly id: string;
  readonly cell: string;
  readonly bucket: string;
  readonly stretch: TokenStretch;
  readonly start: number;
  readonly kept: number;
  readonly length: number;
}

/**
 * Fills a bottom-k sample: state of an open pane.
 *
 * Laws (property tests): the result does not depend on the order of `offer`; offering an id again changes nothing. Where one
 * id is offered with two different texts, the smaller one by `compareContent` stays, whatever came first.
 */
export class TextSampleBuilder {
  /** A binary heap, largest key at the root, so that a text that does not enter costs one comparison. */
  readonly #heap: HeldText[] = [];
  /** Rank of each text of the heap, at the same place: most comparisons need no more. */
  readonly #ranks = new Float64Array(SAMPLE_TEXTS_MAX);
  readonly #ids = new Set<string>();
  readonly #arena: TokenArena;
  /** The last `toSample`, while nothing has entered since. */
  #sample: TextSample | null = EMPTY_SAMPLE;

  /** The arena may be shared by the builders of one pane: it lives as long as any of them. */
  constructor(arena: TokenArena = new TokenArena()) {
    this.#arena = arena;
  }

  /** Texts in the sample now. */
  get size(): number {
    return this.#heap.length;
  }

  /** True when a text of this rank may enter: ask before computing what only a sampled text needs. */
  accepts(rank: number): boolean {
    return this.#heap.length < SAMPLE_TEXTS_MAX || rank <= this.#ranks[0]!;
  }

  /** Offers a text; its tokens are copied only when it enters. `rank` is `rankOfId(id)`. */
  offer(rank: number, id: string, cell: string, bucket: string, text: TextAnalysis): void {
    if (!this.accepts(rank)) return;
    const heap = this.#heap;
    if (this.#ids.has(id)) {
      this.#offerAgain({ rank, id, cell, bucket, ...this.#copied(text) });
      return;
    }
    const full = heap.length === SAMPLE_TEXTS_MAX;
    if (full && rank === this.#ranks[0] && id > heap[0]!.id) return;
    const { stretch, start, kept, length } = this.#copied(text);
    const held: HeldText = { rank, id, cell, bucket, stretch, start, kept, length };
    if (full) {
      this.#ids.delete(heap[0]!.id);
      heap[0] = held;
      this.#sink();
    } else {
      heap.push(held);
      this.#rise();
    }
    this.#ids.add(id);
    this.#sample = null;
  }

  /** The sample as it stands; the same object until another text enters, so that what is measured on it is measured once. */
  toSample(): TextSample {
    this.#sample ??= { texts: [...this.#heap].sort(compareKey).map(sampled) };
    return this.#sample;
  }

  #offerAgain(held: HeldText): void {
    const at = this.#heap.findIndex(({ id }) => id === held.id);
    if (compareContent(sampled(held), sampled(this.#heap[at]!)) >= 0) return;
    this.#heap[at] = held;
    this.#sample = null;
  }

  #copied(text: TextAnalysis): Pick<HeldText, "stretch" | "start" | "kept" | "length"> {
    const kept = Math.min(text.tokenCount, SAMPLE_TOKENS_MAX);
    const stretch = this.#arena.stretchFor(kept);
    return { stretch, start: stretch.append(text.tokens, text.kinds, kept), kept, length: text.tokenCount };
  }

  #rise(): void {
    let at = this.#heap.length - 1;
    this.#ranks[at] = this.#heap[at]!.rank;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isAbove(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    const { length } = this.#heap;
    this.#ranks[0] = this.#heap[0]!.rank;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= length) return;
      const right = left + 1;
      const larger = right < length && this.#isAbove(right, left) ? right : left;
      if (!this.#isAbove(larger, at)) return;
      this.#swap(larger, at);
      at = larger;
    }
  }

  /** Whether the key at place `a` is larger than that at `b`. */
  #isAbove(a: number, b: number): boolean {
    const difference = this.#ranks[a]! - this.#ranks[b]!;
    return difference === 0 ? this.#heap[a]!.id > this.#heap[b]!.id : difference > 0;
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const ranks = this.#ranks;
    const held = heap[a]!;
    heap[a] = heap[b]!;
    heap[b] = held;
    const rank = ranks[a]!;
    ranks[a] = ranks[b]!;
    ranks[b] = rank;
  }
}

/** A text of an open pane as one that lasts: tokens and kinds over one stretch of memory of their own. */
function sampled({ rank, id, cell, bucket, stretch, start, kept, length }: HeldText): SampledText {
  const buffer = new ArrayBuffer(kept * 5);
  const tokens = new Uint32Array(buffer, 0, kept);
  const kinds = new Uint8Array(buffer, kept * 4, kept);
  for (let i = 0; i < kept; i += 1) {
    tokens[i] = stretch.tokens[start + i]!;
    kinds[i] = stretch.kinds[start + i]!;
  }
  return { rank, id, cell, bucket, tokens, kinds, length };
}

/** The union's k smallest texts. Neither argument is changed; where one is empty the other itself is returned. */
export function mergeSamples(a: TextSample, b: TextSample): TextSample {
  if (b.texts.length === 0) return a;
  if (a.texts.length === 0) return b;
  const texts: SampledText[] = [];
  let i = 0;
  let j = 0;
  while (texts.length < SAMPLE_TEXTS_MAX && (i < a.texts.length || j < b.texts.length)) {
    const left = a.texts[i];
    const right = b.texts[j];
    const order = left === undefined ? 1 : right === undefined ? -1 : compareKey(left, right);
    if (order < 0) texts.push(left!);
    else if (order > 0) texts.push(right!);
    else texts.push(left === right || compareContent(left!, right!) <= 0 ? left! : right!);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
  return { texts };
}

/** The sample without the texts whose cell satisfies `leftOut`: leave-one-out of a subject. */
export function sampleWithout(sample: TextSample, leftOut: (cell: string) => boolean): TextSample {
  return { texts: sample.texts.filter((text) => !leftOut(text.cell)) };
}

/** The n texts of smallest key: what a metric judges when its null was calibrated at n. */
export function firstTexts(sample: TextSample, n: number): TextSample {
  return n >= sample.texts.length ? sample : { texts: sample.texts.slice(0, n) };
}
