/** What the e-values of many buckets promise: no false alarm over a year of looks, and a fall found about as soon as it can be. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { BASE_TRIALS_MIN, RateEvidence } from "../../services/core/series/rate-evidence.ts";
import { lowerRateLogE, type RateCounts } from "../../services/core/statistics/e-values.ts";

const BUCKETS = 200;
const ALPHA = 0.05;
const CROSSED = Math.log(BUCKETS / ALPHA);
const HEALTHY = 0.9;
const FALLEN = 0.75;
/** Outcomes a bucket and window. */
const TRIALS = 20;
const BASE_WINDOWS = BASE_TRIALS_MIN / TRIALS;

function draw(random: Random, trials: number, rate: number): RateCounts {
  let successes = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) successes += 1;
  return { successes, trials };
}

const name = (bucket: number): string => `b${String(bucket).padStart(3, "0")}`;

/** Windows from the fall on until each of the fallen buckets has crossed. */
function delays(random: Random, fallAfter: number, fallen: readonly number[]): number[] {
  const evidence = new RateEvidence();
  const found = new Map<string, number>();
  for (let window = 0; found.size < fallen.length && window < 2_000; window += 1) {
    const counts = new Map<string, RateCounts>();
    // The other buckets take no part: what they cost is in the threshold.
    for (const bucket of fallen) {
      counts.set(name(bucket), draw(random, TRIALS, window >= fallAfter ? FALLEN : HEALTHY));
    }
    evidence.fold(counts);
    for (const { name: of, logE } of evidence.findings()) {
      if (logE >= CROSSED && window >= fallAfter && !found.has(of)) found.set(of, window - fallAfter + 1);
    }
  }
  return fallen.map((bucket) => found.get(name(bucket)) ?? Number.POSITIVE_INFINITY);
}

/** The same fall by one e-process that begins with it. */
function simulatedDelay(random: Random): number {
  const base = draw(random, BASE_TRIALS_MIN, HEALTHY);
  let since: RateCounts = { successes: 0, trials: 0 };
  for (let window = 1; window < 2_000; window += 1) {
    const now = draw(random, TRIALS, FALLEN);
    since = { successes: since.successes + now.successes, trials: since.trials + now.trials };
    if (lowerRateLogE(base, since) >= CROSSED) return window;
  }
  return Number.POSITIVE_INFINITY;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

describe("evidence that rates fell", () => {
  it("finds a fall in 3 of 200 buckets within 1.2 times the delay of one e-process at K / alpha", () => {
    const random = new Random("rate-evidence/fall");
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) found.push(...delays(random, BASE_WINDOWS, [3, 77, 191]));
    const simulated = Array.from({ length: 400 }, () => simulatedDelay(random));
    expect(median(found) / median(simulated)).toBeLessThanOrEqual(1.2);
  });

  it("finds a late fall in less than twice that, however long all was well", () => {
    const random = new Random("rate-evidence/late");
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) found.push(...delays(random, BASE_WINDOWS + 600, [3, 77, 191]));
    const simulated = Array.from({ length: 400 }, () => simulatedDelay(random));
    expect(median(found) / median(simulated)).toBeLessThan(2);
  });

  it("raises no false alarm over 2,000 looks at 200 buckets that stay as they are", () => {
    const random = new Random("rate-evidence/aa");
    const evidence = new RateEvidence();
    let highest = Number.NEGATIVE_INFINITY;
    for (let window = 0; window < 2_000; window += 1) {
      const counts = new Map<string, RateCounts>();
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        counts.set(name(bucket), draw(random, 5, 0.7 + (bucket % 30) / 100));
      }
      evidence.fold(counts);
      for (const { logE } of evidence.findings()) highest = Math.max(highest, logE);
    }
    expect(highest).toBeLessThan(CROSSED);
    expect(highest).toBeGreaterThan(0);
  });

  it("comes back from a checkpoint as it was", () => {
    const random = new Random("rate-evidence/checkpoint");
    const whole = new RateEvidence();
    let restored = new RateEvidence();
    for (let window = 0; window < 120; window += 1) {
      const counts = new Map([
        ["a", draw(random, 20, 0.8)],
        ["b/c", draw(random, 7, 0.5)],
      ]);
      whole.fold(counts);
      restored.fold(counts);
      restored = RateEvidence.fromJson(JSON.parse(JSON.stringify(restored.toJson())), "evidence");
    }
    expect(restored.findings()).toEqual(whole.findings());
  });
});
