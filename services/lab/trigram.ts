/**
 * A trigram language model by maximum likelihood: P(w | u v) = c(u v w) / c(u v), sharpened on request to
 * P ^ (1/T) / Z. It stands for the generator whose output trains its successor; lab.md gives the measured shape.
 */
import type { Random } from "../core/random.ts";
import { END, PIECE_TOKENS_MAX, type Tokens } from "./pools.ts";

/** Contexts in ascending order of (u, v) with their continuations in ascending order of word. */
export class TrigramModel {
  readonly #vocabularySize: number;
  /** Context key `u * V + v`, ascending. */
  readonly #contexts: Float64Array;
  /** First continuation of each context; one more entry closes the last. */
  readonly #starts: Int32Array;
  readonly #nextWords: Int32Array;
  readonly #nextCounts: Int32Array;
  /** First context of each u: narrows the search. */
  readonly #contextsOf: Int32Array;
  /** The same for P(w | v), for backing off. */
  readonly #pairStarts: Int32Array;
  readonly #pairWords: Int32Array;
  readonly #pairCounts: Int32Array;
  /** The five commonest words of all, most frequent first. */
  readonly #common: readonly number[];

  /**
   * Fits the model on pieces of word ids below `vocabularySize`; pieces are only read. An empty list or empty pieces
   * make a model that writes empty pieces. About 0.15 s for 290,000 tokens.
   */
  constructor(pieces: readonly Tokens[], vocabularySize: number) {
    const v = vocabularySize;
    this.#vocabularySize = v;
    let total = 0;
    for (const piece of pieces) total += piece.length + 1;
    // Sorted keys put equal trigrams side by side: runs are counts. V^3 < 2^53, so keys are exact.
    const keys = new Float64Array(total);
    const pairKeys = new Float64Array(total);
    const unigrams = new Int32Array(v);
    let at = 0;
    for (const piece of pieces) {
      let before = END;
      let last = END;
      for (let i = 0; i <= piece.length; i += 1) {
        const word = i < piece.length ? piece[i]! : END;
        keys[at] = (before * v + last) * v + word;
        pairKeys[at] = last * v + word;
        at += 1;
        if (word !== END) unigrams[word]! += 1;
        before = last;
        last = word;
      }
    }
    const trigrams = countRuns(keys.sort(), v);
    this.#nextWords = trigrams.words;
    this.#nextCounts = trigrams.counts;
    this.#contexts = trigrams.contexts;
    this.#starts = trigrams.starts;
    this.#contextsOf = firstOfEach(trigrams.contexts, v, v);
    const pairs = countRuns(pairKeys.sort(), v);
    this.#pairWords = pairs.words;
    this.#pairCounts = pairs.counts;
    this.#pairStarts = expandStarts(pairs.contexts, pairs.starts, v);
    const common: number[] = [];
    addMostFrequent(
      common,
      TOP_WORDS,
      v - 1,
      (i) => i + 1,
      (i) => unigrams[i + 1]!,
    );
    this.#common = common;
  }

  /** Number of different contexts (u v) seen. */
  get contextCount(): number {
    return this.#contexts.length;
  }

