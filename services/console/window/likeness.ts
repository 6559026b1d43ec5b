/** What texts of a window have in common: repeated skeletons, nearest pairs. */
import { jaccard } from "../../core/nearest-texts.ts";
import type { Mark, RepeatedSkeleton } from "../answers/samples-answer.ts";
import { joinMarks, type ReadToken, readSkeleton, readTokens, runsOf } from "./read-tokens.ts";

const SKELETON_ELEMENTS = 6;
const SHINGLE_TOKENS = 3;
const SKELETONS_MAX = 8;
const PAIRS_MAX = 6;
/** A skeleton in fewer texts repeats by chance. */
const SKELETON_TEXTS_MIN = 3;
/** Of the texts that have a shingle, so many count as each other's candidates: where all are one template, any of them will do. */
const SHINGLE_TEXTS_MAX = 40;
/** Pairs with most shingles in common as far as those were counted; the nearest are found among them by all. */
const CANDIDATES_MAX = 200;
/** Of one text among them: the first texts must not be everybody's only neighbours. */
const CANDIDATES_OF_ONE_MAX = 8;
/** Nothing but gaps, numbers and signs is in every text. */
const TELLING = /\p{L}/u;

export interface ReadText {
  readonly id: string;
  readonly tokens: readonly ReadToken[];
  readonly skeletons: readonly { readonly key: string; readonly from: number; readonly to: number }[];
}

export function readText(id: string, text: string): ReadText {
  const tokens = readTokens(text);
  return { id, tokens, skeletons: runsOf(readSkeleton(tokens), SKELETON_ELEMENTS) };
}

/**
 * Skeletons of six elements that most texts share. One that is another moved by an element (five in common) is the same template
 * and is left out.
 */
export function repeatedSkeletons(texts: readonly ReadText[]): readonly RepeatedSkeleton[] {
  const counts = new Map<string, number>();
  for (const { skeletons } of texts) {
    for (const key of new Set(skeletons.map((run) => run.key))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const found: RepeatedSkeleton[] = [];
  const ranked = [...counts].filter(
    ([key, count]) => count >= SKELETON_TEXTS_MIN && TELLING.test(key.replaceAll("<N>", "")),
  );
  ranked.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  for (const [skeleton, count] of ranked) {
    if (found.length === SKELETONS_MAX) break;
    if (!found.some((other) => overlaps(other.skeleton, skeleton))) found.push({ skeleton, texts: count });
  }
  return found;
}

function overlaps(a: string, b: string): boolean {
  const left = a.split(" ");
  const right = b.split(" ");
  for (let shift = 1; shift <= 2; shift += 1) {
    if (left.slice(shift).join(" ") === right.slice(0, -shift).join(" ")) return true;
    if (right.slice(shift).join(" ") === left.slice(0, -shift).join(" ")) return true;
  }
  return false;
}

/** Where a text has the given skeletons. */
export function skeletonMarks(text: ReadText, skeletons: readonly RepeatedSkeleton[]): readonly Mark[] {
  const wanted = new Set(skeletons.map(({ skeleton }) => skeleton));
  return joinMarks(text.skeletons.filter(({ key }) => wanted.has(key)));
}

export interface Pair {
  readonly left: ReadText;
  readonly right: ReadText;
  readonly similarity: number;
}

/**
 * The nearest pairs by Jaccard similarity of 3-token shingles, each text in one pair at most. The first texts of each shingle are
 * candidates for each other, which bounds the cost for as many texts as the caller gives.
 */
export function nearestPairs(texts: readonly ReadText[]): readonly Pair[] {
  const sets = texts.map(({ tokens }) => new Set(runsOf(tokens, SHINGLE_TOKENS).map(({ key }) => key)));
  const holders = new Map<string, number[]>();
  sets.forEach((set, i) => {
    for (const key of set) {
      const own = holders.get(key);
      if (own === undefined) holders.set(key, [i]);
      else if (own.length < SHINGLE_TEXTS_MAX) own.push(i);
    }
  });
  const common = new Map<number, number>();
  for (const own of holders.values()) {
    for (let a = 0; a < own.length; a += 1) {
      for (let b = a + 1; b < own.length; b += 1) {
        const key = own[a]! * texts.length + own[b]!;
        common.set(key, (common.get(key) ?? 0) + 1);
      }
    }
  }
  const ranked = candidatesOf(common, texts.length).map(([left, right]) => ({
    left,
    right,
    similarity: jaccard(sets[left]!, sets[right]!),
  }));
  ranked.sort((a, b) => b.similarity - a.similarity || a.left - b.left || a.right - b.right);
  const taken = new Set<number>();
  const pairs: Pair[] = [];
  for (const { left, right, similarity } of ranked) {
    if (pairs.length === PAIRS_MAX) break;
    if (taken.has(left) || taken.has(right)) continue;
    taken.add(left).add(right);
    pairs.push({ left: texts[left]!, right: texts[right]!, similarity });
  }
  return pairs;
}

/** Pairs by place, from shared shingles by `left × count + right`. */
function candidatesOf(common: ReadonlyMap<number, number>, count: number): [number, number][] {
  const uses = new Array<number>(count).fill(0);
  const found: [number, number][] = [];
  for (const [key] of [...common].sort(([a, m], [b, n]) => n - m || a - b)) {
    if (found.length === CANDIDATES_MAX) break;
    const left = Math.floor(key / count);
    const right = key % count;
    if (uses[left]! >= CANDIDATES_OF_ONE_MAX || uses[right]! >= CANDIDATES_OF_ONE_MAX) continue;
    uses[left]! += 1;
    uses[right]! += 1;
    found.push([left, right]);
  }
  return found;
}

/** What a text has of another's shingles. */
export function commonMarks(text: ReadText, other: ReadText): readonly Mark[] {
  const theirs = new Set(runsOf(other.tokens, SHINGLE_TOKENS).map(({ key }) => key));
  return joinMarks(runsOf(text.tokens, SHINGLE_TOKENS).filter(({ key }) => theirs.has(key)));
}
