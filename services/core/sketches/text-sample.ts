/**
 * The one bottom-k sample of texts a window keeps: the k texts of smallest event-id hash.
 * Mergeable, independent of order and partitioning.
 */
import type { TextAnalysis } from "../analysis.ts";

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

/** The first `kept` tokens and their kinds over one stretch of memory: one allocation outside the heap, not two. */
function copied(
  text: TextAnalysis,
  kept: number,
): { readonly tokens: Uint32Array; readonly kinds: Uint8Array } {
  const buffer = new ArrayBuffer(kept * 5);
  const tokens = new Uint32Array(buffer, 0, kept);
  const kinds = new Uint8Array(buffer, kept * 4, kept);
  for (let i = 0; i < kept; i += 1) {
    tokens[i] = text.tokens[i]!;
    kinds[i] = text.kinds[i]!;
  }
  return { tokens, kinds };
}

/** Ascending by (rank, id); 0 only for one and the same id. */
function compareKey(a: SampledText, b: SampledText): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return compareText(a.id, b.id);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
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

/**
 * Fills a bottom-k sample. State of an open pane and of a window that merges closed panes.
 *
 * Laws (property tests): the result does not depend on the order of `offer` and `merge`; merging is associative and
 * commutative and an empty builder is its identity; offering an id again changes nothing. Where one id is offered with two
 * different texts, the smaller one by `compareContent` stays, whatever came first.
 */
export class TextSampleBuilder {
  /** A binary heap, largest key at the root, so that a text that does not enter costs one comparison. */
  readonly #heap: SampledText[] = [];
  /** The last `toSample`, while nothing has entered since. */
  #sample: TextSample | null = EMPTY_SAMPLE;
  readonly #ids = new Set<string>();

  /** Texts in the sample now. */
  get size(): number {
    return this.#heap.length;
  }

  /** True when a text of this rank may enter: ask before computing what only a sampled text needs. */
  accepts(rank: number): boolean {
    return this.#heap.length < SAMPLE_TEXTS_MAX || rank <= this.#heap[0]!.rank;
  }

  /** Offers a text; its tokens are copied only when it enters. `rank` is `rankOfId(id)`. */
  offer(rank: number, id: string, cell: string, bucket: string, text: TextAnalysis): void {
    if (!this.accepts(rank)) return;
    const kept = Math.min(text.tokenCount, SAMPLE_TOKENS_MAX);
    this.#insert({
      rank,
      id,
      cell,
      bucket,
      ...copied(text, kept),
      length: text.tokenCount,
    });
  }

  /** Takes in a sample; its texts are shared, not copied. */
  merge(from: TextSample): void {
    for (const text of from.texts) {
      // The texts are ascending: once one is refused, so is every later one.
      if (!this.accepts(text.rank)) return;
      this.#insert(text);
    }
  }

  /** The sample as it stands; the same object until another text enters, so that what is measured on it is measured once. */
  toSample(): TextSample {
    this.#sample ??= { texts: [...this.#heap].sort(compareKey) };
    return this.#sample;
  }

  #insert(text: SampledText): void {
    const heap = this.#heap;
    if (this.#ids.has(text.id)) {
      const at = heap.findIndex((held) => held.id === text.id);
      if (compareContent(text, heap[at]!) >= 0) return;
      heap[at] = text;
      this.#sample = null;
      return;
    }
    if (heap.length === SAMPLE_TEXTS_MAX) {
      if (compareKey(text, heap[0]!) > 0) return;
      this.#ids.delete(heap[0]!.id);
      heap[0] = text;
      this.#sink();
    } else {
      heap.push(text);
      this.#rise();
    }
    this.#ids.add(text.id);
    this.#sample = null;
  }

  #rise(): void {
    const heap = this.#heap;
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compareKey(heap[at]!, heap[parent]!) <= 0) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const larger = right < heap.length && compareKey(heap[right]!, heap[left]!) > 0 ? right : left;
      if (compareKey(heap[larger]!, heap[at]!) <= 0) return;
      [heap[at], heap[larger]] = [heap[larger]!, heap[at]!];
      at = larger;
    }
  }
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
