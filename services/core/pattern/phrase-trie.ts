/** Phrases found in the token hashes of a text: bounded work a token, however many phrases there are. No expressions, nothing that backtracks. */
import { combineHash, tokenHash } from "../hash.ts";
import { visitReferenceTokens } from "../tokenise-reference.ts";

/** A longer phrase is refused: a text is followed this far from each of its tokens at most. */
export const PHRASE_TOKENS_MAX = 32;

/** Powers of two. One byte says whether any phrase is a single token of these low bits, … */
const SINGLES = 8_192;
/** … or begins with such a pair of tokens: phrases begin with common words, pairs of them are rare. */
const PAIRS = 32_768;
const NONE: readonly number[] = [];

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  /** Of the phrases that end here. */
  readonly ids: number[];
}

/** Hashes of a phrase's tokens (normaliser N1), in order; empty where it has none. */
export function phraseTokens(phrase: string): number[] {
  const hashes: number[] = [];
  visitReferenceTokens(phrase, (token) => {
    hashes.push(tokenHash(token));
    return true;
  });
  return hashes;
}

/**
 * Phrases by their tokens, each with a number that several may share. Nearly every token of a text is passed over by a look
 * into two small tables; from the others the text is followed down the trie while some phrase goes on like it.
 */
export class PhraseTrie {
  readonly #singles = new Uint8Array(SINGLES);
  readonly #pairs = new Uint8Array(PAIRS);
  readonly #root: TrieNode = newNode();
  readonly #found: number[] = [];

  /** Case, spacing and kind of apostrophe do not matter. Throws RangeError for a phrase of no tokens, or too many. */
  add(phrase: string, id: number): void {
    // The typographic apostrophe is a token of its own; the other one is part of a word.
    const spellings = [phrase.replaceAll("\u2019", "'"), phrase.replaceAll("'", "\u2019")];
    for (const spelling of new Set(spellings)) this.#addTokens(spelling, id);
  }

  /** False nearly everywhere that no phrase begins in the first `length` tokens. */
  mayBegin(tokens: Uint32Array, i: number, length: number): boolean {
    const first = tokens[i]!;
    if (this.#singles[first & (SINGLES - 1)] !== 0) return true;
    return i + 1 < length && this.#pairs[pairSlot(first, tokens[i + 1]!)] !== 0;
  }

  /** Numbers of the phrases that begin at token `i` of the first `length`; valid until the next call. */
  at(tokens: Uint32Array, i: number, length: number): readonly number[] {
    let node = this.#root.next.get(tokens[i]!);
    if (node === undefined) return NONE;
    const found = this.#found;
    found.length = 0;
    for (let at = i + 1; ; at += 1) {
      for (const id of node.ids) found.push(id);
      if (at >= length || node.next.size === 0) return found;
      node = node.next.get(tokens[at]!);
      if (node === undefined) return found;
    }
  }

  #addTokens(phrase: string, id: number): void {
    const hashes = phraseTokens(phrase);
    if (hashes.length === 0 || hashes.length > PHRASE_TOKENS_MAX) {
      throw new RangeError(
        `a phrase of ${hashes.length} tokens, 1 to ${PHRASE_TOKENS_MAX} are allowed: "${phrase}"`,
      );
    }
    let node = this.#root;
    for (const hash of hashes) {
      let next = node.next.get(hash);
      if (next === undefined) {
        next = newNode();
        node.next.set(hash, next);
      }
      node = next;
    }
    if (!node.ids.includes(id)) node.ids.push(id);
    const [first, second] = hashes;
    if (second === undefined) this.#singles[first! & (SINGLES - 1)] = 1;
    else this.#pairs[pairSlot(first!, second)] = 1;
  }
}

function pairSlot(first: number, second: number): number {
  return combineHash(first, second) & (PAIRS - 1);
}

function newNode(): TrieNode {
  return { next: new Map(), ids: [] };
}
