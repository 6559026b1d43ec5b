/**
 * Tokens of a text with their places, for showing what metrics saw. Words, numbers and signs as in N1 (tokenise-reference.ts), over the
 * text as it stands: each token is normalised for itself, and a script without spaces gives single characters, so that a place is
 * always a part of the text. What is judged is computed elsewhere, from N1.
 */
import { FUNCTION_WORDS } from "../../core/skeleton.ts";
import {
  isUnspaced,
  KIND_NUMBER,
  KIND_WORD,
  kindOfCharacter,
  normalise,
} from "../../core/tokenise-reference.ts";

export interface ReadToken {
  readonly word: string;
  readonly kind: number;
  /** In UTF-16 units of the text; half-open. */
  readonly from: number;
  readonly to: number;
}

const TOKEN = /[\p{L}\p{M}']+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
const functionWords: ReadonlySet<string> = new Set(FUNCTION_WORDS);

export function readTokens(text: string): ReadToken[] {
  const tokens: ReadToken[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const from = match.index;
    const kind = kindOfCharacter(match[0]) ?? KIND_WORD;
    const points = kind === KIND_WORD ? [...match[0]] : [];
    if (points.some(isUnspaced)) {
      let at = from;
      for (const point of points) {
        tokens.push({ word: normalise(point), kind, from: at, to: at + point.length });
        at += point.length;
      }
    } else {
      tokens.push({ word: normalise(match[0]), kind, from, to: from + match[0].length });
    }
  }
  return tokens;
}

/** The text's skeleton (skeleton.ts) with the places its elements take. */
export function readSkeleton(tokens: readonly ReadToken[]): ReadToken[] {
  const out: ReadToken[] = [];
  for (const token of tokens) {
    const content = token.kind === KIND_WORD && !functionWords.has(token.word);
    const last = out.at(-1);
    if (content && last?.word === "_") out[out.length - 1] = { ...last, to: token.to };
    else if (content) out.push({ ...token, word: "_" });
    else out.push(token.kind === KIND_NUMBER ? { ...token, word: "<N>" } : token);
  }
  return out;
}

/** Runs of `size` neighbours: their words joined by spaces, and the part of the text they take. */
export function runsOf(
  tokens: readonly ReadToken[],
  size: number,
): { readonly key: string; readonly from: number; readonly to: number }[] {
  const runs = [];
  for (let i = 0; i + size <= tokens.length; i += 1) {
    const own = tokens.slice(i, i + size);
    runs.push({ key: own.map(({ word }) => word).join(" "), from: own[0]!.from, to: own[size - 1]!.to });
  }
  return runs;
}

/** Parts as marks: ascending, joined where they touch. */
export function joinMarks(
  parts: readonly { readonly from: number; readonly to: number }[],
): [number, number][] {
  const marks: [number, number][] = [];
  for (const { from, to } of [...parts].sort((a, b) => a.from - b.from)) {
    const last = marks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else marks.push([from, to]);
  }
  return marks;
}
