/** Pieces of sentence templates that many texts share, and texts that hold any of them. */
import { combineHash, fmix32 } from "../hash.ts";
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
const hashes = new Uint32Array(SAMPLE_TOKENS_MAX);

/** Pieces of one text as 32-bit hashes, each once, ascending; valid until the next call. Fewer elements make no piece. */
function piecesOf(text: SampledText): Uint32Array {
  const length = skeletonInto(text.tokens, text.kinds, text.tokens.length, skeleton);
  const count = Math.max(0, length - PIECE_ELEMENTS + 1);
  for (let i = 0; i < count; i += 1) {
    let running = 0;
    for (let j = i; j < i + PIECE_ELEMENTS; j += 1) running = combineHash(running, skeleton[j]!);
    hashes[i] = fmix32(running);
  }
  const sorted = hashes.subarray(0, count).sort();
  let distinct = 0;
  for (let i = 0; i < count; i += 1) {
    if (i > 0 && sorted[i] === sorted[distinct - 1]) continue;
    sorted[distinct++] = sorted[i]!;
  }
  return sorted.subarray(0, distinct);
}

/** Hashes of the pieces that most texts hold, ties by hash; empty where none is repeated enough. */
export function repeatedPieces(texts: readonly SampledText[]): ReadonlySet<number> {
  const textsOf = new Map<number, number>();
  for (const text of texts)
    for (const piece of piecesOf(text)) textsOf.set(piece, (textsOf.get(piece) ?? 0) + 1);
  const least = Math.max(TEXTS_MIN, TEXTS_SHARE_MIN * texts.length);
  const repeated = [...textsOf].filter(([, count]) => count >= least);
  repeated.sort(([a, x], [b, y]) => y - x || a - b);
  return new Set(repeated.slice(0, PIECES_MAX).map(([piece]) => piece));
}

/** Share of the texts that hold any of the pieces, 0..1; NaN for no texts. */
export function shareHolding(texts: readonly SampledText[], pieces: ReadonlySet<number>): number {
  const holding = texts.filter((text) => piecesOf(text).some((piece) => pieces.has(piece)));
  return holding.length / texts.length;
}
