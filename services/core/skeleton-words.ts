/** The skeleton of a text as people read it; `skeletonInto` says what a skeleton is. */
import { FUNCTION_WORDS } from "./skeleton.ts";
import { KIND_NUMBER, KIND_WORD, visitReferenceTokens } from "./tokenise-reference.ts";

const FUNCTION = new Set(FUNCTION_WORDS);

/**
 * The skeleton's tokens with blanks between them: `_ <N> - <N> = <N> _ a _ .` A text of more than `tokensMax` tokens ends in `…`
 * there. No tokens: "". Lone surrogates count as U+FFFD.
 */
export function skeletonWords(text: string, tokensMax: number): string {
  const skeleton: string[] = [];
  let inGap = false;
  let tokens = 0;
  visitReferenceTokens(text.replace(/\p{Cs}/gu, "\ufffd"), (token, kind) => {
    tokens += 1;
    if (tokens > tokensMax) {
      skeleton.push("…");
      return false;
    }
    const content = kind === KIND_WORD && !FUNCTION.has(token);
    if (!content) skeleton.push(kind === KIND_NUMBER ? "<N>" : token);
    else if (!inGap) skeleton.push("_");
    inGap = content;
    return true;
  });
  return skeleton.join(" ");
}
