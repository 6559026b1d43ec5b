import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId, tokenHash } from "../../services/core/hash.ts";
import { addNgrams, ngramCount } from "../../services/core/ngrams.ts";
import { SKELETON_GAP, SKELETON_NUMBER, skeletonInto } from "../../services/core/skeleton.ts";
import {
  distinctShare,
  equalBudget,
  ngramsOfText,
  skeletonSequence,
  tokenSequence,
} from "../../services/core/sketches/equal-budget.ts";
import { TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { StampedSet } from "../../services/core/stamped-set.ts";

/** The toy documents D of metrics.md section 1. They hold only words and spaces, so N1 splits them as white space does. */
const D = [
  "the cat sat on the mat",
  "the cat sat on the rug",
  "a dog ran in the park",
  "the cat sat on the mat",
  "to be or not to be",
];

const analyser = new TextAnalyser();

function sampleOf(texts: readonly string[]) {
  const builder = new TextSampleBuilder();
  texts.forEach((text, i) => {
    builder.offer(rankOfId(`d${i}`), `d${i}`, "", "", analyser.analyseString(text));
  });
  return builder.toSample();
}

function distinctWithin(text: string, n: number): number {
  const { tokens, tokenCount } = analyser.analyseString(text);
  const set = new StampedSet();
  set.reset(ngramCount(tokenCount, n));
  return addNgrams(set, tokens, tokenCount, n) / ngramCount(tokenCount, n);
}

describe("goldens of metrics.md section 2", () => {
  it("repetition within a text: d4 n=2 is .2; d0 n=1 is 1/6, n=2 is 0", () => {
    expect(1 - distinctWithin(D[4]!, 2)).toBeCloseTo(0.2, 12);
    expect(1 - distinctWithin(D[0]!, 1)).toBeCloseTo(1 / 6, 12);
    expect(1 - distinctWithin(D[0]!, 2)).toBe(0);
  });

  it("pooled distinct-n of D: 15/30, 15/25, 13/20, 10/15, no n-gram across texts", () => {
    const sample = sampleOf(D);
    const held = (n: number) =>
      sample.texts.reduce((sum, text) => sum + ngramsOfText(text, n, tokenSequence), 0);
    expect([1, 2, 3, 4].map(held)).toEqual([30, 25, 20, 15]);
    const shares = [1, 2, 3, 4].map((n) => distinctShare(sample, n, held(n), tokenSequence));
    expect(shares).toEqual([15 / 30, 15 / 25, 13 / 20, 10 / 15]);
  });

  it("the skeleton of the duck-egg sentence", () => {
    const text = analyser.analyseString("Janet sells 16 - 3 - 4 = 9 duck eggs a day.");
    const out = new Uint32Array(text.tokenCount);
    const length = skeletonInto(text.tokens, text.kinds, text.tokenCount, out);
    const written = "_ <N> - <N> - <N> = <N> _ a _ .".split(" ").map((token) => {
      if (token === "_") return SKELETON_GAP;
      return token === "<N>" ? SKELETON_NUMBER : tokenHash(token);
    });
    expect([...out.subarray(0, length)]).toEqual(written);
  });
});

describe("the shared analysis", () => {
  it("counts 4-grams, all and distinct, of the whole text", () => {
    const loop = analyser.analyseString("a b c d ".repeat(100));
    expect([loop.tokenCount, loop.fourGrams, loop.distinctFourGrams]).toEqual([400, 397, 4]);
    const short = analyser.analyseString("to be or");
    expect([short.fourGrams, short.distinctFourGrams]).toEqual([0, 0]);
  });

  it("gives texts equal but for case, spacing and compatibility forms one content hash, others another", () => {
    const content = (text: string) => {
      const { contentHi, contentLo } = analyser.analyseString(text);
      return `${contentHi} ${contentLo}`;
    };
    expect(content("The  cat\nsat")).toBe(content("the cat sat"));
    expect(content("ﬁne １２")).toBe(content("fine 12"));
    const different = ["", "a", "a a", "a b", "b a", "a b c", "a c b", "the cat sat", "the cat sat."];
    expect(new Set(different.map(content)).size).toBe(different.length);
  });

  it("counts bytes that are no UTF-8 and lone surrogates as U+FFFD", () => {
    const bytes = Uint8Array.from([0x61, 0x20, 0xff, 0x20, 0x62]);
    const broken = [...analyser.analyse({ bytes, start: 0, end: 5 }).tokens.subarray(0, 3)];
    const lone = analyser.analyseString("a \ud800 b");
    expect([...lone.tokens.subarray(0, lone.tokenCount)]).toEqual(broken);
    expect(broken[1]).toBe(tokenHash("\ufffd"));
  });

  it("takes NUL and an empty text", () => {
    expect(analyser.analyseString("").tokenCount).toBe(0);
    const nul = analyser.analyseString("a\u0000b");
    expect([...nul.kinds.subarray(0, nul.tokenCount)]).toEqual([0, 2, 0]);
  });

  it("cuts a text beyond its bounds and says so", () => {
    const many = analyser.analyseString("!".repeat(300_000));
    expect([many.tokenCount, many.cut]).toEqual([262_144, true]);
    const ellipses = analyser.analyseString("…".repeat(100_000));
    expect([ellipses.tokenCount, ellipses.cut]).toEqual([262_144, true]);
    const expanding = analyser.analyseString("ﷺ ".repeat(100_000));
    expect([expanding.tokenCount, expanding.cut]).toEqual([262_144, true]);
    const unspaced = analyser.analyseString("日".repeat(2_000_000));
    expect([unspaced.tokenCount, unspaced.cut]).toEqual([262_144, true]);
    const oneWord = analyser.analyseString("x".repeat(10_000_000));
    expect([oneWord.tokenCount, oneWord.cut]).toEqual([1, true]);
    expect(analyser.analyseString("a b").cut).toBe(false);
  });
});

describe("the equal budget", () => {
  it("is 80 % of what as many real texts hold, at most 40,000", () => {
    expect(equalBudget(10_000, 500)).toBe(8_000);
    expect(equalBudget(10_000, 100)).toBe(1_600);
    expect(equalBudget(10_000_000, 500)).toBe(40_000);
  });

  it("truncates the last text, and there is no value on less", () => {
    const sample = sampleOf(["a b c d e f g h", "a b c d e f g h"]);
    expect(distinctShare(sample, 4, 5, tokenSequence)).toBe(1);
    expect(distinctShare(sample, 4, 7, tokenSequence)).toBe(5 / 7);
    expect(distinctShare(sample, 4, 11, tokenSequence)).toBeNull();
    expect(distinctShare(sample, 4, 0, tokenSequence)).toBeNull();
    expect(distinctShare(sampleOf([]), 6, 1, skeletonSequence)).toBeNull();
  });
});
