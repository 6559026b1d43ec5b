/** Pieces of sentence templates that many texts share, and texts that hold any of them. */
import { combineHash, combinePower, fmix32 } from "../hash.ts";
import { skeletonInto } from "../skeleton.ts";
import { SAMPLE_TOKENS_MAX, type SampledText } from "./text-sample.ts";

/** Elements of a piece: some fifteen words, as runs of content words are one element. */
export const PIECE_ELEMENTS = 10;
/** Most repeated pieces that are kept. */
export const PIECES_MAX = 64;
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
  #texts = new Uint16Array(0);
  #lastText = new Uint16Array(0);

  reset(piecesMax: number): void {
    let slots = 1_024;
    while (slots < 2 * piecesMax) slots *= 2;
    if (this.#keys.length < slots) {
      this.#keys = new Uint32Array(slots);
      this.#texts = new Uint16Array(slots);
      this.#lastText = new Uint16Array(slots);
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

const counts = new TextCounts();

/** Hashes of the pieces that most texts hold, ties by hash; empty where none is repeated enough. */
export function repeatedPieces(texts: readonly SampledText[]): ReadonlySet<number> {
  counts.reset(texts.reduce((sum, { tokens }) => sum + tokens.length, 0));
  texts.forEach((text, at) => {
    const count = readPieces(text);
    for (let i = 0; i < count; i += 1) counts.add(pieces[i]!, at + 1);
  });
  const repeated = counts.heldBy(Math.max(TEXTS_MIN, Math.ceil(TEXTS_SHARE_MIN * texts.length)));
  repeated.sort(([a, x], [b, y]) => y - x || a - b);
  return new Set(repeated.slice(0, PIECES_MAX).map(([piece]) => piece));
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
