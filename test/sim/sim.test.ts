import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { runMany } from "./run-many.ts";

/** `make ci` runs 10,000. */
const SEEDS = 1_000;
const EVENTS = 2_000;
const WITHIN_MS_MAX = 900_000;

describe("the laws, under faults", () => {
  it(
    `hold in ${SEEDS} seeds of ${EVENTS} events (make ci runs 10000)`,
    async () => {
      const jobs = Math.min(2, availableParallelism());
      const results = await runMany({ from: 1, count: SEEDS, events: EVENTS, jobs }, () => {});
      const failed = results
        .filter(({ violations }) => violations.length > 0)
        .map(({ seed, violations }) => {
          const replay = `npx tsx test/sim/main.ts --seed ${seed} --events ${EVENTS}`;
          return `${replay}: ${violations[0]}`;
        });
      console.info(`${results.length} seeds run, ${failed.length} failed`);
      expect(failed).toEqual([]);
      expect(results.length).toBe(SEEDS);
    },
    WITHIN_MS_MAX,
  );
});
