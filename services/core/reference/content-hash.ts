/** 64-bit hash of bytes for versions: not secret, not against an adversary, the same on every machine. */

import { fmix32 } from "../hash.ts";

/** Two 32-bit lanes of MurmurHash3's mixing with different seeds, 16 lower-case hex digits. */
export function contentHash(bytes: Uint8Array): string {
  let a = 0x9747b28c;
  let b = 0x5bd1e995;
  for (let i = 0; i < bytes.length; i += 4) {
    // Short last words are padded with zeros; the length mixed in below tells them apart.
    const word =
      bytes[i]! | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
    a =
      Math.imul(rotate(a ^ Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593), 13), 5) +
      0xe6546b64;
    b =
      Math.imul(rotate(b ^ Math.imul(rotate(Math.imul(word, 0x239b961b), 16), 0xab0e9789), 19), 5) +
      0x561ccd1b;
  }
  a = fmix32(a ^ bytes.length);
  b = fmix32(b ^ bytes.length ^ a);
  a = fmix32(a ^ b);
  return hex(a) + hex(b);
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function hex(x: number): string {
  return (x >>> 0).toString(16).padStart(8, "0");
}
