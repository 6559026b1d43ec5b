import { describe, expect, it } from "vitest";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { runSeed, type SeedOptions } from "./run-seed.ts";

const SHORT = { events: 400, spanMs: 20_000 };

describe("the simulator finds a planted bug", () => {
  for (const bug of PLANTED_BUGS) {
    it(`${bug.name} (within ${bug.seedsMax} seeds: ${bug.law})`, async () => {
      const kinds = new Set(bug.kinds);
      const found: SeedOptions[] = [];
      let law = "";
      for (let seed = 1; seed <= bug.seedsMax && law === ""; seed += 1) {
        const options: SeedOptions = {
          seed,
          kinds,
          ...SHORT,
          ...(bug.hammer === undefined ? {} : { hammer: bug.hammer }),
        };
        const { violations } = await runSeed({ ...options, plant: bug.plant });
        const broken = violations.find((violation) => violation.startsWith(`${bug.law}:`));
        if (broken === undefined) continue;
        law = bug.law;
        found.push(options);
      }
      expect(law).toBe(bug.law);
      for (const options of found) expect((await runSeed(options)).violations).toEqual([]);
    });
  }
});
