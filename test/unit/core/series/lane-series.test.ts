import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { judgeWindow } from "../../../../services/core/governor/judge-window.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, okResult } from "../../../../services/core/result.ts";
import type { Rule } from "../../../../services/core/rule.ts";
import { LaneSeries } from "../../../../services/core/series/lane-series.ts";
import { SERIES_MAX } from "../../../../services/core/series/metric-series.ts";
import { RATES_MAX } from "../../../../services/core/series/rate-evidence.ts";
import { testPolicy } from "../../../support/policy.ts";

const CATALOGUE = new Catalogue(METRICS);
const MAIN = "reply/suite:main/offline_score";
const ONLINE = "reply/all/online_success";
const PAIR = `${MAIN}~${ONLINE}`;

function row(
  segment: string,
  results: readonly MetricResult[],
  over: Partial<WindowRecord> = {},
): WindowRecord {
  return {
    lane: "a",
    stage: "reply",
    segment,
    window: "decision",
    startMs: 0,
    endMs: 1,
    generation: 1,
    n: 500,
    late: 0,
    repeated: 0,
    incomplete: false,
    referenceVersion: "ref",
    policyVersion: "p",
    rowIndex: 0,
    rowCount: 1,
    results,
    leftOut: [],
    evidence: [],
    ...over,
  };
}

function binomial(random: Random, trials: number, rate: number): number {
  let successes = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) successes += 1;
  return successes;
}

interface Shown {
  readonly buckets: Readonly<Record<string, number>>;
  readonly main: number;
  readonly coverage?: number;
  /** Rate of what no model of the lane's has a part in. */
  readonly control?: number;
  readonly judge?: string;
}

/** One window: outcomes of each bucket by its rate, one run of the main suite, one value of the generated texts. */
function window(
  random: Random,
  { buckets, main, coverage, control, judge }: Shown,
  trials = 60,
): WindowRecord[] {
  const successes = Object.entries(buckets).map(
    ([name, rate]) => [name, binomial(random, trials, rate)] as const,
  );
  const all = successes.reduce((sum, [, n]) => sum + n, 0);
  return [
    row("all", [
      rateResult("online_success", all, trials * successes.length, ""),
      ...successes.map(([name, n]) => rateResult("online_success", n, trials, name)),
    ]),
    row("suite:main", [
      rateResult("offline_score", binomial(random, 400, main), 400, ""),
      ...(judge === undefined
        ? []
        : [okResult("judge_mix", 10, 1, null), okResult("judge_mix", 10, 1, null, judge)]),
    ]),
    ...(control === undefined
      ? []
      : [row("control", [rateResult("online_success", binomial(random, 200, control), 200, "")])]),
    ...(coverage === undefined
      ? []
      : [row("generated", [okResult("tail_coverage", 500, coverage, null)], { stage: "candidate" })]),
  ];
}

function found(
  rows: readonly WindowRecord[],
  segment: string,
  metric: string,
  bucket = "",
): MetricResult | undefined {
  return rows
    .find((r) => r.segment === segment)
    ?.results.find((result) => result.metric === metric && result.bucket === bucket);
}

const RULE: Rule = {
  id: "bucket_regression",
  title: "t",
  metric: "bucket_regression",
  stage: "reply",
  segment: "buckets",
  bucket: "*",
  breach: [
    { field: "e", op: "gte", threshold: 20 },
    { field: "value", op: "gte", threshold: 0.05 },
  ],
  warn: [],
  severity: "page",
  owner: "o",
  page: "p",
  source: "s",
};

function verdictOf(rows: readonly WindowRecord[]) {
  const texts = row("generated", [], { n: 500, stage: "candidate" });
  const group = {
    lane: "a",
    window: "decision",
    startMs: 0,
    endMs: 1,
    generation: 1,
    partition: 0,
    rows: [texts, ...rows],
  } as const;
  const policy = testPolicy();
  return judgeWindow(group, [RULE], "v", CATALOGUE, policy.defaults, new Map()).verdict;
}

