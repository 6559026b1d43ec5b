/** In which words and skeletons two sets of texts differ. */
import { compareText } from "./compare-text.ts";
import { skeletonWords } from "./skeleton-words.ts";
import { rateDifference } from "./statistics/rate-difference.ts";
import { beyondNoise, type ValueDifference } from "./statistics/value-difference.ts";
import { visitReferenceTokens } from "./tokenise-reference.ts";

/** Of one text; what follows is not compared. */
const TOKENS_MAX = 512;
const SKELETON_TOKENS_MAX = 64;

export interface SharedItem {
  readonly item: string;
  /** Texts with it on each side. */
  readonly a: number;
  readonly b: number;
}

export interface TextDifference {
  readonly textsA: number;
  readonly textsB: number;
  /** Those whose share differs beyond noise, most evidence first, at most `itemsMax` of each. */
  readonly tokens: readonly SharedItem[];
  readonly skeletons: readonly SharedItem[];
}

/** A text counts once for each token it has, however often, and for its one skeleton. Empty texts count as texts. */
export function textDifference(a: readonly string[], b: readonly string[], itemsMax: number): TextDifference {
  const counted = (itemsOf: (text: string) => Iterable<string>): SharedItem[] => {
    const counts = new Map<string, { item: string; a: number; b: number }>();
    for (const [side, texts] of [
      ["a", a],
      ["b", b],
    ] as const) {
      for (const text of texts) {
        for (const item of new Set(itemsOf(text))) {
          const known = counts.get(item) ?? { item, a: 0, b: 0 };
          known[side] += 1;
          counts.set(item, known);
        }
      }
    }
    return [...counts.values()];
  };
  const differing = (items: readonly SharedItem[]): readonly SharedItem[] => {
    // What one text has alone says nothing, and would cost the others their level.
    const tested = items
      .filter((item) => item.a + item.b > 1)
      .map((item) => ({ item, difference: shareDifference(item, a.length, b.length) }));
    return beyondNoise(tested.map(({ difference }) => difference))
      .map((at) => tested[at]!)
      .sort((x, y) => strength(y) - strength(x) || compareText(x.item.item, y.item.item))
      .slice(0, itemsMax)
      .map(({ item }) => item);
  };
  const none = a.length === 0 || b.length === 0;
  return {
    textsA: a.length,
    textsB: b.length,
    tokens: none ? [] : differing(counted(tokensOf)),
    skeletons: none ? [] : differing(counted((text) => [skeletonWords(text, SKELETON_TOKENS_MAX)])),
  };
}

function strength({ difference }: { readonly difference: ValueDifference }): number {
  return Math.abs(difference.z);
}

function shareDifference(item: SharedItem, textsA: number, textsB: number): ValueDifference {
  const { value, lo, hi, pooledSe } = rateDifference(
    { successes: item.b, trials: textsB },
    { successes: item.a, trials: textsA },
  );
  return { value, lo, hi, z: pooledSe === 0 ? 0 : value / pooledSe };
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  visitReferenceTokens(text.replace(/\p{Cs}/gu, "\ufffd"), (token) => tokens.push(token) < TOKENS_MAX);
  return tokens;
}
