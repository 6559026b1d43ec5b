/**
 * Turns the bytes of low-cardinality names into one shared string each, without making a string on a hit.
 *
 * Bound: `INTERNED_MAX` names of at most `NAME_BYTES_MAX` bytes. When full, everything is forgotten and learned anew:
 * a stream of ever new names costs a string each, as without the cache, and no memory.
 */
import { OTHER } from "../../core/policy.ts";

export const INTERNED_MAX = 8_192;
/** Names of more bytes (id and version together) read as `__other__`; any lane name of allowed length has fewer. */
export const NAME_BYTES_MAX = 384;
const SLOTS = 2 * INTERNED_MAX;
const UNDERSCORE = 0x5f;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

export interface InternCache {
  /**
   * The name in `bytes[start, end)`, or `id@version` where `[versionStart, versionEnd)` is not empty. Names that are
   * too long, those with control characters, and those starting with two underscores, which are not for producers, are
   * `__other__`.
   */
  name(bytes: Buffer, start: number, end: number, versionStart: number, versionEnd: number): string;
  /** Names held now, at most `INTERNED_MAX`. */
  size(): number;
}

export function createInternCache(): InternCache {
  const hashes = new Uint32Array(SLOTS);
  /** Bytes of id and version, one after the other; where the first ends is beside it. */
  const keys: (Buffer | undefined)[] = new Array<Buffer | undefined>(SLOTS).fill(undefined);
  const splits = new Uint16Array(SLOTS);
  const values: string[] = new Array<string>(SLOTS).fill("");
  let held = 0;

  return {
    size: () => held,
    name(bytes, start, end, versionStart, versionEnd) {
      const first = end - start;
      const length = first + (versionEnd - versionStart);
      if (length > NAME_BYTES_MAX) return OTHER;
      if (first >= 2 && bytes[start] === UNDERSCORE && bytes[start + 1] === UNDERSCORE) return OTHER;
      // FNV-1a, with the split in it, finished so that the low bits depend on every byte.
      let hash = 0x811c9dc5 ^ first;
      for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      for (let i = versionStart; i < versionEnd; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
      let slot = hash & (SLOTS - 1);
      for (;;) {
        const key = keys[slot];
        if (key === undefined) break;
        if (
          hashes[slot] === hash &&
          key.length === length &&
          splits[slot] === first &&
          sameBytes(key, 0, bytes, start, first) &&
          sameBytes(key, first, bytes, versionStart, length - first)
        ) {
          return values[slot]!;
        }
        slot = (slot + 1) & (SLOTS - 1);
      }
      if (held === INTERNED_MAX) {
        keys.fill(undefined);
        values.fill("");
        held = 0;
        slot = hash & (SLOTS - 1);
      }
      const id = bytes.toString("utf8", start, end);
      const name = length === first ? id : `${id}@${bytes.toString("utf8", versionStart, versionEnd)}`;
      // Control characters separate names inside keys: a name that has one could pass for several.
      const value = CONTROL.test(name) ? OTHER : name;
      hashes[slot] = hash;
      splits[slot] = first;
      // A copy: the record's own buffer must not be kept alive by a name.
      keys[slot] = Buffer.concat([bytes.subarray(start, end), bytes.subarray(versionStart, versionEnd)]);
      values[slot] = value;
      held += 1;
      return value;
    },
  };
}

function sameBytes(key: Buffer, keyStart: number, bytes: Buffer, start: number, length: number): boolean {
  for (let i = 0; i < length; i += 1) if (key[keyStart + i] !== bytes[start + i]) return false;
  return true;
}
