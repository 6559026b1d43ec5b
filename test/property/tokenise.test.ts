import { describe, expect, it } from "vitest";
import { tokenHash } from "../../services/core/hash.ts";
import { Random } from "../../services/core/random.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import { referenceTokens } from "../../services/core/tokenise-reference.ts";
import { decodeUtf8, encodeUtf8 } from "../../services/core/utf8.ts";

const TEXTS = 25_000;
const BYTE_TEXTS = 5_000;

/** Pieces that have broken a tokeniser before, or that Unicode treats in a way of its own. */
const NASTY = [
  ..."aAzZ09'.,!-_ \t\n\r\u0000\u001c\u007f\u0085\u00a0",
  ..."éÉßẞıİſKÅΣσςϲϹϷ΄ΐ",
  ..."½²³¹ªº™ℌﬁﬃŉǆǅ…‥․．，。、・ー〜〇〧々〆㈠㍿㌔ﷺﷲ",
  ..."ㄱㅏﾡﾢﾶﾞﾟ가각힣\u1100\u1161\u11a8\ua960\ud7b0",
  ..."日本語のテストﾃｽﾄภาษาไทยน้ำພາສາ່ខ្មែរမြန်မာ",
  ..."\u0300\u0301\u0345\u0327\u05b0\u0651\u093c\u09be\u09c7\u0dcf\u0dd9\u3099\u309a\u20dd\ufe0f\ufe0e\u200d\u200c\u00ad\ufeff",
  ..."٠١٢٣۴۵०१०９５①Ⅷⅷ𝟘𝟗𝐀𝒜ℵא بشع",
  ..."😀👍🏽🇩🇪🏳️‍🌈🀄🄀🅰🆎🈁🩷𠀀𪛖𐐀𐐨𝚺𝛴\u{1d165}\u{1f100}\u{1f16a}\u{1fbf0}",
  "\ud800",
  "\udfff",
  "\ufffd",
  "\ufffe",
  "3.5",
  "1,000.25",
  "7.",
  "don't",
  "ΑΣ",
  "ΟΔΟΣ.",
];

function nastyText(random: Random): string {
  const length = random.below(24);
  let text = "";
  for (let i = 0; i < length; i += 1) {
    const choice = random.below(10);
    if (choice < 6) text += NASTY[random.below(NASTY.length)]!;
    else if (choice < 8) text += String.fromCharCode(0x20 + random.below(0x5f));
    else if (choice < 9) text += String.fromCharCode(random.below(0x10000));
    else text += String.fromCodePoint(random.below(0x110000));
  }
  return text;
}

function scanned(tokeniser: Tokeniser, bytes: Uint8Array): [number, number][] {
  tokeniser.read(bytes, 0, bytes.length);
  const tokens: [number, number][] = [];
  for (let i = 0; i < tokeniser.count; i += 1) tokens.push([tokeniser.tokens[i]!, tokeniser.kinds[i]!]);
  return tokens;
}

function defined(text: string): [number, number][] {
  return referenceTokens(text).map(({ token, kind }) => [tokenHash(token), kind]);
}

describe("the byte scanner against the definition of N1", () => {
  it(`agrees on ${TEXTS} texts of nasty code points`, () => {
    const random = new Random("tokenise/nasty");
    const tokeniser = new Tokeniser();
    const mismatches: string[] = [];
    for (let i = 0; i < TEXTS; i += 1) {
      const text = nastyText(random);
      const got = JSON.stringify(scanned(tokeniser, encodeUtf8(text)));
      if (got !== JSON.stringify(defined(text))) mismatches.push(JSON.stringify(text));
    }
    expect(mismatches).toEqual([]);
  });

  it("agrees on every BMP code point alone, after a letter, between digits and before a letter", () => {
    const tokeniser = new Tokeniser();
    const mismatches: string[] = [];
    for (let point = 0; point < 0x10000; point += 1) {
      const character = String.fromCharCode(point);
      const text = `${character} a${character}b 1${character}2 ${character}7.${character}`;
      const got = scanned(tokeniser, encodeUtf8(text));
      const want = defined(text);
      const same =
        got.length === want.length && got.every((t, i) => t[0] === want[i]![0] && t[1] === want[i]![1]);
      if (!same) mismatches.push(point.toString(16));
    }
    expect(mismatches).toEqual([]);
  });

  it(`agrees on ${BYTE_TEXTS} arrays of arbitrary bytes and never throws`, () => {
    const random = new Random("tokenise/bytes");
    const tokeniser = new Tokeniser();
    const platform = new TextDecoder("utf-8", { ignoreBOM: true });
    for (let i = 0; i < BYTE_TEXTS; i += 1) {
      const bytes = encodeUtf8(nastyText(random));
      for (let j = random.below(4); j > 0 && bytes.length > 0; j -= 1)
        bytes[random.below(bytes.length)] = random.below(256);
      const text = platform.decode(bytes);
      expect(decodeUtf8(bytes)).toBe(text);
      expect(scanned(tokeniser, bytes)).toEqual(defined(text));
    }
  });
});
