import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textOf, wordsOf } from "../../../services/lab/words.ts";

describe("words", () => {
  it("cuts a text as normaliser N1 does", () => {
    expect(wordsOf("Don't pay $1,250.50 -- Ever!")).toEqual([
      "don't",
      "pay",
      "$",
      "1,250.50",
      "-",
      "-",
      "ever",
      "!",
    ]);
  });

  it("writes readable text", () => {
    expect(textOf(wordsOf("the self-made man (so they say) paid $5, twice. then he left."))).toBe(
      "The self-made man (so they say) paid $5, twice. Then he left.",
    );
  });

  it("keeps numbers apart that only a full stop separates", () => {
    expect(wordsOf(textOf(["in", "3", ".", "5", ",", "000", "men"]))).toEqual([
      "in",
      "3",
      ".",
      "5",
      ",",
      "000",
      "men",
    ]);
  });

  it("takes scripts without spaces character by character", () => {
    expect(wordsOf("尾部消失。ok")).toEqual(["尾", "部", "消", "失", "。", "ok"]);
  });

  it("gives back the words it was given, whatever text they came from", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."aB'é9.,;-$( )\"!ßİ尾か"), maxLength: 40 }),
        (text) => {
          const words = wordsOf(text);
          expect(wordsOf(textOf(words))).toEqual(words);
        },
      ),
    );
  });
});
