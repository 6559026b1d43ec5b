import { expect, it } from "vitest";
import { createInternCache, INTERNED_MAX } from "../../../../services/adapters/avro/intern.ts";

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

it("gives the same string for the same bytes, wherever they lie", () => {
  const cache = createInternCache();
  const a = cache.name(bytesOf("refund"), 0, 6, 0, 0);
  const b = cache.name(bytesOf("--refund--"), 2, 8, 0, 0);
  expect([a, b, cache.size()]).toEqual(["refund", "refund", 1]);
});

it("joins id and version, and tells apart where one ends", () => {
  const cache = createInternCache();
  expect(cache.name(bytesOf("ab c"), 0, 2, 3, 4)).toBe("ab@c");
  expect(cache.name(bytesOf("a bc"), 0, 1, 2, 4)).toBe("a@bc");
  expect(cache.name(bytesOf("abc"), 0, 3, 0, 0)).toBe("abc");
});

it("does not keep the record's buffer: later changes to it change nothing", () => {
  const cache = createInternCache();
  const bytes = bytesOf("lane");
  cache.name(bytes, 0, 4, 0, 0);
  bytes.fill(120);
  expect(cache.name(bytesOf("lane"), 0, 4, 0, 0)).toBe("lane");
  expect(cache.name(bytes, 0, 4, 0, 0)).toBe("xxxx");
});

it("is bounded and right under ever new names", () => {
  const cache = createInternCache();
  for (let i = 0; i < 3 * INTERNED_MAX; i += 1) {
    const bytes = bytesOf(`name-${i}`);
    expect(cache.name(bytes, 0, bytes.length, 0, 0)).toBe(`name-${i}`);
    expect(cache.size()).toBeLessThanOrEqual(INTERNED_MAX);
  }
});
