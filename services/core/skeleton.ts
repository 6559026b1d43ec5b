/**
 * Template skeletons of texts at the level of N1 tokens, so that they can be computed at
 * close from a sampled text's hashes and kinds, without its words.
 *
 * - a number becomes `<N>`;
 * - any other character that is a token (punctuation, symbols, emoji) stays;
 * - a function word stays; a run of other words becomes one `_`.
 *
 * Golden: `Janet sells 16 - 3 - 4 = 9 duck eggs a day.` gives `_ <N> - <N> - <N> = <N> _ a _ .`
 *
 * Where this differs from masking the raw text with regular expressions: URLs, addresses, dates, money and quotations get no
 * mask of their own but appear as the words, numbers and punctuation they consist of (`$5.20` is `$ <N>`); `3.5` is one
 * number; case and white space, line breaks included, are gone. Function words are English: text in another language is `_`
 * between its punctuation and numbers, which still shows templates, only less sharply.
 */
import { tokenHash } from "./hash.ts";
import { KIND_NUMBER, KIND_WORD } from "./tokenise-reference.ts";

/** Closed-class words of English in N1 form: articles, auxiliaries, pronouns, prepositions, conjunctions. */
export const FUNCTION_WORDS: readonly string[] = (
  "a an the " +
  "am is are was were be been being do does did have has had having can could may might must shall should will would " +
  "isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't cannot couldn't shouldn't won't wouldn't " +
  "i you he she it we they me him her us them my your his its our their mine yours hers ours theirs " +
  "myself yourself himself herself itself ourselves themselves this that these those who whom whose which what " +
  "i'm you're he's she's it's we're they're i've you've we've they've i'll you'll he'll she'll we'll they'll that's " +
  "about above across after against along among around as at before behind below between by down during for from in " +
  "inside into near of off on onto out over per since through to toward towards under until up upon with within without " +
  "and or but nor so yet if because although though while whereas unless than then when where whether not"
).split(" ");

/** What a number becomes. No N1 token has this text, so nothing else has its hash by design. */
export const SKELETON_NUMBER = tokenHash("<N>");
/** What a run of content words becomes. */
export const SKELETON_GAP = tokenHash("<_>");

const functionWords = new Set(FUNCTION_WORDS.map(tokenHash));

/**
 * Writes the skeleton of `length` tokens to `out`, which holds at least as many, and returns the skeleton's length.
 * Elements are token hashes, `SKELETON_NUMBER` or `SKELETON_GAP`; no two gaps are adjacent. No tokens: 0.
 */
export function skeletonInto(
  tokens: Uint32Array,
  kinds: Uint8Array,
  length: number,
  out: Uint32Array,
): number {
  let end = 0;
  let inGap = false;
  for (let i = 0; i < length; i += 1) {
    const kind = kinds[i]!;
    const token = tokens[i]!;
    const content = kind === KIND_WORD && !functionWords.has(token);
    if (content) {
      if (!inGap) out[end++] = SKELETON_GAP;
    } else {
      out[end++] = kind === KIND_NUMBER ? SKELETON_NUMBER : token;
    }
    inGap = content;
  }
  return end;
}
