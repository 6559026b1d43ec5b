/**
 * What the gatekeeper remembers of ids and texts, as 64-bit keys in two tables that rotate by count: the horizon is between
 * one and two times `DUPLICATE_MEMORY_MAX` samples of a partition. What is remembered is also kept in the order it came, and
 * handed out in segments to be checkpointed: a restart loads those and reads again only the samples after the last. The last one
 * may be part of a segment.
 */
import { KeyTable } from "./key-table.ts";
import type { MemorySegment } from "./memory-segment.ts";

/** Samples of a segment. */
export const MEMORY_SEGMENT_SAMPLES = 50_000;
/** Segments of a table. */
const TABLE_SEGMENTS = 10;
/** Samples per table; each sample has two keys. 2 x 16 MB when both are full. */
export const DUPLICATE_MEMORY_MAX = TABLE_SEGMENTS * MEMORY_SEGMENT_SAMPLES;
/** Segments that can be needed at once: the older table's and the younger one's. */
export const MEMORY_SEGMENTS_MAX = 2 * TABLE_SEGMENTS;

const SAMPLE_WORDS = 4;
const MEMORY_SEGMENT_WORDS = MEMORY_SEGMENT_SAMPLES * SAMPLE_WORDS;
const WORDS_AT_FIRST = 1_024;

/** Keys of one sample, as unsigned halves; a text of 0, 0 is none. */
export interface SampleKeys {
  idHi: number;
  idLo: number;
  textHi: number;
  textLo: number;
}

export class DuplicateMemory {
  #previous = new KeyTable();
  #current = new KeyTable();
  /** Keys of the samples since the last whole segment, four words each. */
  #words = new Uint32Array(WORDS_AT_FIRST);
  #samples = 0;
  /** Number of the segment that is being filled. */
  #segment = 0;
  #from = 0;
  #to = 0;

  /** Empty, or what the segments hold: the last `MEMORY_SEGMENTS_MAX` a memory handed out, in any order. */
  constructor(segments: readonly MemorySegment[] = []) {
    const ordered = [...segments].sort((a, b) => a.number - b.number);
    const last = ordered.at(-1);
    if (last === undefined) return;
    // One that was checkpointed before it was full is filled on.
    const whole = last.words.length === MEMORY_SEGMENT_WORDS;
    this.#segment = whole ? last.number + 1 : last.number;
    const oldest = (Math.floor(this.#segment / TABLE_SEGMENTS) - 1) * TABLE_SEGMENTS;
    let table = -1;
    for (const { number, words } of ordered) {
      if (number < oldest) continue;
      // The table that a segment would begin is not there before its first sample.
      const own = Math.floor(number / TABLE_SEGMENTS);
      if (own !== table && table !== -1) this.#rotate();
      table = own;
      for (let i = 0; i < words.length; i += SAMPLE_WORDS) this.#take(words, i);
    }
    if (Math.floor(this.#segment / TABLE_SEGMENTS) !== table) this.#rotate();
    this.#from = whole ? last.to : last.from;
    this.#to = last.to;
    if (whole) return;
    while (this.#words.length < last.words.length) this.#grow();
    this.#words.set(last.words);
    this.#samples = last.words.length / SAMPLE_WORDS;
  }

  /** Offset behind the last sample remembered; 0 when there is none. */
  get to(): number {
    return this.#to;
  }

  hasId(keys: SampleKeys): boolean {
    return this.#current.has(keys.idHi, keys.idLo) || this.#previous.has(keys.idHi, keys.idLo);
  }

  /** False for a sample without text. */
  hasText(keys: SampleKeys): boolean {
    const { textHi, textLo } = keys;
    if (textHi === 0 && textLo === 0) return false;
    return this.#current.has(textHi, textLo) || this.#previous.has(textHi, textLo);
  }

  /** Remembers a sample's keys. Offsets ascend. Returns the segment that it fills, to be checkpointed, or null. */
  remember(offset: number, keys: SampleKeys): MemorySegment | null {
    const at = this.#samples * SAMPLE_WORDS;
    if (at === this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = keys.idHi;
    words[at + 1] = keys.idLo;
    words[at + 2] = keys.textHi;
    words[at + 3] = keys.textLo;
    this.#take(words, at);
    this.#samples += 1;
    // Offsets that somebody set back are read again, and stay behind what memory has seen.
    this.#to = Math.max(this.#to, offset + 1);
    if (this.#samples < MEMORY_SEGMENT_SAMPLES) return null;
    const segment = this.unfilled;
    this.#samples = 0;
    this.#from = this.#to;
    this.#segment += 1;
    if (this.#segment % TABLE_SEGMENTS === 0) this.#rotate();
    return segment;
  }

  /** The segment that is being filled, as far as it is. A checkpoint of it is replaced by the next of its number. */
  get unfilled(): MemorySegment {
    const words = this.#words.slice(0, this.#samples * SAMPLE_WORDS);
    return { number: this.#segment, from: this.#from, to: this.#to, words };
  }

  /** Keys held. */
  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  #take(words: Uint32Array, at: number): void {
    this.#current.add(words[at]!, words[at + 1]!);
    if (words[at + 2] !== 0 || words[at + 3] !== 0) this.#current.add(words[at + 2]!, words[at + 3]!);
  }

  #rotate(): void {
    const emptied = this.#previous;
    this.#previous = this.#current;
    emptied.clear();
    this.#current = emptied;
  }

  #grow(): void {
    const words = new Uint32Array(Math.min(MEMORY_SEGMENT_WORDS, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}
