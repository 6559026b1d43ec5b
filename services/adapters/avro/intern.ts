/**
 * Turns the bytes of low-cardinality names into one shared string each, without making a string on a hit.
 *
 * Bound: `INTERNED_MAX` names of at most `INTERNED_BYTES_MAX` bytes. When full, everything is forgotten and learned
 * anew: a stream of ever new names costs a string each, as without the cache, and no memory.
 */

export const INTERNED_MAX = 8_192;
export const INTERNED_BYTES_MAX = 512;
const SLOTS = 2 * INTERNED_MAX;

export interface InternCache {
  /**
   * The string made from `bytes[start, end)` by `make`; the same bytes give the same string until the cache is
   * forgotten. `make` must depend on those bytes only. Longer stretches than the bound are made each time.
   */
  get(bytes: Buffer, start: number, end: number): string;
}

/** One cache for one way of making strings; caches of different makers must not be mixed. */
export function createInternCache(make: (bytes: Buffer, start: number, end: number) => string): InternCache {
  const hashes = new Uint32Array(SLOTS);
  const keys: (Buffer | undefined)[] = new Array<Buffer | undefined>(SLOTS).fill(undefined);
  const values: string[] = new Array<string>(SLOTS).fill("");
  let held = 0;

  return {
    get(bytes, start, end) {
      const length = end - start;
      if (length > INTERNED_BYTES_MAX) return make(bytes, start, end);
      // FNV-1a, finished by a multiply so that the low bits depend on all bytes.
      let hash = 0x811c9dc5 ^ length;
      for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
      let slot = hash & (SLOTS - 1);
      for (;;) {
        const key = keys[slot];
        if (key === undefined) break;
        if (hashes[slot] === hash && key.length === length && sameBytes(key, bytes, start))
          return values[slot]!;
        slot = (slot + 1) & (SLOTS - 1);
      }
      const value = make(bytes, start, end);
      if (held === INTERNED_MAX) {
        keys.fill(undefined);
        values.fill("");
        held = 0;
        slot = hash & (SLOTS - 1);
      }
      hashes[slot] = hash;
      // A copy: the record's own buffer must not be kept alive by a name.
      keys[slot] = Buffer.from(bytes.subarray(start, end));
      values[slot] = value;
      held += 1;
      return value;
    },
  };
}

function sameBytes(key: Buffer, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < key.length; i += 1) if (key[i] !== bytes[start + i]) return false;
  return true;
}
