/** Phrases found in the token hashes of a text: bounded work a token, however many phrases there are. No expressions, nothing that backtracks. */
import { tokenHash } from "../hash.ts";
import { visitReferenceTokens } from "../tokenise-reference.ts";

/** A longer phrase is refused: a text is followed this far from each of its tokens at most. */
export const PHRASE_TOKENS_MAX = 32;

/** A power of two; one byte says whether any phrase begins with a token of these low bits. */
const FIRSTS = 8_192;
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
 * Phrases by their tokens, each with a number that several may share. Nearly every token of a text is passed over by one look
 * into a small table; from the others the text is followed down the trie while some phrase goes on like it.
 */
export class PhraseTrie {
  readonly #begins = new Uint8Array(FIRSTS);
  readonly #root: TrieNode = newNode();
  readonly #found: number[] = [];

  /** Case, spacing and kind of apostrophe do not matter. Throws RangeError for a phrase of no tokens, or too many. */
  add(phrase: string, id: number): void {
    // The typographic apostrophe is a token of its own; the other one is part of a word.
    const spellings = [phrase.replaceAll("\u2019", "'"), phrase.replaceAll("'", "\u2019")];
    for (const spelling of new Set(spellings)) this.#addTokens(spelling, id);
  }

  /** False for nearly every token that no phrase begins with. */
  mayBegin(token: number): boolean {
    return this.#begins[token & (FIRSTS - 1)] !== 0;
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
    this.#begins[hashes[0]! & (FIRSTS - 1)] = 1;
  }
}

function newNode(): TrieNode {
  return { next: new Map(), ids: [] };
}
