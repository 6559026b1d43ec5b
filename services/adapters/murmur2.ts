/**
 * Kafka's key hash and the partition it names, as the Java client computes them. All clients must agree, or one lane
 * lands on several partitions. Source: Appleby, MurmurHash2 (public domain); Kafka `Utils.murmur2`, seed 0x9747b28c.
 * Golden: the UTF-8 of "21" gives -973932308.
 */
const MULTIPLIER = 0x5bd1e995;

/** Signed 32-bit hash of the bytes. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let h = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, MULTIPLIER);
    k = Math.imul(k ^ (k >>> 24), MULTIPLIER);
    h = Math.imul(h, MULTIPLIER) ^ k;
  }
  const rest = length & 3;
  if (rest > 2) h ^= bytes[whole + 2]! << 16;
  if (rest > 1) h ^= bytes[whole + 1]! << 8;
  if (rest > 0) h = Math.imul(h ^ bytes[whole]!, MULTIPLIER);
  h = Math.imul(h ^ (h >>> 13), MULTIPLIER);
  return h ^ (h >>> 15);
}

/** Partition of a key: the hash without its sign bit, modulo `partitions` (1 or more). */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
