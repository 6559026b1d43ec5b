import { describe, expect, it } from "vitest";
import {
  commonMarks,
  nearestPairs,
  readText,
  repeatedSkeletons,
  skeletonMarks,
} from "../../../../services/console/window/likeness.ts";
import { readSkeleton, readTokens } from "../../../../services/console/window/read-tokens.ts";

describe("tokens with their places", () => {
  it("are parts of the text as it stands, whatever script it is in", () => {
    const text = "ＡＢ costs 3.5 € — 日本語 don’t ‮x";
    for (const { from, to, word } of readTokens(text)) {
      expect(text.slice(from, to).normalize("NFKC").toLowerCase()).toBe(word);
    }
    expect(readTokens("日本 ab").map(({ word }) => word)).toEqual(["日", "本", "ab"]);
  });

  it("give the skeleton that is judged", () => {
    const skeleton = readSkeleton(readTokens("Janet sells 16 - 3 - 4 = 9 duck eggs a day."));
    expect(skeleton.map(({ word }) => word).join(" ")).toBe("_ <N> - <N> - <N> = <N> _ a _ .");
  });
});

describe("what texts have in common", () => {
  const texts = Array.from({ length: 80 }, (_, i) =>
    readText(`t${i}`, `Thank you for your patience, and the parcel of day ${i} is on its way.`),
  );

  it("names the template once, with how many have it, and marks it", () => {
    const skeletons = repeatedSkeletons(texts);
    expect(skeletons[0]).toMatchObject({ texts: 80 });
    expect(new Set(skeletons.map(({ skeleton }) => skeleton)).size).toBe(skeletons.length);
    const [[from, to]] = skeletonMarks(texts[0]!, skeletons) as [[number, number]];
    expect(to - from).toBeGreaterThan(20);
    expect(repeatedSkeletons(texts.slice(0, 2))).toEqual([]);
  });

  it("finds pairs where all are one template, each text once", () => {
    const pairs = nearestPairs(texts);
    expect(pairs).toHaveLength(6);
    expect(pairs.every(({ similarity }) => similarity > 0.5 && similarity < 1)).toBe(true);
    expect(new Set(pairs.flatMap(({ left, right }) => [left.id, right.id])).size).toBe(12);
  });

  it("finds the nearest among others, by their true similarity", () => {
    const others = [
      readText("a", "the cat sat on the mat today"),
      readText("b", "a dog ran over some hills yesterday"),
      readText("c", "the cat sat on the mat today"),
      readText("d", ""),
    ];
    const [pair] = nearestPairs(others);
    expect(pair).toMatchObject({ similarity: 1, left: { id: "a" }, right: { id: "c" } });
    expect(commonMarks(pair!.left, pair!.right)).toEqual([[0, 28]]);
    expect(commonMarks(others[0]!, others[1]!)).toEqual([]);
    expect(nearestPairs([])).toEqual([]);
  });
});
