import { describe, expect, it } from "vitest";
import {
  DUPLICATE_MEMORY_MAX,
  DuplicateMemory,
  MEMORY_SEGMENT_SAMPLES,
  MEMORY_SEGMENTS_MAX,
  type SampleKeys,
} from "../../../../services/core/gatekeeper/duplicate-memory.ts";
import {
  encodeMemorySegment,
  type MemorySegment,
} from "../../../../services/core/gatekeeper/memory-segment.ts";
import { fmix32 } from "../../../../services/core/hash.ts";

/** Keys of the n-th sample: of its id and its text. */
function keysOf(n: number): SampleKeys {
  return { idHi: fmix32(n), idLo: fmix32(n ^ 0x5555), textHi: fmix32(n ^ 0xaaaa), textLo: fmix32(n ^ 0x77) };
}

/** Remembers samples [from, to); the n-th at offset 2 n. Returns the segments that became whole. */
function remember(memory: DuplicateMemory, from: number, to: number): MemorySegment[] {
  const segments: MemorySegment[] = [];
  for (let n = from; n < to; n += 1) {
    const segment = memory.remember(2 * n, keysOf(n));
    if (segment !== null) segments.push(segment);
  }
  return segments;
}

function knows(memory: DuplicateMemory, n: number): readonly [boolean, boolean] {
  return [memory.hasId(keysOf(n)), memory.hasText(keysOf(n))];
}

describe("the gatekeeper's memory", () => {
  it("knows ids and texts apart, and takes no text for none", () => {
    const memory = new DuplicateMemory();
    const keys = keysOf(1);
    memory.remember(0, { ...keys, textHi: 0, textLo: 0 });
    expect([memory.hasId(keys), memory.hasText(keys)]).toEqual([true, false]);
    expect(memory.hasText({ ...keys, textHi: 0, textLo: 0 })).toBe(false);
    expect(memory.size).toBe(1);
  });

  it("forgets between one and two times its bound, and stays as large as that", () => {
    const memory = new DuplicateMemory();
    remember(memory, 0, 2 * DUPLICATE_MEMORY_MAX + 10);
    expect(knows(memory, 0)).toEqual([false, false]);
    expect(knows(memory, DUPLICATE_MEMORY_MAX - 1)).toEqual([false, false]);
    expect(knows(memory, DUPLICATE_MEMORY_MAX)).toEqual([true, true]);
    expect(knows(memory, 2 * DUPLICATE_MEMORY_MAX + 9)).toEqual([true, true]);
    expect(memory.size).toBe(2 * (DUPLICATE_MEMORY_MAX + 10));
  });

  it.each([
    1,
    MEMORY_SEGMENT_SAMPLES,
    DUPLICATE_MEMORY_MAX,
    2 * DUPLICATE_MEMORY_MAX + MEMORY_SEGMENT_SAMPLES + 7,
  ])("is after %i samples what its last segments and the samples since make", (samples) => {
    const memory = new DuplicateMemory();
    const slots = new Map<number, MemorySegment>();
    for (const segment of remember(memory, 0, samples))
      slots.set(segment.number % MEMORY_SEGMENTS_MAX, segment);
    const again = new DuplicateMemory([...slots.values()].reverse());
    expect(again.to).toBeLessThanOrEqual(memory.to);
    expect(memory.to - again.to).toBeLessThan(2 * MEMORY_SEGMENT_SAMPLES);
    remember(again, Math.ceil(again.to / 2), samples);
    expect([again.to, again.size]).toEqual([memory.to, memory.size]);
    for (let n = 0; n < samples; n += 9_973) expect(knows(again, n)).toEqual(knows(memory, n));
    // And it goes on alike: the next segments are the same.
    const next = samples + MEMORY_SEGMENT_SAMPLES;
    const bytes = (from: DuplicateMemory): Uint8Array[] =>
      remember(from, samples, next).map(encodeMemorySegment);
    const [one, two] = [bytes(again), bytes(memory)];
    expect([one.length, Buffer.concat(one).equals(Buffer.concat(two))]).toEqual([1, true]);
  });

  it.each([
    7,
    MEMORY_SEGMENT_SAMPLES + 1_500,
    2 * DUPLICATE_MEMORY_MAX - 1,
    2 * DUPLICATE_MEMORY_MAX + MEMORY_SEGMENT_SAMPLES + 7,
  ])("is after %i samples what its segments and the unfilled one make, and fills that one on", (samples) => {
    const memory = new DuplicateMemory();
    const slots = new Map<number, MemorySegment>();
    for (const segment of [...remember(memory, 0, samples), memory.unfilled]) {
      slots.set(segment.number % MEMORY_SEGMENTS_MAX, segment);
    }
    const again = new DuplicateMemory([...slots.values()]);
    expect([again.to, again.size]).toEqual([memory.to, memory.size]);
    for (let n = 0; n < samples; n += 9_973) expect(knows(again, n)).toEqual(knows(memory, n));
    const next = samples + MEMORY_SEGMENT_SAMPLES;
    const bytes = (from: DuplicateMemory): Uint8Array[] =>
      remember(from, samples, next).map(encodeMemorySegment);
    const [one, two] = [bytes(again), bytes(memory)];
    expect([one.length, Buffer.concat(one).equals(Buffer.concat(two))]).toEqual([1, true]);
  });

  it("keeps its place where offsets were set back", () => {
    const memory = new DuplicateMemory();
    remember(memory, 0, 10);
    memory.remember(4, keysOf(2));
    expect(memory.to).toBe(19);
  });
});
