/**
 * The lab's buckets: topic words of real text. Rare words (5 to 15 times in half A) are the tail, grouped so that a bucket
 * has enough traffic to be judged; two dozen bursty words of middling frequency are topics by name.
 */
import type { RealPiece, Tokens, Vocabulary } from "./pools.ts";

/** Named topics; with the tail groups, `general` and `scarce` the lab writes at most 30 buckets. */
const TOPICS_MAX = 24;
const TAIL_GROUPS = 4;
/** Occurrences in half A, inclusive (lab.md). */
const TAIL_COUNT_MIN = 5;
const TAIL_COUNT_MAX = 15;
/** A topic word's share of all words of A: neither grammar nor tail. */
const TOPIC_SHARE_MIN = 0.0002;
const TOPIC_SHARE_MAX = 0.001;
/**
 * Pieces that hold the word, expected if its occurrences fell at random, over the real number: words that carry a topic
 * come in bursts. Source: Church and Gale 1995, "Poisson mixtures".
 */
const BURST_MIN = 1.25;
/** A piece is about a tail word when it uses it so often. */
const TAIL_USES_MIN = 3;

export const TAIL_PREFIX = "tail:";
export const GENERAL_BUCKET = "general";
/** Words seen fewer than five times in A, or never: too rare even to be called a tail. */
export const SCARCE_BUCKET = "scarce";

/** Whether a bucket name is one of the lab's tail groups. */
export function isTailBucket(bucket: string): boolean {
  return bucket.startsWith(TAIL_PREFIX);
}

/** Assigns buckets to words and pieces; built from half A, so equal for all lanes and generations of a run. */
export class TopicWords {
  /** All bucket names in use, sorted. */
  readonly buckets: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly #counts: Int32Array;
  /** Bucket by word id. */
  readonly #bucketOf: readonly string[];

  constructor(vocabulary: Vocabulary, referenceA: readonly RealPiece[]) {
    const size = vocabulary.words.length;
    const counts = new Int32Array(size);
    const pieces = new Int32Array(size);
    let total = 0;
    for (const { tokens } of referenceA) {
      total += tokens.length;
      for (const word of tokens) counts[word]! += 1;
      for (const word of new Set(tokens)) pieces[word]! += 1;
    }
    this.vocabulary = vocabulary;
    this.#counts = counts;
    const topics = new Set(topicsOf(vocabulary, counts, pieces, referenceA.length, total));
    const tail = tailGroups(vocabulary, counts);
    this.#bucketOf = vocabulary.words.map((spelling, word) => {
      if (topics.has(word)) return spelling;
      if (counts[word]! < TAIL_COUNT_MIN) return SCARCE_BUCKET;
      return tail.get(word) ?? GENERAL_BUCKET;
    });
    this.buckets = [...new Set(this.#bucketOf)].sort();
  }

  ofWord(word: number): string {
    return this.#bucketOf[word] ?? SCARCE_BUCKET;
  }

  isTailWord(word: number): boolean {
    return isTailBucket(this.ofWord(word));
  }

  /** A tail group where a tail word comes three times; else the named topic used most; else `general`. */
  ofPiece(tokens: Tokens): string {
    const uses = new Map<number, number>();
    for (const word of tokens) uses.set(word, (uses.get(word) ?? 0) + 1);
    let tail = -1;
    let topic = -1;
    for (const [word, count] of uses) {
      const bucket = this.ofWord(word);
      if (isTailBucket(bucket)) {
        if (count >= TAIL_USES_MIN && this.#prefers(word, tail, uses)) tail = word;
      } else if (bucket !== GENERAL_BUCKET && bucket !== SCARCE_BUCKET) {
        if (this.#prefers(word, topic, uses)) topic = word;
      }
    }
    if (tail >= 0) return this.ofWord(tail);
    return topic >= 0 ? this.vocabulary.words[topic]! : GENERAL_BUCKET;
  }

  /** More uses in the piece, then rarer in A, then earlier by id. */
  #prefers(word: number, other: number, uses: ReadonlyMap<number, number>): boolean {
    if (other < 0) return true;
    const more = uses.get(word)! - uses.get(other)!;
    if (more !== 0) return more > 0;
    const rarer = this.#counts[other]! - this.#counts[word]!;
    return rarer === 0 ? word < other : rarer > 0;
  }
}

function topicsOf(
  vocabulary: Vocabulary,
  counts: Int32Array,
  pieces: Int32Array,
  pieceCount: number,
  total: number,
): number[] {
  const candidates: number[] = [];
  for (let word = 1; word < counts.length; word += 1) {
    const count = counts[word]!;
    if (count < total * TOPIC_SHARE_MIN || count > total * TOPIC_SHARE_MAX || count <= TAIL_COUNT_MAX)
      continue;
    if (!/^\p{L}{4,}$/u.test(vocabulary.words[word]!)) continue;
    const expected = pieceCount * (1 - Math.exp(-count / pieceCount));
    if (expected / pieces[word]! >= BURST_MIN) candidates.push(word);
  }
  return candidates.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, TOPICS_MAX);
}

/** Tail words by spelling, cut into groups of about equal occurrences, each named by its first letters. */
function tailGroups(vocabulary: Vocabulary, counts: Int32Array): Map<number, string> {
  const tail: number[] = [];
  let occurrences = 0;
  for (let word = 1; word < counts.length; word += 1) {
    const count = counts[word]!;
    if (count < TAIL_COUNT_MIN || count > TAIL_COUNT_MAX || !/^\p{L}/u.test(vocabulary.words[word]!))
      continue;
    tail.push(word);
    occurrences += count;
  }
  const spelling = (word: number): string => vocabulary.words[word]!;
  tail.sort((a, b) => (spelling(a) < spelling(b) ? -1 : 1));
  const groups: number[][] = [];
  let seen = 0;
  let letter = "";
  for (const word of tail) {
    const first = firstLetter(spelling(word));
    const group = Math.min(TAIL_GROUPS - 1, Math.floor((seen * TAIL_GROUPS) / occurrences));
    // A letter is not split over two groups, so that names do not overlap.
    if (groups.length === 0 || (first !== letter && group >= groups.length)) groups.push([]);
    groups.at(-1)!.push(word);
    letter = first;
    seen += counts[word]!;
  }
  const names = new Map<number, string>();
  for (const group of groups) {
    const name = `${TAIL_PREFIX}${firstLetter(spelling(group[0]!))}-${firstLetter(spelling(group.at(-1)!))}`;
    for (const word of group) names.set(word, name);
  }
  return names;
}

function firstLetter(word: string): string {
  return String.fromCodePoint(word.codePointAt(0)!);
}
