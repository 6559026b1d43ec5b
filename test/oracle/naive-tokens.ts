/** The tokens of a text by metrics.md §0: normaliser N1 as one regular expression, and strings instead of hashes. */
import { createHash } from "node:crypto";

const N1 = /[\p{L}\p{M}']+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
/** Scripts without spaces are cut into pairs, which is a rule of its own: the oracle leaves such texts alone. */
const UNSPACED = /[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;
/** Far below where the services cut a text. */
const CHARS_MAX = 200_000;

/** What the metrics of one text need; small, as there may be a million. */
export interface NaiveText {
  /** Stands for the tokens: equal for texts that differ in case and spacing only. */
  readonly content: string;
  readonly tokens: number;
  /** 1 - distinct 4-grams / all 4-grams; null under four tokens. */
  readonly repeated: number | null;
}

/** The tokens, in order; null where the oracle cannot tell. */
export function naiveTokens(text: string): readonly string[] | null {
  if (text.length > CHARS_MAX || UNSPACED.test(text)) return null;
  return text.normalize("NFKC").toLowerCase().match(N1) ?? [];
}

export function naiveText(text: string): NaiveText | null {
  const tokens = naiveTokens(text);
  if (tokens === null) return null;
  const fourGrams = runs(tokens, 4);
  return {
    content: contentOf(tokens),
    tokens: tokens.length,
    repeated: fourGrams.length === 0 ? null : 1 - new Set(fourGrams).size / fourGrams.length,
  };
}

/** A name for a sequence of tokens. */
export function contentOf(tokens: readonly string[]): string {
  return createHash("sha256").update(tokens.join("\u001f")).digest("base64");
}

/** Distinct runs of five tokens; the whole text where it is shorter. */
export function shinglesOf(tokens: readonly string[]): ReadonlySet<string> {
  return new Set(tokens.length < 5 ? [tokens.join("\u001f")] : runs(tokens, 5));
}

function runs(tokens: readonly string[], length: number): string[] {
  const found: string[] = [];
  for (let at = 0; at + length <= tokens.length; at += 1)
    found.push(tokens.slice(at, at + length).join("\u001f"));
  return found;
}

/** Jaccard similarity of two sets that are not both empty. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared += 1;
  return shared / (a.size + b.size - shared);
}