describe("other causes", () => {
  const rowsAfter = (shown: (late: boolean) => Shown, seed: string, windows = 40): WindowRecord[] => {
    const random = new Random(`lane-series/${seed}`);
    const lane = new LaneSeries();
    let rows: WindowRecord[] = [];
    for (let t = 0; t < windows; t += 1) rows = lane.fold(window(random, shown(t >= 20), 200), CATALOGUE);
    return rows;
  };
  const regressionIn = (rows: readonly WindowRecord[]) => ({
    bucket: found(rows, "buckets", "bucket_regression")!.e!,
    online: found(rows, "rates", "rate_regression", ONLINE)!.e!,
    explained: found(rows, "rates", "control_explained", ONLINE)!.value!,
  });

  it("take away the evidence of a fall that the control shows, too, and say how much of it", () => {
    const season = (late: boolean): Shown => ({
      buckets: late ? { a: 0.6, b: 0.6 } : { a: 0.8, b: 0.8 },
      main: 0.9,
      control: late ? 0.6 : 0.8,
    });
    const rows = rowsAfter(season, "season");
    const { bucket, online, explained } = regressionIn(rows);
    expect(Math.max(bucket, online)).toBeLessThanOrEqual(1);
    expect(explained).toBeGreaterThan(0.7);
    expect(verdictOf(rows).verdict).toBe("pass");
  });

  it("leave the evidence of a fall that the control does not show", () => {
    const collapse = (late: boolean): Shown => ({
      buckets: late ? { a: 0.6, b: 0.6 } : { a: 0.8, b: 0.8 },
      main: 0.9,
      control: 0.8,
    });
    const rows = rowsAfter(collapse, "collapse");
    const { bucket, online, explained } = regressionIn(rows);
    expect(Math.min(bucket, online)).toBeGreaterThan(1_000);
    expect(Math.abs(explained)).toBeLessThan(0.3);
    expect(verdictOf(rows).verdict).toBe("breach");
  });

  it("do not hide one bucket that fell much further than the control", () => {
    const both = (late: boolean): Shown => ({
      buckets: late ? { a: 0.74, rare: 0.3 } : { a: 0.8, rare: 0.8 },
      main: 0.9,
      control: late ? 0.74 : 0.8,
    });
    const breaches = verdictOf(rowsAfter(both, "tail in a season")).results.filter(
      ({ verdict }) => verdict === "breach",
    );
    expect(breaches.map(({ bucket }) => bucket)).toEqual(["", "rare"]);
  });

  it("hold no score against that of another judge, until somebody has looked", () => {
    const random = new Random("lane-series/judge");
    const lane = new LaneSeries();
    const fold = (late: boolean): WindowRecord[] =>
      lane.fold(
        window(random, { buckets: { a: 0.8 }, main: late ? 0.6 : 0.9, judge: late ? "j@2" : "j@1" }),
        CATALOGUE,
      );
    let rows: WindowRecord[] = [];
    for (let t = 0; t < 30; t += 1) rows = fold(t >= 20);
    expect(found(rows, "rates", "new_judge_share")).toMatchObject({ value: 1, status: "ok", n: 10 });
    expect(found(rows, "rates", "rate_regression", MAIN)!.e).toBeLessThanOrEqual(1);
    lane.restart();
    rows = fold(true);
    expect(found(rows, "rates", "new_judge_share")!.value).toBe(0);
    // A new base is being gathered: nothing is known of the score yet.
    expect(found(rows, "rates", "rate_regression", MAIN)).toBeUndefined();
  });
});

