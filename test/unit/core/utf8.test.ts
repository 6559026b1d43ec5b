import { describe, expect, it } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../../services/core/utf8.ts";

describe("UTF-8", () => {
  const texts = [
    "",
    "plain",
    "é ’ …",
    "日本語",
    "😀👩‍👩‍👧",
    "\u0000\u007f\u0080\u07ff\u0800\uffff",
    "\ufeffmark",
  ];

  it("is written as the platform writes it", () => {
    for (const text of [...texts, "lone \ud800 and \udc00x", "\udc00\ud800"]) {
      expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
    }
  });

  it("is read back", () => {
    for (const text of texts) expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    const long = "aé日😀".repeat(5_000);
    expect(decodeUtf8(encodeUtf8(long))).toBe(long);
  });

  it("reads a stretch of a larger buffer", () => {
    const bytes = encodeUtf8("before|é日|after");
    expect(decodeUtf8(bytes, 7, 12)).toBe("é日");
  });

  it("makes U+FFFD of what is not UTF-8, as the WHATWG decoder does", () => {
    const platform = new TextDecoder("utf-8", { ignoreBOM: true });
    const broken = [
      [0xff],
      [0xc0, 0x80],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f, 0x98],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80, 0x41],
    ];
    for (const bytes of broken) {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBe(platform.decode(Uint8Array.from(bytes)));
    }
  });
});
