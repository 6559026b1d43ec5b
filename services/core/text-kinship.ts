/** How alike texts are, in words a person can check: their skeletons, and which text is the nearest. */
import { FUNCTION_WORDS } from "./skeleton.ts";
import { KIND_NUMBER, KIND_WORD, referenceTokens } from "./tokenise-reference.ts";

/** Tokens read of a text; what is shown of texts is shorter. */
const TOKENS_MAX = 2_000;
const SHINGLE = 3;
const functionWords: ReadonlySet<string> = new Set(FUNCTION_WORDS);

/**
 * The skeleton of a text as words: content words become `_`, numbers `<N>`, function words and punctuation stay (as skeleton.ts
 * does with hashes). "" for a text without tokens.
 */
export function skeletonText(text: string): string {
  const parts: string[] = [];
  for (const { token, kind } of referenceTokens(text).slice(0, TOKENS_MAX)) {
    const part = kind === KIND_NUMBER ? "<N>" : kind === KIND_WORD && !functionWords.has(token) ? "_" : token;
    if (part !== "_" || parts.at(-1) !== "_") parts.push(part);
  }
  return parts.join(" ");
}

export interface NearText {
  readonly id: string;
  /** Shared runs of three tokens over all of both, 0..1 (Jaccard). */
  readonly likeness: number;
}

/** Of each text the nearest other one among them, by id; absent where a text shares nothing. Cost is quadratic: give it hundreds. */
export function nearestTexts(
  texts: readonly { readonly id: string; readonly text: string }[],
): ReadonlyMap<string, NearText> {
  const shingled = texts.map(({ id, text }) => ({ id, runs: runsOf(text) }));
  const nearest = new Map<string, NearText>();
  const offer = (id: string, near: NearText): void => {
    if (near.likeness > (nearest.get(id)?.likeness ?? 0)) nearest.set(id, near);
  };
  shingled.forEach((a, i) => {
    for (const b of shingled.slice(i + 1)) {
      if (a.id === b.id) continue;
      const likeness = jaccard(a.runs, b.runs);
      offer(a.id, { id: b.id, likeness });
      offer(b.id, { id: a.id, likeness });
    }
  });
  return nearest;
}

function runsOf(text: string): ReadonlySet<string> {
  const tokens = referenceTokens(text)
    .slice(0, TOKENS_MAX)
    .map(({ token }) => token);
  if (tokens.length < SHINGLE) return new Set(tokens);
  return new Set(
    Array.from({ length: tokens.length - SHINGLE + 1 }, (_, i) => tokens.slice(i, i + SHINGLE).join(" ")),
  );
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const run of a) if (b.has(run)) both += 1;
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}
