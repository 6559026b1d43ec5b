/**
 * Normaliser N1 as it is defined; the byte scanner (tokenise.ts) must agree with it on every text.
 *
 * 1. NFKC, then lowercase by Unicode's default mappings.
 * 2. Tokens are the matches of `N1`: a word (letters, marks, apostrophes), a number (digits and other numerals, with `.` or
 *    `,` between two of them), or one other character that is not white space.
 * 3. Scripts written without spaces (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar, by Script_Extensions) are cut
 *    further: a word is split where such characters meet others, and each run of them gives its overlapping pairs of code
 *    points; a run of one gives that one. So `ab日本語c` is `ab 日本 本語 c`. Han numerals that are numbers to Unicode stay so.
 *
 * Character classes and NFKC are those of the runtime's Unicode version: a newer one may class characters it has newly
 * assigned otherwise, and nothing else.
 *
 * A change is a new series (`tok=n1`).
 */

/** 0 word, 1 number, 2 other. */
export const KIND_WORD = 0;
export const KIND_NUMBER = 1;
export const KIND_OTHER = 2;

const N1 = /[\p{L}\p{M}']+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
const WORD_START = /^[\p{L}\p{M}']/u;
const NUMBER_START = /^\p{N}/u;
const UNSPACED = /^[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]$/u;

/** What kind of token a character of normalised text belongs to; null for white space. `point` is one code point as text. */
export function kindOfCharacter(point: string): 0 | 1 | 2 | null {
  if (WORD_START.test(point)) return KIND_WORD;
  if (NUMBER_START.test(point)) return KIND_NUMBER;
  return /^\s/u.test(point) ? null : KIND_OTHER;
}

/** Whether a letter or mark belongs to a script that is written without spaces. */
export function isUnspaced(point: string): boolean {
  return UNSPACED.test(point) && kindOfCharacter(point) === KIND_WORD;
}

export function normalise(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Calls `visit` with each token in order, until it returns false. Lone surrogates in `text` must have been replaced. */
export function visitReferenceTokens(text: string, visit: (token: string, kind: number) => boolean): void {
  const normal = normalise(text);
  N1.lastIndex = 0;
  for (let match = N1.exec(normal); match !== null; match = N1.exec(normal)) {
    const token = match[0];
    const kind = kindOfCharacter(token)!;
    const at = N1.lastIndex;
    if (!(kind === KIND_WORD ? visitWord(token, visit) : visit(token, kind))) return;
    N1.lastIndex = at;
  }
}

function visitWord(word: string, visit: (token: string, kind: number) => boolean): boolean {
  let spaced = "";
  let previous = "";
  let paired = false;
  for (const point of word) {
    if (isUnspaced(point)) {
      if (spaced !== "" && !visit(spaced, KIND_WORD)) return false;
      spaced = "";
      if (previous !== "") {
        if (!visit(previous + point, KIND_WORD)) return false;
        paired = true;
      }
      previous = point;
    } else {
      if (previous !== "" && !paired && !visit(previous, KIND_WORD)) return false;
      previous = "";
      paired = false;
      spaced += point;
    }
  }
  if (spaced !== "") return visit(spaced, KIND_WORD);
  return previous === "" || paired || visit(previous, KIND_WORD);
}

/** The tokens of a text by the definition, slow and simple. Lone surrogates count as U+FFFD. */
export function referenceTokens(text: string): { readonly token: string; readonly kind: number }[] {
  const tokens: { token: string; kind: number }[] = [];
  const wellFormed = text.replace(/\p{Cs}/gu, "\ufffd");
  visitReferenceTokens(wellFormed, (token, kind) => {
    tokens.push({ token, kind });
    return true;
  });
  return tokens;
}
