/**
 * The hashes of the core. All are deterministic across machines and versions: they name rows, samples and references.
 * 32 bits serve sketches and n-gram tables; where a collision decides something, use the 64-bit ones.
 */
import { encodeUtf8Into } from "./utf8.ts";

export const FNV_OFFSET = 0x811c9dc5;
export const FNV_PRIME = 0x01000193;

/** Multiplier of n-gram combinations: odd, so no information is lost modulo 2^32. */
const COMBINE = 0x9e3779b1;

/**
 * The finaliser of MurmurHash3: a bijection of 32-bit integers that spreads every input bit.
 * Source: Appleby, MurmurHash3 (public domain). Golden: fmix32(0x43128e3c) = 0x5470ba52.
 */
export function fmix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Appends one 32-bit hash to a running combination; order matters. The result is a signed 32-bit integer: pass it through
 * `fmix32` before it is stored or compared.
 */
export function combineHash(running: number, next: number): number {
  return (Math.imul(running, COMBINE) + next) | 0;
}

/** `COMBINE^n` modulo 2^32: what the oldest element weighs once n more have been combined. Rolls a window of n. */
export function combinePower(n: number): number {
  let power = 1;
  for (let i = 0; i < n; i += 1) power = Math.imul(power, COMBINE);
  return power;
}

/** Room for the UTF-8 of ids and words; a longer text gets an array of its own. */
const scratch = new Uint8Array(3 * 1_024);

/** The UTF-8 of `text` in an array that is valid until the next call, and its length. */
function utf8Of(text: string): { bytes: Uint8Array; length: number } {
  const bytes = text.length * 3 <= scratch.length ? scratch : new Uint8Array(text.length * 3);
  return { bytes, length: encodeUtf8Into(text, bytes, 0) };
}

/** FNV-1a/32 over the text's UTF-8, unsigned. Golden: "the cat sat" gives 0x43128e3c. */
export function fnv1a32(text: string): number {
  const { bytes, length } = utf8Of(text);
  let h = FNV_OFFSET;
  for (let i = 0; i < length; i += 1) h = Math.imul(h ^ bytes[i]!, FNV_PRIME);
  return h >>> 0;
}

/** The hash of one token wherever tokens are compared: fmix32 of FNV-1a/32. Golden: "the cat sat" gives 0x5470ba52. */
export function tokenHash(token: string): number {
  return fmix32(fnv1a32(token));
}

const HASH64_A = 0x5eed1001;
const HASH64_B = 0x0c0ffee5;

/** 64 bits as two unsigned halves; JavaScript numbers hold 53. */
export interface Hash64 {
  readonly hi: number;
  readonly lo: number;
}

/**
 * 64-bit hash of a text's UTF-8: two multiplicative lanes with different multipliers, crossed and finalised.
 * Not cryptographic: whoever chooses the text can make collisions.
 */
export function hash64(text: string): Hash64 {
  const { bytes, length } = utf8Of(text);
  let a = HASH64_A;
  let b = HASH64_B;
  for (let i = 0; i < length; i += 1) {
    a = Math.imul(a ^ bytes[i]!, 0x9e3779b1);
    b = Math.imul(b ^ bytes[i]!, 0x5f356495);
    b ^= b >>> 15;
  }
  const hi = fmix32(a ^ (b >>> 7) ^ (b << 25));
  const lo = fmix32(b ^ (a >>> 9) ^ (a << 23));
  return { hi, lo };
}

/**
 * The rank of a record in every bottom-k sample: 53 bits of `hash64` as an exact integer, 0 <= rank < 2^53.
 * Independent of time, partition and order, so that samples merge and replays agree.
 */
export function rankOfId(id: string): number {
  let a = HASH64_A;
  let b = HASH64_B;
  for (let i = 0; i < id.length; i += 1) {
    const unit = id.charCodeAt(i);
    // Beyond ASCII the bytes are the UTF-8's.
    if (unit >= 0x80) return rankOf(hash64(id));
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    b ^= b >>> 15;
  }
  const hi = fmix32(a ^ (b >>> 7) ^ (b << 25));
  const lo = fmix32(b ^ (a >>> 9) ^ (a << 23));
  return (hi >>> 11) * 0x1_0000_0000 + lo;
}

function rankOf({ hi, lo }: Hash64): number {
  return (hi >>> 11) * 0x1_0000_0000 + lo;
}