describe("the series of a lane", () => {
  it("name the bucket that fell, and leave those alone that did not", () => {
    const random = new Random("lane-series/bucket");
    const lane = new LaneSeries();
    let rows: WindowRecord[] = [];
    for (let t = 0; t < 30; t += 1) {
      const late = t >= 15;
      const buckets = { common: 0.9, "rare/hinge": late ? 0.6 : 0.9, "rare/latch": 0.9, plain: 0.9 };
      const shown = window(random, { buckets, main: 0.9 });
      rows = [...shown, ...lane.fold(shown, CATALOGUE)];
    }
    const { results, families, verdict } = verdictOf(rows);
    expect(verdict).toBe("breach");
    expect(families).toEqual(["online"]);
    const breaching = results.filter((result) => result.verdict === "breach").map(({ bucket }) => bucket);
    expect(breaching).toEqual(["", "rare/hinge", "rare/*"]);
    expect(found(rows, "buckets", "regressed_buckets")?.value).toBe(2);
    const worst = found(rows, "buckets", "bucket_regression", "rare/hinge")!;
    expect(worst.lo).toBeGreaterThan(0);
    expect(worst.hi).toBeLessThan(0.6);
    const shrunk = found(rows, "buckets", "bucket_rate", "rare/hinge")!.value!;
    expect(shrunk).toBeGreaterThan(0.55);
    expect(shrunk).toBeLessThan(0.75);
  });

  it("are calm again after somebody acted, and find what goes on falling", () => {
    const random = new Random("lane-series/restart");
    const lane = new LaneSeries();
    const fold = (rate: number): number => {
      const rows = lane.fold(window(random, { buckets: { a: rate }, main: 0.9 }), CATALOGUE);
      return found(rows, "buckets", "bucket_regression")?.e ?? 0;
    };
    for (let t = 0; t < 12; t += 1) fold(0.9);
    let e = 0;
    for (let t = 0; t < 30; t += 1) e = fold(0.8);
    expect(e).toBeGreaterThan(20);
    lane.restart();
    expect(fold(0.8)).toBeLessThan(20);
    for (let t = 0; t < 30; t += 1) e = fold(0.8);
    expect(e).toBeGreaterThan(20);
  });

  it("say decoupled where the suite stays calm and users do not, and not where both fall", () => {
    const decoupledAfter = (mainAtEnd: number): number => {
      const random = new Random("lane-series/decoupled");
      const lane = new LaneSeries();
      let rows: WindowRecord[] = [];
      for (let t = 0; t < 60; t += 1) {
        const fallen = Math.max(0, t - 25) / 35;
        const main = 0.9 - fallen * (0.9 - mainAtEnd);
        rows = lane.fold(window(random, { buckets: { a: 0.9 - 0.3 * fallen, b: 0.9 }, main }), CATALOGUE);
      }
      return found(rows, "drift", "decoupled_windows", PAIR)!.value!;
    };
    expect(decoupledAfter(0.9)).toBeGreaterThan(2);
    expect(decoupledAfter(0.6)).toBe(0);
  });

  it("find that a metric of the texts leads what users see, and by how much", () => {
    const random = new Random("lane-series/lag");
    const lane = new LaneSeries();
    const path: number[] = [];
    let rows: WindowRecord[] = [];
    let level = 0.9;
    for (let t = 0; t < 100; t += 1) {
      level = Math.min(1, Math.max(0.4, level + (random.nextFloat() - 0.5) * 0.1));
      path.push(level);
      const seen = path[Math.max(0, t - 3)]!;
      rows = lane.fold(
        window(random, { buckets: { a: seen }, main: 0.9, coverage: level }, 1_000),
        CATALOGUE,
      );
    }
    const pair = `candidate/generated/tail_coverage~${ONLINE}`;
    expect(found(rows, "drift", "drift_lag", pair)?.value).toBe(3);
    expect(found(rows, "drift", "drift_concluded", pair)?.value).toBe(1);
    expect(found(rows, "drift", "drift_concluded", PAIR)?.value).toBe(0);
  });

  it("tell other traffic from worse service", () => {
    const shownAfter = (hardShare: number, hardRate: number) => {
      const random = new Random("lane-series/mix");
      const lane = new LaneSeries();
      let rows: WindowRecord[] = [];
      for (let t = 0; t < 20; t += 1) {
        const late = t >= 15;
        const hard = late ? hardShare : 100;
        const [easyWon, hardWon] = [
          binomial(random, 900 - hard, 0.9),
          binomial(random, hard, late ? hardRate : 0.5),
        ];
        const shown = row("all", [
          rateResult("online_success", easyWon + hardWon, 900, ""),
          rateResult("online_success", easyWon, 900 - hard, "easy"),
          rateResult("online_success", hardWon, hard, "hard"),
        ]);
        rows = lane.fold([shown], CATALOGUE);
      }
      return {
        fixed: found(rows, "rates", "online_fixed_mix")!,
        explained: found(rows, "rates", "mix_explained", ONLINE)!,
      };
    };
    const traffic = shownAfter(500, 0.5);
    expect(traffic.explained.lo).toBeGreaterThan(0.7);
    expect(traffic.explained.hi).toBeLessThan(1.3);
    expect(Math.abs(traffic.fixed.value! - 0.856)).toBeLessThan(0.04);
    const service = shownAfter(100, 0.1);
    expect(service.explained.hi).toBeLessThan(0.6);
    expect(service.fixed.hi).toBeLessThan(0.856);
    const neither = shownAfter(100, 0.5);
    expect(neither.explained.status).toBe("insufficient");
  });

  it("say nothing of too few windows", () => {
    const random = new Random("lane-series/few");
    const lane = new LaneSeries();
    const rows = lane.fold(window(random, { buckets: { a: 0.9 }, main: 0.9 }), CATALOGUE);
    expect(rows.map(({ segment }) => segment)).toEqual(["rates", "drift", "suites"]);
    const own = new Set(["online_fixed_mix", "suite_ceiling"]);
    const told = rows.flatMap(({ results }) => results).filter(({ metric }) => !own.has(metric));
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set(["insufficient"]));
  });

  it("call a constant series degenerate, never a correlation", () => {
    const lane = new LaneSeries();
    let rows: WindowRecord[] = [];
    for (let t = 0; t < 30; t += 1) {
      rows = lane.fold(
        [
          row("all", [rateResult("online_success", 90, 100, "")]),
          row("suite:main", [rateResult("offline_score", 90, 100, "")]),
        ],
        CATALOGUE,
      );
    }
    expect(found(rows, "drift", "drift_correlation", PAIR)).toMatchObject({
      status: "degenerate",
      value: null,
    });
  });

  it("are bounded, however many buckets and suites come", () => {
    const lane = new LaneSeries();
    for (let t = 0; t < 4; t += 1) {
      const buckets = Array.from({ length: 400 }, (_, i) =>
        rateResult("online_success", 90, 100, `b${t}-${i}`),
      );
      const suites = Array.from({ length: 60 }, (_, i) =>
        row(`suite:s${i}`, [rateResult("offline_score", 9, 10, "")]),
      );
      lane.fold([row("all", [rateResult("online_success", 90, 100, ""), ...buckets]), ...suites], CATALOGUE);
    }
    const json = lane.toJson() as {
      buckets: { buckets: { rates: unknown[] } };
      series: { series: unknown[] };
    };
    expect(json.buckets.buckets.rates).toHaveLength(RATES_MAX);
    expect(json.series.series.length).toBeLessThanOrEqual(SERIES_MAX);
  });

  it("come back from a checkpoint as they were", () => {
    const random = new Random("lane-series/checkpoint");
    const whole = new LaneSeries();
    let restored = new LaneSeries();
    for (let t = 0; t < 60; t += 1) {
      const buckets = { a: t > 40 ? 0.5 : 0.9, b: 0.8 };
      const shown = window(random, {
        buckets,
        main: 0.9,
        ...(t % 3 === 0 ? {} : { coverage: random.nextFloat(), control: 0.7 }),
        judge: t > 30 ? "j@2" : "j@1",
      });
      expect(restored.fold(shown, CATALOGUE)).toEqual(whole.fold(shown, CATALOGUE));
      restored = LaneSeries.fromJson(JSON.parse(JSON.stringify(restored.toJson())));
    }
  });

  it("refuse a checkpoint that is not theirs, naming the field", () => {
    expect(() => LaneSeries.fromJson({ buckets: {} })).toThrow("buckets windows");
    const sound = new LaneSeries().toJson();
    expect(() => LaneSeries.fromJson({ ...sound, decoupled: [["a"]] })).toThrow("decoupled[0]");
    expect(() => LaneSeries.fromJson({ ...sound, judges: { suites: [["a", -1, []]] } })).toThrow("suites[0]");
  });
});