  /** How often the context was seen; 0 for a new one. */
  contextTotal(before: number, last: number): number {
    const context = this.#find(before, last);
    if (context < 0) return 0;
    let total = 0;
    for (let i = this.#starts[context]!; i < this.#starts[context + 1]!; i += 1)
      total += this.#nextCounts[i]!;
    return total;
  }

  /** c(u v w); 0 for a trigram never seen. `END` as w counts ends of pieces. */
  count(before: number, last: number, word: number): number {
    const context = this.#find(before, last);
    if (context < 0) return 0;
    for (let i = this.#starts[context]!; i < this.#starts[context + 1]!; i += 1) {
      if (this.#nextWords[i] === word) return this.#nextCounts[i]!;
    }
    return 0;
  }

  /**
   * The five likeliest next words after (u v), likeliest first, ties by lower id: by trigram, then words by bigram, then by
   * frequency, until there are five. Never `END`: a completion is asked for.
   */
  predict(before: number, last: number): number[] {
    const answers: number[] = [];
    const context = this.#find(before, last);
    if (context >= 0) {
      const from = this.#starts[context]!;
      const to = this.#starts[context + 1]!;
      addMostFrequent(
        answers,
        TOP_WORDS,
        to - from,
        (i) => this.#nextWords[from + i]!,
        (i) => this.#nextCounts[from + i]!,
      );
    }
    if (answers.length < TOP_WORDS) {
      const from = this.#pairStarts[last]!;
      const to = this.#pairStarts[last + 1]!;
      addMostFrequent(
        answers,
        TOP_WORDS,
        to - from,
        (i) => this.#pairWords[from + i]!,
        (i) => this.#pairCounts[from + i]!,
      );
    }
    for (const word of this.#common) {
      if (answers.length === TOP_WORDS) break;
      if (!answers.includes(word)) answers.push(word);
    }
    return answers;
  }

  /** The `top` commonest continuations of (u v) that were seen at least `countMin` times; no backing off, never `END`. */
  commonest(before: number, last: number, top: number, countMin: number): number[] {
    const context = this.#find(before, last);
    const answers: number[] = [];
    if (context < 0) return answers;
    const from = this.#starts[context]!;
    const to = this.#starts[context + 1]!;
    const countOf = (i: number): number => {
      const count = this.#nextCounts[from + i]!;
      return count >= countMin ? count : 0;
    };
    addMostFrequent(answers, top, to - from, (i) => this.#nextWords[from + i]!, countOf);
    return answers;
  }

  /**
   * Writes pieces at temperature T > 0 (1 is the model itself, below 1 sharper). Each ends where the model ends it, or at
   * `PIECE_TOKENS_MAX`. Deterministic in `random`. About 0.2 s for 290,000 tokens.
   */
  sample(count: number, temperature: number, random: Random): Tokens[] {
    const cumulative = this.#cumulativeWeights(temperature);
    const buffer = new Int32Array(PIECE_TOKENS_MAX);
    const pieces: Tokens[] = [];
    for (let n = 0; n < count; n += 1) {
      let length = 0;
      let before = END;
      let last = END;
      while (length < PIECE_TOKENS_MAX) {
        const context = this.#find(before, last);
        if (context < 0) break;
        const word = this.#draw(context, cumulative, random);
        if (word === END) break;
        buffer[length++] = word;
        before = last;
        last = word;
      }
      pieces.push(buffer.slice(0, length));
    }
    return pieces;
  }

  /** Running sums of count^(1/T) inside each context. */
  #cumulativeWeights(temperature: number): Float64Array {
    const exponent = 1 / temperature;
    const counts = this.#nextCounts;
    const cumulative = new Float64Array(counts.length);
    for (let context = 0; context < this.#contexts.length; context += 1) {
      let sum = 0;
      for (let i = this.#starts[context]!; i < this.#starts[context + 1]!; i += 1) {
        const count = counts[i]!;
        sum += count === 1 || exponent === 1 ? count : count ** exponent;
        cumulative[i] = sum;
      }
    }
    return cumulative;
  }

  #draw(context: number, cumulative: Float64Array, random: Random): number {
    let low = this.#starts[context]!;
    let high = this.#starts[context + 1]! - 1;
    const target = random.nextFloat() * cumulative[high]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return this.#nextWords[low]!;
  }

  /** Index of the context, or -1. */
  #find(before: number, last: number): number {
    const key = before * this.#vocabularySize + last;
    let low = this.#contextsOf[before]!;
    let high = this.#contextsOf[before + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#contexts[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return this.#contexts[low] === key ? low : -1;
  }
}

/** Answers an online or offline question is given: success is to be among them. */
export const TOP_WORDS = 5;

interface Runs {
  readonly contexts: Float64Array;
  readonly starts: Int32Array;
  readonly words: Int32Array;
  readonly counts: Int32Array;
}

/** Splits sorted keys `context * V + word` into contexts, words and counts. */
function countRuns(sorted: Float64Array, v: number): Runs {
  let runs = 0;
  for (let i = 0; i < sorted.length; i += 1) if (i === 0 || sorted[i] !== sorted[i - 1]) runs += 1;
  const words = new Int32Array(runs);
  const counts = new Int32Array(runs);
  const contexts = new Float64Array(runs);
  const starts = new Int32Array(runs + 1);
  let run = -1;
  let context = -1;
  let contextKey = -1;
  for (let i = 0; i < sorted.length; i += 1) {
    const key = sorted[i]!;
    if (i > 0 && key === sorted[i - 1]) {
      counts[run]! += 1;
      continue;
    }
    run += 1;
    const owner = Math.floor(key / v);
    words[run] = key - owner * v;
    counts[run] = 1;
    if (owner !== contextKey) {
      context += 1;
      contextKey = owner;
      contexts[context] = owner;
      starts[context] = run;
    }
  }
  starts[context + 1] = runs;
  return { contexts: contexts.slice(0, context + 1), starts: starts.slice(0, context + 2), words, counts };
}

/** For ascending keys: the first index whose `floor(key / divisor)` is at least u, for u = 0..size. */
function firstOfEach(keys: Float64Array, divisor: number, size: number): Int32Array {
  const first = new Int32Array(size + 1);
  let at = 0;
  for (let u = 0; u <= size; u += 1) {
    while (at < keys.length && keys[at]! < u * divisor) at += 1;
    first[u] = at;
  }
  return first;
}

/** Starts for every possible context 0..size, empty ones included. */
function expandStarts(contexts: Float64Array, starts: Int32Array, size: number): Int32Array {
  const expanded = new Int32Array(size + 1);
  const end = starts[contexts.length] ?? 0;
  let at = 0;
  for (let u = 0; u <= size; u += 1) {
    while (at < contexts.length && contexts[at]! < u) at += 1;
    expanded[u] = at < contexts.length ? starts[at]! : end;
  }
  return expanded;
}

/** Appends the words of highest positive count until `into` holds `top`, ties by lower word, none twice, never `END`. */
function addMostFrequent(
  into: number[],
  top: number,
  size: number,
  wordOf: (i: number) => number,
  countOf: (i: number) => number,
): void {
  while (into.length < top) {
    let best = -1;
    let bestCount = 0;
    for (let i = 0; i < size; i += 1) {
      const count = countOf(i);
      // Continuations ascend by word, so the first of equal counts is the lower word.
      if (count > bestCount && wordOf(i) !== END && !into.includes(wordOf(i))) {
        best = i;
        bestCount = count;
      }
    }
    if (best < 0) return;
    into.push(wordOf(best));
  }
}
