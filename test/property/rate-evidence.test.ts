/** What the e-values of many buckets promise: no false alarm over a year of looks, and a fall found about as soon as it can be. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { rateResult } from "../../services/core/rate-result.ts";
import { BucketEvidence, type BucketRow } from "../../services/core/series/bucket-evidence.ts";
import { BASE_TRIALS_MIN, RateEvidence } from "../../services/core/series/rate-evidence.ts";
import { lowerRateLogE, type RateCounts } from "../../services/core/statistics/e-values.ts";
import { windowInputs } from "../support/window-inputs.ts";

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

/** The same fall by one e-process that begins with it, at the level of so many rates. */
function simulatedDelay(random: Random, rates = BUCKETS): number {
  const base = draw(random, BASE_TRIALS_MIN, HEALTHY);
  let since: RateCounts = { successes: 0, trials: 0 };
  for (let window = 1; window < 2_000; window += 1) {
    const now = draw(random, TRIALS, FALLEN);
    since = { successes: since.successes + now.successes, trials: since.trials + now.trials };
    if (lowerRateLogE(base, since) >= Math.log(rates / ALPHA)) return window;
  }
  return Number.POSITIVE_INFINITY;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const SEGMENTS = ["user:new", "user:old"] as const;

/** One window's rows: all users, and those of two segments, who ask of the same buckets. */
function segmented(countsOf: (users: string, bucket: number) => RateCounts, buckets: number) {
  const own = SEGMENTS.map((users) => Array.from({ length: buckets }, (_, b) => countsOf(users, b)));
  const rates = (counts: readonly RateCounts[]) =>
    counts.map(({ successes, trials }, b) => rateResult("online_success", successes, trials, name(b)));
  const all = own[0]!.map((first, b) => ({
    successes: first.successes + own[1]![b]!.successes,
    trials: first.trials + own[1]![b]!.trials,
  }));
  const rows = windowInputs(0, [
    ["reply", "all", rates(all)],
    ...SEGMENTS.map((users, i) => ["reply", users, rates(own[i]!)] as const),
  ]);
  return rows.map(({ window }) => window);
}

/** Where the shared evidence has crossed: `<row> <bucket>`. */
function crossed(rows: readonly BucketRow[]): string[] {
  return rows.flatMap(({ segment, results }) =>
    results
      .filter(({ metric, bucket, e }) => metric === "bucket_regression" && bucket !== "" && e! >= 1 / ALPHA)
      .map(({ bucket }) => `${segment} ${bucket}`),
  );
}

/** Buckets that both segments ask of: two cells each. */
const SHARED = 20;
const CELLS = SEGMENTS.length * SHARED;

/** Windows from the fall on until each of three buckets of one kind of user is named. */
function segmentDelays(random: Random): number[] {
  const evidence = new BucketEvidence();
  const fallen = [3, 7, 19];
  const steady = { successes: TRIALS * HEALTHY, trials: TRIALS };
  const found = new Map<string, number>();
  for (let window = 0; found.size < fallen.length && window < 200; window += 1) {
    const late = window >= BASE_WINDOWS;
    const rows = segmented(
      (users, bucket) =>
        users === "user:new" && fallen.includes(bucket)
          ? draw(random, TRIALS, late ? FALLEN : HEALTHY)
          : steady,
      SHARED,
    );
    for (const place of crossed(evidence.fold(rows))) {
      if (late && place.startsWith("buckets/user:new") && !found.has(place))
        found.set(place, window - BASE_WINDOWS + 1);
    }
  }
  return fallen.map((bucket) => found.get(`buckets/user:new ${name(bucket)}`) ?? Number.POSITIVE_INFINITY);
}

describe("evidence that rates fell", () => {
  it("finds a fall in 3 of 200 buckets within 1.2 times the delay of one e-process at K / alpha", () => {
    const random = new Random("rate-evidence/fall");
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) found.push(...delays(random, BASE_WINDOWS, [3, 77, 191]));
    const simulated = Array.from({ length: 400 }, () => simulatedDelay(random));
    expect(median(found) / median(simulated)).toBeLessThanOrEqual(1.2);
  });

  it("finds a late fall as soon, however long all was well", () => {
    const random = new Random("rate-evidence/late");
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) found.push(...delays(random, BASE_WINDOWS + 600, [3, 77, 191]));
    const simulated = Array.from({ length: 400 }, () => simulatedDelay(random));
    expect(median(found) / median(simulated)).toBeLessThanOrEqual(1.2);
  });

  it("finds a fall of one kind of user in 3 cells within 1.2 times the delay of one e-process at half of alpha over cells", () => {
    const random = new Random("rate-evidence/segments");
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) found.push(...segmentDelays(random));
    const simulated = Array.from({ length: 400 }, () => simulatedDelay(random, 2 * CELLS));
    expect(median(found) / median(simulated)).toBeLessThanOrEqual(1.2);
  });

  it("raises no false alarm over 2,000 looks at buckets and cells that stay as they are", () => {
    const random = new Random("rate-evidence/aa-segments");
    const evidence = new BucketEvidence();
    const alarms: string[] = [];
    let [regressed, followed] = [0, 0];
    for (let window = 0; window < 2_000; window += 1) {
      const rows = segmented((_users, bucket) => draw(random, 5, 0.7 + bucket / 100), SHARED);
      const made = evidence.fold(rows);
      alarms.push(...crossed(made));
      for (const { metric, value, n } of made[0]?.results ?? []) {
        if (metric === "regressed_buckets") regressed += value!;
        if (metric === "untested_buckets") followed = n;
      }
    }
    expect(alarms).toEqual([]);
    expect(regressed).toBe(0);
    expect(followed).toBe(SHARED + CELLS);
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
