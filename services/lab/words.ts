/**
 * The lab's words: the tokens of normaliser N1 as strings, and the way back from words to text.
 *
 * The core hashes tokens and never needs their spelling; a language model that writes does. Both must see the same words:
 * `wordsOf(textOf(words))` gives `words` again, which the tests hold against the corpus.
 */

const N1 = /[\p{L}\p{M}']+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
/** Scripts written without spaces: one character is one word here, and no space comes between two of them. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const UNSPACED_WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}'])+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;

const NO_SPACE_BEFORE = new Set([
  ".",
  ",",
  ";",
  ":",
  "!",
  "?",
  ")",
  "]",
  "}",
  "%",
  "-",
  "’",
  "。",
  "、",
  "，",
]);
const NO_SPACE_AFTER = new Set(["(", "[", "{", "$", "-", "#", "’"]);
const SENTENCE_ENDS = new Set([".", "!", "?"]);

/** N1 words of a text in order: NFKC, lower case, words, numbers and single other characters. */
export function wordsOf(text: string): string[] {
  const normal = text.normalize("NFKC").toLowerCase();
  return normal.match(UNSPACED.test(normal) ? UNSPACED_WORDS : N1) ?? [];
}

/**
 * A readable text of these words: punctuation attached, sentences capitalised. Case and spacing are invented and carry
 * nothing; the words are kept exactly. Numbers always have a space after a full stop or comma before them, since
 * `3 . 5` glued together would be one number.
 */
export function textOf(words: readonly string[]): string {
  let text = "";
  let previous = "";
  let sentenceStarts = true;
  for (const word of words) {
    const glued =
      previous === "" ||
      NO_SPACE_BEFORE.has(word) ||
      NO_SPACE_AFTER.has(previous) ||
      (UNSPACED.test(word) && UNSPACED.test(previous));
    if (!glued) text += " ";
    text += sentenceStarts ? capitalised(word) : word;
    sentenceStarts = SENTENCE_ENDS.has(word) || (sentenceStarts && !/[\p{L}\p{N}]/u.test(word));
    previous = word;
  }
  return text;
}

/** Only where lower case leads back: `ß` and its kind have none that does. */
function capitalised(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0x20);
  const upper = first.toUpperCase();
  return upper.toLowerCase() === first ? upper + word.slice(first.length) : word;
}
