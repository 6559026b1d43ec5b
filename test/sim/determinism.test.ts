import { describe, expect, it } from "vitest";
import { runMany } from "./run-many.ts";
import { runSeed } from "./run-seed.ts";

const SHORT = { events: 200, spanMs: 10_000 };

describe("one seed", () => {
  it("gives one history, also in another process", async () => {
    const here = await runSeed({ seed: 3, ...SHORT });
    const again = await runSeed({ seed: 3, ...SHORT });
    const [there] = await runMany({ from: 3, count: 1, jobs: 1, ...SHORT }, () => {});
    expect(again).toEqual(here);
    expect(there!.trace).toBe(here.trace);
    expect(here.operations).toBeGreaterThan(1_000);
  });

  it("gives another history than the next one", async () => {
    const [a, b] = [await runSeed({ seed: 4, ...SHORT }), await runSeed({ seed: 5, ...SHORT })];
    expect(a.trace).not.toBe(b.trace);
  });
});
