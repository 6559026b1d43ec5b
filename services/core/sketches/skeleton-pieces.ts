/** Pieces of sentence templates that many texts share, and texts that hold any of them. */
import { combineHash, combinePower, fmix32 } from "../hash.ts";
import { skeletonInto } from "../skeleton.ts";
import { SAMPLE_TOKENS_MAX, type SampledText } from "./text-sample.ts";

/** Elements of a piece: some ten words, as runs of content words are one element. */
export const PIECE_ELEMENTS = 6;
/** Most repeated pieces that are looked for. */
export const PIECES_MAX = 64;
/** Pieces that a reference keeps, … */
export const REAL_PIECES_MAX = 4_096;
/** … of so many texts at most. */
const REAL_TEXTS_MAX = 4_000;
/** A piece is repeated that so large a share of the texts hold, … */
const TEXTS_SHARE_MIN = 0.02;
/** … and so many. */
const TEXTS_MIN = 3;

const skeleton = new Uint32Array(SAMPLE_TOKENS_MAX);
const pieces = new Uint32Array(SAMPLE_TOKENS_MAX);
const OLDEST = combinePower(PIECE_ELEMENTS);

/** Writes the pieces of one text to `pieces`, in the order of the text and as often as they occur; returns how many. */
function readPieces(text: SampledText): number {
  const length = skeletonInto(text.tokens, text.kinds, text.tokens.length, skeleton);
  const count = Math.max(0, length - PIECE_ELEMENTS + 1);
  let running = 0;
  for (let i = 0; i < PIECE_ELEMENTS - 1 && i < length; i += 1) running = combineHash(running, skeleton[i]!);
  let dropped = 0;
  for (let i = 0; i < count; i += 1) {
    running = (combineHash(running, skeleton[i + PIECE_ELEMENTS - 1]!) - Math.imul(OLDEST, dropped)) | 0;
    pieces[i] = fmix32(running);
    dropped = skeleton[i]!;
  }
  return count;
}

/** How many texts hold each piece: open addressing, at most half full. Forgotten with the next sample. */
class TextCounts {
  #keys = new Uint32Array(0);
  /** 0 where a slot is free. */
  #texts = new Uint32Array(0);
  #lastText = new Uint32Array(0);

  reset(piecesMax: number): void {
    let slots = 1_024;
    while (slots < 2 * piecesMax) slots *= 2;
    if (this.#keys.length < slots) {
      this.#keys = new Uint32Array(slots);
      this.#texts = new Uint32Array(slots);
      this.#lastText = new Uint32Array(slots);
    } else this.#texts.fill(0);
  }

  /** `text` counts from 1; a piece that it holds twice counts once. */
  add(piece: number, text: number): void {
    const mask = this.#keys.length - 1;
    let slot = piece & mask;
    while (this.#texts[slot] !== 0 && this.#keys[slot] !== piece) slot = (slot + 1) & mask;
    if (this.#texts[slot] !== 0 && this.#lastText[slot] === text) return;
    this.#keys[slot] = piece;
    this.#texts[slot]! += 1;
    this.#lastText[slot] = text;
  }

  /** Pieces that `least` texts hold or more, with their number. */
  heldBy(least: number): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = [];
    for (let slot = 0; slot < this.#keys.length; slot += 1) {
      if (this.#texts[slot]! >= least) found.push([this.#keys[slot]!, this.#texts[slot]!]);
    }
    return found;
  }
}

/** Pieces of these texts by the number of texts that hold them, most first, ties by hash; `least` texts hold each. */
function byTexts(counts: TextCounts, texts: readonly SampledText[], least: number): number[] {
  counts.reset(texts.reduce((sum, { tokens }) => sum + tokens.length, 0));
  texts.forEach((text, at) => {
    const count = readPieces(text);
    for (let i = 0; i < count; i += 1) counts.add(pieces[i]!, at + 1);
  });
  const held = counts.heldBy(least);
  return held.sort(([a, x], [b, y]) => y - x || a - b).map(([piece]) => piece);
}

/** What real texts share, two of them at least: the 4,096 pieces that most of the first 4,000 hold, ascending. */
export function commonPieces(texts: readonly SampledText[]): number[] {
  // Its table is too large to be kept for the next window.
  const common = byTexts(new TextCounts(), texts.slice(0, REAL_TEXTS_MAX), 2);
  return common.slice(0, REAL_PIECES_MAX).sort((a, b) => a - b);
}

const windowCounts = new TextCounts();

/** Pieces that most texts hold, 2 % of them and three at least, and that are not among the `real` (ascending). */
export function repeatedPieces(texts: readonly SampledText[], real: readonly number[]): ReadonlySet<number> {
  const least = Math.max(TEXTS_MIN, Math.ceil(TEXTS_SHARE_MIN * texts.length));
  const own = byTexts(windowCounts, texts, least).filter((piece) => !holds(real, piece));
  return new Set(own.slice(0, PIECES_MAX));
}

function holds(ascending: readonly number[], wanted: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === wanted;
}

/** Share of the texts that hold any of the pieces, 0..1; NaN for no texts. */
export function shareHolding(texts: readonly SampledText[], wanted: ReadonlySet<number>): number {
  if (wanted.size === 0) return texts.length === 0 ? Number.NaN : 0;
  const holding = texts.filter((text) => {
    const count = readPieces(text);
    for (let i = 0; i < count; i += 1) if (wanted.has(pieces[i]!)) return true;
    return false;
  });
  return holding.length / texts.length;
}
