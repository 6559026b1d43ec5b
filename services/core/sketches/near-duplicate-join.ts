import { StampedSet } from "../stamped-set.ts";
import { sharedMin } from "./near-duplicate-keys.ts";

/**
 * Candidates verified for one text. Reached only by texts that share keys with many others without being like them: then a
 * neighbour may be missed. Which ones are verified depends on the texts alone, as they are joined in canonical order.
 */
export const NEAR_DUPLICATE_CANDIDATES_MAX = 64;

const NOTHING = -1;

/** Texts to join, in canonical order: text `i` has shingles `pool[starts[i], ends[i])` and keys `pool[ends[i], keyEnds[i])`. */
export interface JoinTexts {
  readonly count: number;
  readonly pool: Uint32Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly keyEnds: Uint32Array;
}

/**
 * Sets `flags[i]` to 1 for each text that has a neighbour, earlier or later, with exact shingle Jaccard >= 4/5; texts already
 * flagged stay so and are candidates like all others. Precision is 1; recall is that of the keys.
 *
 * Each key heads two lists of earlier texts: those without a neighbour yet, and those with one. A text looks at the second
 * only until it has a neighbour itself, and whoever gets one moves over, so a large cluster costs one comparison a text.
 */
export function joinNearDuplicates(texts: JoinTexts, flags: Uint8Array): void {
  let postings = 0;
  for (let i = 0; i < texts.count; i += 1) postings += texts.keyEnds[i]! - texts.ends[i]!;
  let slots = 64;
  while (slots < postings) slots *= 2;
  const lonely = new Int32Array(slots).fill(NOTHING);
  const accompanied = new Int32Array(slots).fill(NOTHING);
  const next = new Int32Array(postings);
  const owner = new Int32Array(postings);
  const keyOf = new Uint32Array(postings);
  const looked = new Int32Array(texts.count).fill(NOTHING);
  const set = new StampedSet();
  const mask = slots - 1;
  let posting = 0;
  let loaded = NOTHING;
  let candidates = 0;

  for (let i = 0; i < texts.count; i += 1) {
    candidates = 0;
    for (let k = texts.ends[i]!; k < texts.keyEnds[i]!; k += 1) {
      const key = texts.pool[k]!;
      if (flags[i] === 0) lookAmongAccompanied(i, key);
      lookAmongLonely(i, key);
    }
    for (let k = texts.ends[i]!; k < texts.keyEnds[i]!; k += 1) {
      const key = texts.pool[k]!;
      const heads = flags[i] === 1 ? accompanied : lonely;
      keyOf[posting] = key;
      owner[posting] = i;
      next[posting] = heads[key & mask]!;
      heads[key & mask] = posting;
      posting += 1;
    }
  }

  function lookAmongAccompanied(i: number, key: number): void {
    for (let p = accompanied[key & mask]!; p !== NOTHING; p = next[p]!) {
      if (candidates >= NEAR_DUPLICATE_CANDIDATES_MAX || flags[i] === 1) return;
      if (keyOf[p] === key) compare(i, owner[p]!);
    }
  }

  function lookAmongLonely(i: number, key: number): void {
    let before = NOTHING;
    let p = lonely[key & mask]!;
    while (p !== NOTHING && candidates < NEAR_DUPLICATE_CANDIDATES_MAX) {
      const after = next[p]!;
      const j = owner[p]!;
      if (keyOf[p] === key && flags[j] === 0) compare(i, j);
      if (flags[j] === 1) {
        // It has a neighbour now, from this look or an earlier one by another key: it moves to the other list.
        if (before === NOTHING) lonely[key & mask] = after;
        else next[before] = after;
        next[p] = accompanied[key & mask]!;
        accompanied[key & mask] = p;
      } else {
        before = p;
      }
      p = after;
    }
  }

  /** Compares text i with an earlier one, once, and flags both where they are similar. */
  function compare(i: number, j: number): void {
    if (looked[j] === i) return;
    looked[j] = i;
    candidates += 1;
    if (isSimilar(i, j)) {
      flags[i] = 1;
      flags[j] = 1;
    }
  }

  function isSimilar(i: number, j: number): boolean {
    const sizeI = texts.ends[i]! - texts.starts[i]!;
    const sizeJ = texts.ends[j]! - texts.starts[j]!;
    const wanted = sharedMin(sizeI, sizeJ);
    if (wanted > sizeI || wanted > sizeJ) return false;
    if (loaded !== i) {
      set.reset(sizeI);
      for (let s = texts.starts[i]!; s < texts.ends[i]!; s += 1) set.add(texts.pool[s]!);
      loaded = i;
    }
    let missesLeft = sizeJ - wanted;
    for (let s = texts.starts[j]!; s < texts.ends[j]!; s += 1) {
      if (!set.has(texts.pool[s]!)) {
        missesLeft -= 1;
        if (missesLeft < 0) return false;
      }
    }
    return true;
  }
}
