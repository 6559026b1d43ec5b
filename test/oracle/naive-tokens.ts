/** The tokens of a text by metrics.md §0: normaliser N1 as one regular expression, and strings instead of hashes. */

const N1 = /[\p{L}\p{M}']+|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
/** Scripts without spaces are cut into pairs, which is a rule of its own: the oracle leaves such texts alone. */
const UNSPACED = /[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;
/** Far below where the services cut a text. */
const CHARS_MAX = 200_000;

/** What the metrics of one text need; null where the oracle cannot tell. */
export interface NaiveText {
  /** The tokens as one string: equal for texts that differ in case and spacing only. */
  readonly content: string;
  readonly tokens: number;
  /** 1 - distinct 4-grams / all 4-grams; null under four tokens. */
  readonly repeated: number | null;
  /** Distinct runs of five tokens; the whole text where it is shorter. */
  readonly shingles: () => ReadonlySet<string>;
}

export function naiveText(text: string): NaiveText | null {
  if (text.length > CHARS_MAX || UNSPACED.test(text)) return null;
  const tokens = text.normalize("NFKC").toLowerCase().match(N1) ?? [];
  const fourGrams = runs(tokens, 4);
  return {
    content: tokens.join("\u001f"),
    tokens: tokens.length,
    repeated: fourGrams.length === 0 ? null : 1 - new Set(fourGrams).size / fourGrams.length,
    shingles: () => new Set(tokens.length < 5 ? [tokens.join("\u001f")] : runs(tokens, 5)),
  };
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
