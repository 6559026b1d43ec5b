import { describe, expect, it } from "vitest";
import { Random } from "../../../services/core/random.ts";
import { END, vocabularyOf } from "../../../services/lab/pools.ts";
import { TrigramModel } from "../../../services/lab/trigram.ts";

const VOCABULARY = vocabularyOf(["", "the", "cat", "dog", "sat", "ran", "."]);
const id = (word: string): number => VOCABULARY.words.indexOf(word);
const piece = (text: string): Int32Array => Int32Array.from(text === "" ? [] : text.split(" "), id);
const spell = (tokens: Iterable<number>): string =>
  Array.from(tokens, (token) => VOCABULARY.words[token]).join(" ");

describe("TrigramModel", () => {
  const model = new TrigramModel(
    [piece("the cat sat ."), piece("the cat ran ."), piece("the cat sat ."), piece("the dog ran .")],
    VOCABULARY,
  );

  it("counts trigrams, beginnings and ends exactly", () => {
    expect(model.count(END, END, id("the"))).toBe(4);
    expect(model.count(id("the"), id("cat"), id("sat"))).toBe(2);
    expect(model.count(id("the"), id("cat"), id("ran"))).toBe(1);
    expect(model.count(id("cat"), id("sat"), id("ran"))).toBe(0);
    expect(model.count(id("sat"), id("."), END)).toBe(2);
    expect(model.contextTotal(id("the"), id("cat"))).toBe(3);
    expect(model.contextTotal(id("dog"), id("cat"))).toBe(0);
    expect(model.contextCount).toBe(9);
  });

  it("answers by trigram, then by bigram, never with punctuation", () => {
    expect(spell(model.predict(id("the"), id("cat")))).toBe("sat ran");
    expect(spell(model.predict(id("dog"), id("cat")))).toBe("sat ran");
    expect(model.predict(id("cat"), id("sat"))).toEqual([]);
    expect(model.predict(id("."), id("."))).toEqual([]);
  });

  it("knows standard answers by how often they were seen", () => {
    expect(spell(model.commonest(id("the"), id("cat"), 3, 2))).toBe("sat");
    expect(model.commonest(id("the"), id("cat"), 3, 3)).toEqual([]);
  });

  it("writes by maximum likelihood at T = 1 and sharpens below", () => {
    const share = (temperature: number): number => {
      const pieces = model.sample(20_000, temperature, new Random("share"));
      const cats = pieces.filter((tokens) => tokens[1] === id("cat"));
      return cats.filter((tokens) => tokens[2] === id("sat")).length / cats.length;
    };
    // c = 2 and 1: p = 2/3; at T = .5 counts are squared: p = 4/5. Three standard errors are .011.
    expect(share(1)).toBeCloseTo(2 / 3, 1.9);
    expect(share(0.5)).toBeCloseTo(4 / 5, 1.9);
  });

  it("writes only trigrams it saw, in pieces of as many sentences as it saw", () => {
    const two = new TrigramModel([piece("the cat sat . the dog ran ."), piece("the dog sat .")], VOCABULARY);
    const lengths = new Set<number>();
    for (const tokens of two.sample(200, 1, new Random("sentences"))) {
      lengths.add([...tokens].filter((token) => token === id(".")).length);
      expect(tokens.at(-1)).toBe(id("."));
    }
    expect([...lengths].sort()).toEqual([1, 2]);
  });

  it("repeats itself for the same seed and differs for another", () => {
    const write = (seed: string): string => model.sample(20, 1, new Random(seed)).map(spell).join("|");
    expect(write("a")).toBe(write("a"));
    expect(write("a")).not.toBe(write("b"));
  });

  it("survives training sets that say nothing", () => {
    expect(new TrigramModel([], VOCABULARY).sample(3, 1, new Random(1))).toEqual([]);
    const silent = new TrigramModel([piece(""), piece("")], VOCABULARY).sample(3, 0.7, new Random(1));
    expect(silent.map((tokens) => tokens.length)).toEqual([0, 0, 0]);
    expect(new TrigramModel([], VOCABULARY).predict(1, 2)).toEqual([]);
  });
});
