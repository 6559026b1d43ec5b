import { describe, expect, it } from "vitest";
import {
  decodeMemorySegment,
  encodeMemorySegment,
} from "../../../../services/core/gatekeeper/memory-segment.ts";

const SEGMENT = {
  number: 12,
  from: 600_000,
  to: 2 ** 40,
  words: Uint32Array.of(1, 2, 0xffff_ffff, 4, 5, 6, 0, 0),
};

describe("a segment of the gatekeeper's memory as bytes", () => {
  it("comes back as it was, also from the middle of a buffer, and empty", () => {
    const bytes = encodeMemorySegment(SEGMENT);
    const around = new Uint8Array(bytes.length + 3);
    around.set(bytes, 3);
    expect(decodeMemorySegment(around.subarray(3))).toEqual(SEGMENT);
    const empty = { number: 0, from: 0, to: 0, words: new Uint32Array(0) };
    expect(decodeMemorySegment(encodeMemorySegment(empty))).toEqual(empty);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["too short for its head", (bytes) => bytes.subarray(0, 20)],
    ["of another format", (bytes) => bytes.with(0, 2)],
    ["with a number that is none", (bytes) => bytes.with(11, 0x7f)],
    ["that ends before it begins", (bytes) => bytes.with(26, 0).with(27, 0)],
  ])("refuses one %s", (_, damage) => {
    expect(() => decodeMemorySegment(damage(encodeMemorySegment(SEGMENT)))).toThrow("a memory segment");
  });
});
