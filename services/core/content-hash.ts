import { combineHash, fmix32 } from "./hash.ts";

/** 64 bits as two unsigned halves. */
export interface ContentHash {
  contentHi: number;
  contentLo: number;
}

/**
 * Hashes the first `count` token hashes into `into`: equal texts, whatever case and spacing. Built from 32-bit token hashes: two
 * texts that differ in one word only are taken for equal once in 2^32.
 */
export function hashContent(tokens: Uint32Array, count: number, into: ContentHash): void {
  let hi = 0x243f6a88;
  let lo = 0x85a308d3 | 0;
  for (let i = 0; i < count; i += 1) {
    const token = tokens[i]!;
    hi = combineHash(hi ^ (hi >>> 15), token);
    lo = Math.imul(lo ^ token, 0x5f356495);
    lo ^= lo >>> 13;
  }
  into.contentHi = fmix32(hi ^ count);
  into.contentLo = fmix32(lo ^ (hi << 7));
}
