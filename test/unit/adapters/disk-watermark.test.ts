import { describe, expect, it } from "vitest";
import { freeBytesKept, refuseNearlyFullDisk } from "../../../services/adapters/store/disk-watermark.ts";
import { StoreError } from "../../../services/ports.ts";

const BLOCK = 4_096;

/** A disk of so many bytes with so many left. */
function disk(bytes: number, freeBytes: number) {
  return () => ({ bsize: BLOCK, blocks: bytes / BLOCK, bavail: freeBytes / BLOCK });
}

describe("the disk's watermark", () => {
  it.each([
    [1e9, 5e7],
    [1.9e10, 9.5e8],
    [2e10, 1e9],
    [4e12, 1e9],
  ])("of a disk of %d bytes is %d", (bytes, kept) => {
    expect(freeBytesKept(bytes)).toBe(kept);
  });

  it("lets an insert through down to it", () => {
    expect(() => refuseNearlyFullDisk("d", null, disk(1e9, 5e7))).not.toThrow();
    expect(() => refuseNearlyFullDisk("d", 1e6, disk(1e9, 1e6))).not.toThrow();
  });

  it("refuses one below it, to be tried again, and says what to do", () => {
    const refuse = () => refuseNearlyFullDisk("/data", null, disk(1e9, 4.9e7));
    expect(refuse).toThrow(
      new StoreError(
        "the disk of /data has 49 MB left, 50 MB are kept free: make room, recording goes on by itself",
        243,
        true,
      ),
    );
    expect(refuse).toThrow(expect.objectContaining({ code: 243, transient: true }));
  });
});
