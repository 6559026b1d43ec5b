import { PhraseTrie } from "../pattern/phrase-trie.ts";
import { PHRASE_KINDS, type PhraseKind } from "./reply-phrases.ts";

/** Bit of each kind in what `at` returns, in the order of `PHRASE_KINDS`. */
export const PHRASE_BITS = Object.fromEntries(PHRASE_KINDS.map((kind, i) => [kind, 1 << i])) as Readonly<
  Record<PhraseKind, number>
>;

/** Finds the kinds of the phrases in the token hashes of a text. */
export class PhraseMatcher {
  readonly #trie = new PhraseTrie();

  constructor(phrases: Readonly<Record<PhraseKind, readonly string[]>>) {
    for (const kind of PHRASE_KINDS) {
      for (const phrase of phrases[kind]) this.#trie.add(phrase, PHRASE_BITS[kind]);
    }
  }

  /** Kinds of the phrases that begin at token `i`, as bits; 0 for none. `length` tokens are valid. */
  at(tokens: Uint32Array, i: number, length: number): number {
    if (!this.#trie.mayBegin(tokens, i, length)) return 0;
    let bits = 0;
    for (const bit of this.#trie.at(tokens, i, length)) bits |= bit;
    return bits;
  }
}
