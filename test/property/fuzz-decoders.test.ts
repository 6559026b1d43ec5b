/**
 * Damaged records, headers, checkpoints, files and requests at everything that reads them: nothing throws but what may,
 * nothing takes long, nothing grows. `FUZZ_CASES=10000000` runs more, `FUZZ_SEED` others, `FUZZ_ONLY` one target.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FuzzTarget, runFuzz } from "../support/fuzz.ts";
import { fileTargets } from "../support/fuzz-files.ts";
import { recorderTargets } from "../support/fuzz-recorder.ts";
import { stateTargets } from "../support/fuzz-state.ts";
import { wireTargets } from "../support/fuzz-wire.ts";
import { realRecords } from "../support/real-records.ts";

const CASES = Number(process.env.FUZZ_CASES ?? 100_000);
const SEED = process.env.FUZZ_SEED ?? "plumbline";
const ONLY = process.env.FUZZ_ONLY ?? "";
/** Fewer than this and a target need not have met all its outcomes. */
const OUTCOMES_FROM_CASES = 1_000;
const HEAP_GROWTH_BYTES_MAX = 32 * 1024 * 1024;
const RSS_GROWTH_BYTES_MAX = 384 * 1024 * 1024;
const CASES_A_MINUTE_MIN = 20_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => {
  rejections.push(reason);
};

const real = await realRecords(SEED);
const targets: readonly FuzzTarget[] = [
  ...wireTargets(real),
  ...recorderTargets(real),
  ...stateTargets(real),
  ...fileTargets(real),
].filter(({ name }) => name.startsWith(ONLY));
const weights = targets.reduce((sum, { weight }) => sum + weight, 0);

describe(`damaged input, ${CASES.toLocaleString("en")} cases of seed ${SEED}`, () => {
  let before = process.memoryUsage();
  beforeAll(() => {
    process.on("unhandledRejection", onRejection);
  });
  afterAll(() => {
    process.off("unhandledRejection", onRejection);
  });

  it.each(targets)("$name", { timeout: 60_000 + (CASES / CASES_A_MINUTE_MIN) * 60_000 }, async (target) => {
    const cases = Math.ceil((CASES * target.weight) / weights);
    // What is made at the first use, and compiled, is not growth.
    await runFuzz(target, `${SEED}/warm`, Math.min(50, cases));
    collect();
    before = process.memoryUsage();
    const report = await runFuzz(target, SEED, cases);
    collect();
    const after = process.memoryUsage();
    expect(after.heapUsed - before.heapUsed).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
    expect(after.rss - before.rss).toBeLessThan(RSS_GROWTH_BYTES_MAX);
    if (cases >= OUTCOMES_FROM_CASES)
      expect([...report.outcomes.keys()]).toEqual(expect.arrayContaining([...target.outcomes]));
  });

  it("leaves no promise rejected unseen", () => {
    expect(rejections).toEqual([]);
  });
});
