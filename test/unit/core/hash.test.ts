import { describe, expect, it } from "vitest";
import { fmix32, fnv1a32, hash64, rankOfId, tokenHash } from "../../../services/core/hash.ts";

describe("hashes", () => {
  it("agree with the goldens shared with other languages", () => {
    expect(fnv1a32("the cat sat")).toBe(0x43128e3c);
    expect(fmix32(0x43128e3c)).toBe(0x5470ba52);
    expect(tokenHash("the cat sat")).toBe(0x5470ba52);
    expect(fnv1a32("")).toBe(0x811c9dc5);
  });

  it("read UTF-8, with a lone surrogate as U+FFFD", () => {
    // FNV-1a of C3 A9.
    expect(fnv1a32("é")).toBe(0x1e9de8c1);
    expect(fnv1a32("a\ud800b")).toBe(fnv1a32("a\ufffdb"));
    expect(fnv1a32("😀")).not.toBe(fnv1a32("\ufffd\ufffd"));
  });

  it("hash texts longer than the scratch alike", () => {
    const long = "x".repeat(5_000);
    expect(hash64(long)).toEqual(hash64(long));
    expect(hash64(long)).not.toEqual(hash64(`${long}x`));
  });

  it("rank ids with 53 bits, spread evenly, without ties", () => {
    const ranks = new Set<number>();
    const deciles = new Array<number>(10).fill(0);
    const ids = 20_000;
    for (let i = 0; i < ids; i += 1) {
      const rank = rankOfId(`event-${i}`);
      if (!Number.isSafeInteger(rank) || rank < 0) throw new Error(`rank ${rank}`);
      ranks.add(rank);
      const decile = Math.floor((rank / 2 ** 53) * 10);
      deciles[decile] = deciles[decile]! + 1;
    }
    expect(ranks.size).toBe(ids);
    for (const count of deciles) expect(Math.abs(count - ids / 10)).toBeLessThan(5 * Math.sqrt(ids / 10));
  });

  it("are frozen: ranks are part of every stored sample", () => {
    expect([rankOfId(""), rankOfId("a"), rankOfId("sample-1")]).toEqual(FROZEN_RANKS);
  });
});

const FROZEN_RANKS = [43353042947304, 683549044497925, 146303684409286];
