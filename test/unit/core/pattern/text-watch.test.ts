import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { EMPTY_REGISTRY } from "../../../../services/core/pattern/pattern-registry.ts";
import { PHRASE_TOKENS_MAX, PhraseTrie } from "../../../../services/core/pattern/phrase-trie.ts";
import { TextWatch, TextWatches } from "../../../../services/core/pattern/text-watch.ts";
import type { TextScope } from "../../../../services/core/sample.ts";
import { factOf, patternOf } from "../../../support/registry.ts";

const analyser = new TextAnalyser();

function found(trie: PhraseTrie, words: string): number[] {
  const { tokens, tokenCount } = analyser.analyseString(words);
  return Array.from({ length: tokenCount }, (_, i) => [...trie.at(tokens, i, tokenCount)]).flat();
}

describe("phrases in a text", () => {
  const trie = new PhraseTrie();
  trie.add("not covered", 1);
  trie.add("not covered under warranty", 2);
  trie.add("covered", 3);
  trie.add("don't worry", 4);
  trie.add("保修期内", 5);
  trie.add("under WARRANTY", 3);

  it("are all met, inside and behind each other, whatever case, spacing and apostrophe", () => {
    expect(found(trie, "It is NOT   covered\nunder warranty.")).toEqual([1, 2, 3, 3]);
    expect(found(trie, "Don't worry; don\u2019t worry")).toEqual([4, 4]);
    expect(found(trie, "在保修期内可以")).toEqual([5]);
  });

  it("are not met where a word is between, or the text ends before", () => {
    expect(found(trie, "not quite covered")).toEqual([3]);
    expect(found(trie, "not")).toEqual([]);
    expect(found(trie, "")).toEqual([]);
  });

  it("have a token at least, and as many as are followed at most", () => {
    expect(() => new PhraseTrie().add("   ", 0)).toThrow(RangeError);
    expect(() => new PhraseTrie().add("again ".repeat(PHRASE_TOKENS_MAX + 1), 0)).toThrow(RangeError);
    const longest = "again ".repeat(PHRASE_TOKENS_MAX);
    const own = new PhraseTrie();
    own.add(longest, 7);
    expect(found(own, longest)).toEqual([7]);
  });
});

describe("the watch of a lane", () => {
  const watch = new TextWatch({
    patterns: [patternOf("blanket", "never covered", "not under warranty"), patternOf("b", "as stated")],
    facts: [
      factOf("two-years", ["two years"], { products: ["Watch"], regions: ["eu", "ch"] }),
      factOf("swelling", ["battery is covered"], { conditions: ["if it swells", "unless dropped"] }),
      factOf("spring", ["ten percent"], { fromMs: 1_000, untilMs: 2_000 }),
    ],
    costs: [],
  });
  const read = (words: string, scope: Partial<TextScope> | null = null, eventMs = 0) =>
    watch.read(
      analyser.analyseString(words),
      eventMs,
      scope === null ? null : { product: "", region: "", channel: "", ...scope },
    );

  it("names each pattern once, as declared", () => {
    const words = "As stated: never covered. Never covered, not under warranty.";
    expect(read(words)).toEqual({ patterns: ["blanket", "b"], cited: [], outOfScope: [] });
    expect(read("nothing of it")).toEqual({ patterns: [], cited: [], outOfScope: [] });
  });

  it("tells facts out of product and region, in any case of letters", () => {
    const cite = "You have two years.";
    expect(read(cite, { product: "WATCH", region: "CH" })).toMatchObject({
      cited: ["two-years"],
      outOfScope: [],
    });
    expect(read(cite, { product: "watch", region: "us" })).toMatchObject({ outOfScope: ["two-years"] });
    expect(read(cite, { product: "router" })).toMatchObject({ outOfScope: ["two-years"] });
  });

  it("does not guess where nobody said what the text is about", () => {
    for (const scope of [null, {}, { product: "watch" }, { region: "eu" }]) {
      expect(read("You have two years.", scope)).toMatchObject({ cited: [], outOfScope: [] });
    }
  });

  it("asks for the condition in the same text, and for the time", () => {
    expect(read("The battery is covered.")).toMatchObject({
      cited: ["swelling"],
      outOfScope: ["swelling"],
    });
    expect(read("If it swells, the battery is covered.")).toMatchObject({ outOfScope: [] });
    const out = (ms: number) => read("ten percent off", null, ms).outOfScope.length;
    expect([999, 1_000, 1_999, 2_000].map(out)).toEqual([1, 0, 0, 1]);
    expect(watch.read(analyser.analyseString("ten percent off"), null)).toMatchObject({ cited: [] });
  });

  it("says nothing of patterns where only facts are declared", () => {
    const facts = new TextWatch({ ...EMPTY_REGISTRY, facts: [factOf("f", ["x"], { untilMs: 1 })] });
    expect(facts.read(analyser.analyseString("y"), 0, null).patterns).toBeNull();
    expect(facts.read(analyser.analyseString("x"), 5, null)).toEqual({
      patterns: null,
      cited: ["f"],
      outOfScope: ["f"],
    });
  });
});

describe("the watches of a partition", () => {
  it("are a lane's own and everybody's; without entries there are none", () => {
    const patterns = [{ ...patternOf("own", "x"), lane: "a" }, patternOf("all", "x")];
    const watches = new TextWatches({ ...EMPTY_REGISTRY, patterns });
    const seen = (lane: string) => watches.of(lane)?.read(analyser.analyseString("x"), 0, null).patterns;
    expect(seen("a")).toEqual(["own", "all"]);
    expect(seen("b")).toEqual(["all"]);
    expect(new TextWatches(EMPTY_REGISTRY).of("a")).toBeNull();
    expect(new TextWatches({ ...EMPTY_REGISTRY, patterns: patterns.slice(0, 1) }).of("b")).toBeNull();
  });
});
