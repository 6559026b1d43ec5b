import { describe, expect, it } from "vitest";
import { tokenHash } from "../../../services/core/hash.ts";
import {
  FUNCTION_WORDS,
  SKELETON_GAP,
  SKELETON_NUMBER,
  skeletonInto,
} from "../../../services/core/skeleton.ts";
import { nearestTexts, skeletonText } from "../../../services/core/text-kinship.ts";
import { Tokeniser } from "../../../services/core/tokenise.ts";

describe("a skeleton in words", () => {
  it("is that of the metric: the golden text", () => {
    expect(skeletonText("Janet sells 16 - 3 - 4 = 9 duck eggs a day.")).toBe(
      "_ <N> - <N> - <N> = <N> _ a _ .",
    );
  });

  it("has the hashes that the metric counts", () => {
    const known = new Map<number, string>(FUNCTION_WORDS.map((word) => [tokenHash(word), word]));
    known.set(SKELETON_GAP, "_");
    known.set(SKELETON_NUMBER, "<N>");
    for (const mark of "-=.,!?()") known.set(tokenHash(mark), mark);
    const tokeniser = new Tokeniser();
    for (const text of [
      "The refund of 12,5 is on its way, isn't it?",
      "!!!",
      "日本語 (a)",
      "",
      "of the of",
    ]) {
      const bytes = new TextEncoder().encode(text);
      tokeniser.read(bytes, 0, bytes.length);
      const out = new Uint32Array(tokeniser.count);
      const length = skeletonInto(tokeniser.tokens, tokeniser.kinds, tokeniser.count, out);
      expect(skeletonText(text)).toBe([...out.subarray(0, length)].map((hash) => known.get(hash)).join(" "));
    }
  });
});

describe("the nearest text", () => {
  it("is the one with most shared runs of three tokens", () => {
    const near = nearestTexts([
      { id: "a", text: "your parcel is on its way to you" },
      { id: "b", text: "your parcel is on its way to us" },
      { id: "c", text: "your parcel is lost" },
      { id: "d", text: "nothing of the kind" },
    ]);
    expect(near.get("a")).toEqual({ id: "b", likeness: 5 / 7 });
    expect(near.get("c")!.id).toBe("a");
    expect(near.has("d")).toBe(false);
  });

  it("takes texts of under three tokens whole, and never the text itself", () => {
    expect(
      nearestTexts([
        { id: "a", text: "yes" },
        { id: "a", text: "yes" },
      ]),
    ).toEqual(new Map());
    const short = nearestTexts([
      { id: "a", text: "yes" },
      { id: "b", text: "yes" },
    ]);
    expect(short.get("a")).toEqual({ id: "b", likeness: 1 });
    expect(nearestTexts([])).toEqual(new Map());
  });
});
