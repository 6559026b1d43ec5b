import { describe, expect, it } from "vitest";
import { tokenHash } from "../../../services/core/hash.ts";
import {
  FUNCTION_WORDS,
  SKELETON_GAP,
  SKELETON_NUMBER,
  skeletonInto,
} from "../../../services/core/skeleton.ts";
import { skeletonWords } from "../../../services/core/skeleton-words.ts";
import { Tokeniser } from "../../../services/core/tokenise.ts";

describe("a skeleton in words", () => {
  it("is that of the metric: the golden text", () => {
    expect(skeletonWords("Janet sells 16 - 3 - 4 = 9 duck eggs a day.", 100)).toBe(
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
      const words = [...out.subarray(0, length)].map((hash) => known.get(hash)).join(" ");
      expect(skeletonWords(text, 100)).toBe(words);
    }
  });

  it("ends where the bound is", () => {
    expect(skeletonWords("of the of the of", 2)).toBe("of the …");
  });
});
