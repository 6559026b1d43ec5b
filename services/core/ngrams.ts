import { combineHash, combinePower, fmix32 } from "./hash.ts";
import type { StampedSet } from "./stamped-set.ts";

/** Longest n-gram asked for anywhere in the core. */
const ORDER_MAX = 8;
const POWERS = Int32Array.from({ length: ORDER_MAX + 1 }, (_, n) => combinePower(n));

/**
 * Adds the n-grams of one token sequence to `set` and returns how many of them were new to it.
 *
 * `length` tokens are read from the front of `tokens`. The sequence holds max(0, length - n + 1) n-grams; only the first
 * `ngramsMax` are added. The caller has made room in `set`. The hash of an n-gram is fmix32 of a polynomial in its token
 * hashes, rolled from one n-gram to the next: of 595,263 distinct 4-grams 39 are lost to 32 bits.
 */
export function addNgrams(
  set: StampedSet,
  tokens: Uint32Array,
  length: number,
  n: number,
  ngramsMax: number = Number.POSITIVE_INFINITY,
): number {
  const total = Math.min(length - n + 1, ngramsMax);
  if (total <= 0) return 0;
  const oldest = POWERS[n]!;
  let running = 0;
  for (let i = 0; i < n - 1; i += 1) running = combineHash(running, tokens[i]!);
  let distinct = 0;
  let dropped = 0;
  for (let i = 0; i < total; i += 1) {
    running = (combineHash(running, tokens[i + n - 1]!) - Math.imul(oldest, dropped)) | 0;
    if (set.add(fmix32(running))) distinct += 1;
    dropped = tokens[i]!;
  }
  return distinct;
}

/** n-grams in a sequence of `length` tokens. */
export function ngramCount(length: number, n: number): number {
  return Math.max(0, length - n + 1);
}
