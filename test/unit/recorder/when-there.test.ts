import { describe, expect, it } from "vitest";
import { StoreError } from "../../../services/ports.ts";
import { type WhenThereOptions, whenThere } from "../../../services/recorder/when-there.ts";

/** Time passes by sleeping only. */
function options(): WhenThereOptions & { readonly warnings: string[]; readonly stop: AbortController } {
  let nowMs = 0;
  const warnings: string[] = [];
  const stop = new AbortController();
  return {
    clock: {
      nowMs: () => nowMs,
      sleep: (ms) => {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    logger: { info: () => {}, warn: (_fields, message) => warnings.push(message), error: () => {} },
    signal: stop.signal,
    waitMsMax: 2_000,
    warnings,
    stop,
  };
}

const away = new StoreError("planted", null, true);

describe("a store that is asked at the start", () => {
  it("is waited for while it is away", async () => {
    const own = options();
    let asked = 0;
    const answer = await whenThere(() => {
      asked += 1;
      return asked < 3 ? Promise.reject(away) : Promise.resolve("there");
    }, own);
    expect(answer).toBe("there");
    expect(own.warnings).toHaveLength(2);
  });

  it("is not waited for longer than allowed, nor after the end was asked for", async () => {
    const own = options();
    await expect(whenThere(() => Promise.reject(away), own)).rejects.toBe(away);
    expect(own.warnings).toHaveLength(4);
    own.stop.abort();
    await expect(whenThere(() => Promise.reject(away), own)).rejects.toBe(away);
    expect(own.warnings).toHaveLength(4);
  });

  it("is not asked again where that does not help", async () => {
    const own = options();
    const refused = new StoreError("wrong password", 516, false);
    await expect(whenThere(() => Promise.reject(refused), own)).rejects.toBe(refused);
    expect(own.warnings).toEqual([]);
  });
});
