import { tokenHash } from "../hash.ts";
import { visitReferenceTokens } from "../tokenise-reference.ts";
import { PHRASE_KINDS, type PhraseKind } from "./reply-phrases.ts";

/** Bit of each kind in what `at` returns, in the order of `PHRASE_KINDS`. */
export const PHRASE_BITS = Object.fromEntries(PHRASE_KINDS.map((kind, i) => [kind, 1 << i])) as Readonly<
  Record<PhraseKind, number>
>;

interface Phrase {
  readonly rest: Uint32Array;
  readonly bit: number;
}

/** A power of two; one byte says whether any phrase begins with a token of these low bits. */
const FIRSTS = 8_192;

/** Finds phrases in the token hashes of a text. Nearly every token is passed over by one look into a small table. */
export class PhraseMatcher {
  readonly #begins = new Uint8Array(FIRSTS);
  readonly #byFirst = new Map<number, Phrase[]>();

  constructor(phrases: Readonly<Record<PhraseKind, readonly string[]>>) {
    for (const kind of PHRASE_KINDS) {
      for (const phrase of phrases[kind]) {
        this.#add(phrase, PHRASE_BITS[kind]);
        // The typographic apostrophe is a token of its own.
        if (phrase.includes("'")) this.#add(phrase.replaceAll("'", "\u2019"), PHRASE_BITS[kind]);
      }
    }
  }

  /** Kinds of the phrases that begin at token `i`, as bits; 0 for none. `length` tokens are valid. */
  at(tokens: Uint32Array, i: number, length: number): number {
    const first = tokens[i]!;
    if (this.#begins[first & (FIRSTS - 1)] === 0) return 0;
    let bits = 0;
    for (const { rest, bit } of this.#byFirst.get(first) ?? []) {
      if (i + rest.length < length && follows(tokens, i + 1, rest)) bits |= bit;
    }
    return bits;
  }

  #add(phrase: string, bit: number): void {
    const hashes: number[] = [];
    visitReferenceTokens(phrase, (token) => {
      hashes.push(tokenHash(token));
      return true;
    });
    const [first, ...rest] = hashes;
    if (first === undefined) throw new RangeError(`a phrase without tokens: "${phrase}"`);
    this.#begins[first & (FIRSTS - 1)] = 1;
    const known = this.#byFirst.get(first);
    if (known === undefined) this.#byFirst.set(first, [{ rest: Uint32Array.from(rest), bit }]);
    else known.push({ rest: Uint32Array.from(rest), bit });
  }
}

function follows(tokens: Uint32Array, from: number, rest: Uint32Array): boolean {
  for (let i = 0; i < rest.length; i += 1) if (tokens[from + i] !== rest[i]) return false;
  return true;
}
