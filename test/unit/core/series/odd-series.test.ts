/** Series that are not as one would like: constant, all in one bucket, of two versions, of more users than can be told apart. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue, CONTROL } from "../../../../services/core/catalogue.ts";
import type { Input } from "../../../../services/core/input.ts";
import { MonitorPartition } from "../../../../services/core/monitor/monitor.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { LaneSeries } from "../../../../services/core/series/lane-series.ts";
import { BUCKETS_MAX } from "../../../../services/core/sketches/bucket-sums.ts";
import { testPolicy } from "../../../support/policy.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const CATALOGUE = new Catalogue(METRICS);
const PAIR = "reply/suite:main/offline_score~reply/all/online_success";

/** One bucket with all traffic, one suite: successes of 200 outcomes, of 400 trials. */
function shown(t: number, online: number, offline: number): WindowRecord[] {
  return windowInputs(t, [
    [
      "reply",
      "all",
      [rateResult("online_success", online, 200, ""), rateResult("online_success", online, 200, "only")],
    ],
    ["reply", "suite:main", [rateResult("offline_score", offline, 400, "")]],
  ]).map(({ window }) => window);
}

const binomial = (random: Random, n: number, rate: number): number =>
  Array.from({ length: n }, () => random.nextFloat()).filter((x) => x < rate).length;

/** Rows of the last window, and every number in any of them. */
function played(windows: number, of: (t: number, random: Random) => readonly [number, number], seed: string) {
  const random = new Random(`odd-series/${seed}`);
  const lane = new LaneSeries();
  let rows: WindowRecord[] = [];
  const numbers: number[] = [];
  for (let t = 0; t < windows; t += 1) {
    rows = lane.fold(shown(t, ...of(t, random)), CATALOGUE);
    for (const { results } of rows)
      for (const { value, lo, hi, z, e } of results)
        for (const x of [value, lo, hi, z, e]) if (x !== null) numbers.push(x);
  }
  const found = (segment: string, metric: string, bucket = "") =>
    rows
      .find((row) => row.segment === segment)
      ?.results.find((result) => result.metric === metric && result.bucket === bucket);
  return { found, numbers };
}

describe("series that are not as one would like", () => {
  it("constant on both sides: degenerate, nothing fell, nothing came apart, and no number that is none", () => {
    for (const [online, offline] of [
      [180, 360],
      [200, 400],
      [0, 0],
    ] as const) {
      const { found, numbers } = played(60, () => [online, offline], "constant");
      expect(found("drift", "drift_correlation", PAIR)).toMatchObject({ status: "degenerate", value: null });
      expect(found("drift", "decoupled_windows", PAIR)?.value ?? 0).toBe(0);
      expect(found("buckets", "regressed_buckets")).toMatchObject({ value: 0, n: 1 });
      expect(found("buckets", "bucket_regression")!.e).toBeLessThan(1);
      expect(numbers.filter((x) => !Number.isFinite(x))).toEqual([]);
    }
  });

  it("a suite that says the same every time, beside users who are served worse: they have come apart", () => {
    const { found, numbers } = played(
      60,
      (t, random) => [binomial(random, 200, t < 25 ? 0.9 : 0.9 - 0.01 * (t - 25)), 360],
      "constant suite",
    );
    expect(found("drift", "drift_correlation", PAIR)).toMatchObject({ status: "degenerate", value: null });
    expect(found("drift", "decoupled_windows", PAIR)!.value).toBeGreaterThanOrEqual(2);
    expect(numbers.filter((x) => !Number.isFinite(x))).toEqual([]);
  });

  it("one bucket with all traffic: its fall is found, it is the lane's, and no mix explains it", () => {
    const { found, numbers } = played(
      40,
      (t, random) => [binomial(random, 200, t < 20 ? 0.9 : 0.7), binomial(random, 400, 0.9)],
      "one bucket",
    );
    const [whole, only] = ["", "only"].map((bucket) => found("buckets", "bucket_regression", bucket)!);
    expect(only!.e).toBeGreaterThan(20);
    expect(whole!.e).toBe(only!.e);
    expect(found("rates", "online_fixed_mix")!.value).toBeCloseTo(0.7, 0);
    expect(found("rates", "mix_explained", "reply/all/online_success")!.value).toBeCloseTo(0, 6);
    expect(found("buckets", "bucket_rate", "only")!.value).toBeGreaterThan(0.6);
    expect(numbers.filter((x) => !Number.isFinite(x))).toEqual([]);
  });

  it("a hundred thousand users' segments and buckets: no more rows, every outcome counted, and the state bounded", () => {
    const users = 100_000;
    const lane = { ...testPolicy().defaults, lane: "a", userSegments: ["new"], controlSegments: ["people"] };
    const policies = new Policies(testPolicy({ lanes: [lane] }));
    const config = { partition: 0, catalogue: CATALOGUE, policies, rules: [], referenceOf: () => null };
    const core = new MonitorPartition(config, null);
    const startMs = 1_700_000_040_000;
    const outcome = (i: number): Input => ({
      kind: "outcome",
      at: { topic: "outcomes", partition: 0, offset: i, appendMs: startMs + 1 },
      outcome: {
        id: `o${i}`,
        eventMs: startMs,
        lane: "a",
        bucket: i % 50 === 0 ? `b${i}` : "common",
        segment: i % 1_000 === 0 ? "new" : `s${i}`,
        model: "m@1",
        interactionId: `i${i}`,
        interactionMs: startMs,
        resolved: i % 10 !== 0,
      },
    });
    const ticks = ["admitted", "quarantined", "interactions", "outcomes", "evaluations", "training"] as const;
    let rows: WindowRecord[] = [];
    let bytes = 0;
    const absorb = (inputs: readonly Input[]): void => {
      const effects = [...core.absorb(inputs)];
      while (core.hasMore) effects.push(...core.absorb([]));
      for (const effect of effects) {
        if (effect.type !== "publish") continue;
        if (effect.topic === "windows") rows = [...rows, effect.record];
        if (effect.topic === "panes") bytes = Math.max(bytes, effect.record.body.length);
      }
    };
    for (let from = 0; from < users; from += 10_000) {
      absorb(Array.from({ length: 10_000 }, (_, i) => outcome(from + i)));
    }
    absorb(
      ticks.map((topic) => ({
        kind: "tick",
        at: { topic, partition: 0, offset: users, appendMs: startMs + 60_000 },
        watermarkMs: startMs + 60_000,
      })),
    );
    const panes = rows.filter(({ window, stage }) => window === "pane" && stage === "reply");
    expect(panes.map(({ segment }) => segment).sort()).toEqual(["all", "user:new"]);
    expect(panes.some(({ segment }) => segment === CONTROL)).toBe(false);
    const [whole, ...buckets] = panes
      .find(({ segment }) => segment === "all")!
      .results.filter(({ metric }) => metric === "online_success");
    expect(whole).toMatchObject({ n: users, value: 0.9 });
    expect(buckets).toHaveLength(BUCKETS_MAX + 1);
    expect(buckets.reduce((sum, { n }) => sum + n, 0)).toBe(users);
    expect(bytes).toBeLessThan(200_000);
  });
});
