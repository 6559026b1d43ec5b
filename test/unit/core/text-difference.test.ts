import { describe, expect, it } from "vitest";
import { skeletonWords } from "../../../services/core/skeleton-words.ts";
import { textDifference } from "../../../services/core/text-difference.ts";

const of = (count: number, text: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => text(i));

describe("a skeleton in words", () => {
  it("is what the hashed one stands for", () => {
    expect(skeletonWords("Janet sells 16 - 3 - 4 = 9 duck eggs a day.", 64)).toBe(
      "_ <N> - <N> - <N> = <N> _ a _ .",
    );
    expect(skeletonWords("", 64)).toBe("");
    expect(skeletonWords("one two three four", 2)).toBe("_ …");
    expect(skeletonWords("a \ud800 b", 64)).toBe("a \ufffd _");
  });
});

describe("the difference of two sets of texts", () => {
  it("names words and skeletons that moved beyond noise, the strongest first, and no others", () => {
    const a = of(60, (i) => `${i % 2 === 0 ? "plainly" : "surely"} your parcel number${i} is on its way`);
    const b = of(60, (i) => `Great question! your parcel number${i} is on its way`);
    const found = textDifference(a, b, 5);
    expect(found).toMatchObject({ textsA: 60, textsB: 60 });
    expect(found.tokens.map(({ item }) => item).sort()).toEqual([
      "!",
      "great",
      "plainly",
      "question",
      "surely",
    ]);
    expect(found.tokens[0]).toMatchObject({ a: 0, b: 60 });
    expect(found.skeletons.map(({ item, a: inA, b: inB }) => [item, inA, inB])).toEqual([
      ["_ ! your _ <N> is on its _", 0, 60],
      ["_ your _ <N> is on its _", 60, 0],
    ]);
  });

  it("finds nothing between equals, or where one side has nothing", () => {
    const texts = of(40, (i) => `the same ${i % 4}`);
    expect(textDifference(texts, texts, 5)).toMatchObject({ tokens: [], skeletons: [] });
    expect(textDifference([], texts, 5)).toEqual({ textsA: 0, textsB: 40, tokens: [], skeletons: [] });
  });

  it("takes hostile texts as the data they are", () => {
    const found = textDifference(
      of(30, () => "__proto__ constructor <script>alert(1)</script>"),
      of(30, () => "hasOwnProperty \u202e \u0000"),
      50,
    );
    expect(found.tokens.map(({ item }) => item)).toContain("constructor");
    expect(found.tokens.find(({ item }) => item === "proto")).toMatchObject({ a: 30, b: 0 });
  });
});
