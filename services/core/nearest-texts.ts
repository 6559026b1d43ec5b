/** Which of several texts is nearest to each, by what they share word for word. */
import { referenceTokens } from "./tokenise-reference.ts";

/** Tokens read of a text; what is shown of texts is shorter. */
const TOKENS_MAX = 2_000;
const SHINGLE = 3;

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

/** What two sets share over all of both, 0..1; 0 where both are empty. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const run of a) if (b.has(run)) both += 1;
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}
