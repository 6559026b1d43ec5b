import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { Random } from "../../../../services/core/random.ts";
import { VerbatimOverlap } from "../../../../services/core/suite/verbatim-overlap.ts";

const analyser = new TextAnalyser();

interface Given {
  readonly items: readonly string[];
  readonly training?: readonly string[];
  readonly real?: readonly string[];
}

function overlap(order: number, { items, training = [], real = [] }: Given) {
  const found = new VerbatimOverlap(order);
  items.forEach((item, i) => {
    expect(found.addItem(`i${i}`, analyser.analyseString(item))).toBe(true);
  });
  for (const text of training) found.see(analyser.analyseString(text));
  for (const text of real) found.seeReal(analyser.analyseString(text));
  return found.items();
}

const ITEM = "the quick brown fox jumps over the lazy dog while the cat sleeps on the warm windowsill today";
const DOC = "He said: the quick brown fox jumps over the lazy dog, while the cat sleeps on the mat!";

describe("items in training texts", () => {
  // Independent of this code: the metric specification, section 9.
  it("share 3 of 6 13-grams, 8 of 11 8-grams, and 15 of 18 words", () => {
    expect(overlap(13, { items: [ITEM], training: [DOC] })).toEqual([
      { id: "i0", tokens: 18, ngrams: 6, found: 3, coverage: 15 / 18 },
    ]);
    expect(overlap(8, { items: [ITEM], training: [DOC] })).toMatchObject([
      { ngrams: 11, found: 8, coverage: 15 / 18 },
    ]);
  });

  it("count neither way where real texts say the same", () => {
    const real = [ITEM.split(" ").slice(0, 14).join(" ")];
    expect(overlap(13, { items: [ITEM], training: [DOC], real })).toMatchObject([{ ngrams: 4, found: 1 }]);
    expect(overlap(13, { items: [ITEM], training: [DOC], real: [ITEM] })).toMatchObject([
      { ngrams: 0, found: 0, coverage: 0 },
    ]);
  });

  it("are found as a whole where they are short, and not inside another text", () => {
    const items = ["What is a lien?", "What is"];
    const found = overlap(13, { items, training: ["what is a LIEN", "well what is that", ""] });
    expect(found.map(({ found: own, coverage }) => [own, coverage])).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it("are each found, where two items share a sentence", () => {
    const both = overlap(5, { items: [`${ITEM} now`, `yes ${ITEM}`], training: ["jumps over the lazy dog"] });
    expect(both.map(({ found }) => found)).toEqual([1, 1]);
  });

  it("have no words, or only punctuation, and are then nowhere", () => {
    expect(overlap(13, { items: ["", "?!…"], training: ["", "?!…"] })).toMatchObject([
      { tokens: 0, ngrams: 0, found: 0, coverage: 0 },
      { tokens: 0, ngrams: 0, found: 0, coverage: 0 },
    ]);
  });

  it("agree with a search through all pairs", () => {
    const random = new Random("verbatim");
    const words = "a b c d e".split(" ");
    const text = (): string =>
      Array.from({ length: random.below(14) }, () => words[random.below(5)]!).join(" ");
    const grams = (of: string): string[] => {
      const all = of === "" ? [] : of.split(" ");
      if (all.length === 0) return [];
      if (all.length < 4) return [`whole: ${of}`];
      return all.slice(3).map((_, i) => all.slice(i, i + 4).join(" "));
    };
    for (let round = 0; round < 100; round += 1) {
      const [items, training, real] = [3, 4, 1].map((n) => Array.from({ length: n }, text)) as [
        string[],
        string[],
        string[],
      ];
      const [seen, common] = [new Set(training.flatMap(grams)), new Set(real.flatMap(grams))];
      const expected = items.map((item) => {
        const own = grams(item).filter((gram) => !common.has(gram));
        return [own.length, own.filter((gram) => seen.has(gram)).length];
      });
      const found = overlap(4, { items, training, real });
      expect(found.map(({ ngrams, found: hits }) => [ngrams, hits])).toEqual(expected);
    }
  });
});
