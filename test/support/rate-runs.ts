/** Outcomes of many buckets, healthy and falling, as the evidence sees them window by window. */
import type { Random } from "../../services/core/random.ts";
import { rateResult } from "../../services/core/rate-result.ts";
import { BucketEvidence, type BucketRow } from "../../services/core/series/bucket-evidence.ts";
import { ALPHA, BASE_TRIALS_MIN, RateEvidence } from "../../services/core/series/rate-evidence.ts";
import { lowerRateLogE, type RateCounts } from "../../services/core/statistics/e-values.ts";
import { windowInputs } from "./window-inputs.ts";

const BUCKETS = 200;
export const CROSSED = Math.log(BUCKETS / ALPHA);
const HEALTHY = 0.9;
const FALLEN = 0.75;
/** Outcomes a bucket and window. */
const TRIALS = 20;
const BASE_WINDOWS = BASE_TRIALS_MIN / TRIALS;

export function draw(random: Random, trials: number, rate: number): RateCounts {
  let successes = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) successes += 1;
  return { successes, trials };
}

const bucketName = (bucket: number): string => `b${String(bucket).padStart(3, "0")}`;

/** Windows from the fall on until each of the fallen buckets has crossed. */
function delays(random: Random, fallAfter: number, fallen: readonly number[]): number[] {
  const evidence = new RateEvidence();
  const found = new Map<string, number>();
  for (let window = 0; found.size < fallen.length && window < 2_000; window += 1) {
    const counts = new Map<string, RateCounts>();
    // The other buckets take no part: what they cost is in the threshold.
    for (const bucket of fallen) {
      counts.set(bucketName(bucket), draw(random, TRIALS, window >= fallAfter ? FALLEN : HEALTHY));
    }
    evidence.fold(counts);
    for (const { name: of, logE } of evidence.findings()) {
      if (logE >= CROSSED && window >= fallAfter && !found.has(of)) found.set(of, window - fallAfter + 1);
    }
  }
  return fallen.map((bucket) => found.get(bucketName(bucket)) ?? Number.POSITIVE_INFINITY);
}

/** The same fall by one e-process that begins with it, at the level of so many rates. */
function simulatedDelay(random: Random, rates: number): number {
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
    counts.map(({ successes, trials }, b) => rateResult("online_success", successes, trials, bucketName(b)));
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
export const SHARED = 20;
export const CELLS = SEGMENTS.length * SHARED;

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
  return fallen.map(
    (bucket) => found.get(`buckets/user:new ${bucketName(bucket)}`) ?? Number.POSITIVE_INFINITY,
  );
}

/** Alarms of so many windows in which no rate of 200 buckets changes, and the highest log e of any bucket: looked at each window. */
export function healthyBuckets(random: Random, windows: number): { alarms: number; highest: number } {
  const evidence = new RateEvidence();
  let alarms = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let window = 0; window < windows; window += 1) {
    const counts = new Map<string, RateCounts>();
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      counts.set(bucketName(bucket), draw(random, 5, 0.7 + (bucket % 30) / 100));
    }
    evidence.fold(counts);
    for (const { logE } of evidence.findings()) {
      highest = Math.max(highest, logE);
      if (logE >= CROSSED) alarms += 1;
    }
  }
  return { alarms, highest };
}

export interface HealthyCells {
  /** Of buckets and cells, each window's. */
  readonly alarms: readonly string[];
  readonly regressed: number;
  readonly followed: number;
}

/** The same of buckets by kind of user, with what the rows tell: as stored and judged. */
export function healthyCells(random: Random, windows: number): HealthyCells {
  const evidence = new BucketEvidence();
  const alarms: string[] = [];
  let [regressed, followed] = [0, 0];
  for (let window = 0; window < windows; window += 1) {
    const rows = segmented((_users, bucket) => draw(random, 5, 0.7 + bucket / 100), SHARED);
    const made = evidence.fold(rows);
    alarms.push(...crossed(made));
    for (const { metric, value, n } of made[0]?.results ?? []) {
      if (metric === "regressed_buckets") regressed += value!;
      if (metric === "untested_buckets") followed = n;
    }
  }
  return { alarms, regressed, followed };
}

/** Median delay of the evidence and of one e-process that begins with the fall, in windows. */
export interface FallDelay {
  readonly found: number;
  readonly simulated: number;
}

/** A fall in 3 of 200 buckets, after so many healthy windows. */
export function bucketFall(random: Random, runs: number, healthyWindows = 0): FallDelay {
  const found: number[] = [];
  for (let run = 0; run < runs; run += 1)
    found.push(...delays(random, BASE_WINDOWS + healthyWindows, [3, 77, 191]));
  return { found: median(found), simulated: median(simulatedDelays(random, BUCKETS)) };
}

/** A fall of one kind of user in 3 of 40 cells; the one e-process has half of alpha. */
export function cellFall(random: Random, runs: number): FallDelay {
  const found: number[] = [];
  for (let run = 0; run < runs; run += 1) found.push(...segmentDelays(random));
  return { found: median(found), simulated: median(simulatedDelays(random, 2 * CELLS)) };
}

function simulatedDelays(random: Random, rates: number): number[] {
  return Array.from({ length: 400 }, () => simulatedDelay(random, rates));
}
