import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import {
  ALARMS_KEPT_MAX,
  ALARMS_OPEN_MAX,
  AlarmBook,
  CALM_WINDOWS,
} from "../../../../services/core/proxy/alarm-book.ts";
import { explainAlarm } from "../../../../services/core/proxy/explain-alarm.ts";
import { type DriftWindow, learnProxies } from "../../../../services/core/proxy/learn-proxies.ts";
import { type ProxyMap, type ProxySeries, proxiesOf } from "../../../../services/core/proxy/proxy-map.ts";
import { Random } from "../../../../services/core/random.ts";
import type { RuleResult, Verdict, VerdictRecord } from "../../../../services/core/records.ts";

const CATALOGUE = new Catalogue(METRICS);
const ONLINE = "reply/all/online_success";
const TAIL = "candidate/generated/tail_coverage";
const JSD = "candidate/generated/word_jsd";
const SUITE = "reply/suite:long_tail/offline_score";

function proxy(series: string, over: Partial<ProxySeries> = {}): ProxySeries {
  return { series, moves: "down", lagMin: 0, lagMax: 20, ...over };
}

/** Noise of .01 about a level, and another level from `at` on. */
function moved(name: string, at: number, by: number, windows = 60): number[] {
  const random = new Random(`proxies/${name}`);
  return Array.from(
    { length: windows },
    (_, t) => 0.8 + (random.nextFloat() - 0.5) / 50 + (t >= at ? by : 0),
  );
}

describe("an alarm", () => {
  const series: Readonly<Record<string, number[]>> = {
    [TAIL]: moved("tail", 50, -0.1),
    [JSD]: moved("jsd", 45, 0.1),
    [SUITE]: moved("suite", 99, 0),
  };
  const valuesOf = (name: string) => series[name] ?? [];

  it("is explained by the proxy that moved first, and how much earlier", () => {
    const { looked, first } = explainAlarm(
      [proxy(TAIL), proxy(JSD, { moves: "up" }), proxy(SUITE), proxy("reply/suite:gone/offline_score")],
      valuesOf,
    );
    expect(looked).toBe(3);
    expect(first).toMatchObject({ series: JSD, lead: 14, n: 60 });
    expect(first!.p).toBeLessThan(0.05);
  });

  it("is uncovered where none moved, or the other way, or not within its lags", () => {
    const first = (...proxies: ProxySeries[]) => explainAlarm(proxies, valuesOf).first;
    expect(first()).toBeNull();
    expect(first(proxy(SUITE))).toBeNull();
    expect(first(proxy(JSD))).toBeNull();
    expect(first(proxy(TAIL, { lagMax: 5 }))).toBeNull();
    expect(first(proxy(TAIL, { lagMin: 12 }))).toBeNull();
    expect(first(proxy(TAIL, { lagMin: 8, lagMax: 10 }))).toMatchObject({ lead: 9 });
  });

  it("is falsely explained at most as often as stated, with sixteen proxies that have nothing to do with it", () => {
    const random = new Random("proxies/false");
    const rounds = 150;
    let explained = 0;
    for (let round = 0; round < rounds; round += 1) {
      const noise = new Map<string, number[]>();
      for (let i = 0; i < 16; i += 1) {
        let level = 0;
        const walk = Array.from({ length: 100 }, () => {
          level = 0.5 * level + random.nextFloat() - 0.5;
          return level;
        });
        noise.set(`s${i}`, walk);
      }
      const proxies = [...noise.keys()].map((name) => proxy(name, { lagMax: 100 }));
      if (explainAlarm(proxies, (name) => noise.get(name)!).first !== null) explained += 1;
    }
    expect(explained / rounds).toBeLessThanOrEqual(0.1);
  });
});

describe("the map", () => {
  const map: ProxyMap = [
    { lane: null, symptom: ONLINE, bucket: null, proxies: [proxy(TAIL), proxy(JSD, { moves: "up" })] },
    { lane: "a", symptom: ONLINE, bucket: "hinge", proxies: [proxy(SUITE), proxy(TAIL, { lagMax: 3 })] },
    { lane: "a", symptom: ONLINE, bucket: "", proxies: [proxy(SUITE, { lagMax: 7 })] },
  ];
  it("joins what holds for a lane and bucket; what names them counts first", () => {
    const of = (lane: string, bucket: string) =>
      proxiesOf(map, lane, { series: ONLINE, bucket }).map(({ series, lagMax }) => [series, lagMax]);
    expect(of("b", "hinge")).toEqual([
      [TAIL, 20],
      [JSD, 20],
    ]);
    expect(of("a", "hinge")).toEqual([
      [SUITE, 20],
      [TAIL, 3],
      [JSD, 20],
    ]);
    expect(of("a", "")).toContainEqual([SUITE, 7]);
    expect(proxiesOf(map, "a", { series: "reply/all/refusal_share", bucket: "" })).toEqual([]);
  });
});

function result(bucket: string, verdict: Verdict = "breach", over: Partial<RuleResult> = {}): RuleResult {
  return {
    rule: "bucket_regression",
    metric: "bucket_regression",
    family: "online",
    stage: "reply",
    segment: "buckets",
    bucket,
    verdict,
    warn: false,
    n: 100,
    value: 0.1,
    lo: null,
    hi: null,
    ratio: null,
    z: null,
    anchorRatio: null,
    arithmetic: "",
    ...over,
  };
}

function verdictOf(...results: RuleResult[]): VerdictRecord {
  return {
    lane: "a",
    window: "decision",
    startMs: 0,
    endMs: 1,
    generation: 1,
    verdict: "breach",
    warn: false,
    families: [],
    rulesVersion: "",
    referenceVersion: "",
    results,
    blamed: [],
    evidence: [],
  };
}

describe("the alarms of a lane", () => {
  const map: ProxyMap = [{ lane: null, symptom: ONLINE, bucket: null, proxies: [proxy(TAIL)] }];
  const values = moved("book", 50, -0.1);
  const names = (book: AlarmBook, ...results: RuleResult[]): string[] =>
    book
      .take(verdictOf(...results), CATALOGUE, map, () => values)
      .filter(({ metric }) => metric === "alarm_explained")
      .map(({ bucket }) => bucket);

  it("are the smallest buckets that breach, or the whole", () => {
    const of = (...results: RuleResult[]) => names(new AlarmBook(), ...results);
    expect(of(result(""), result("rare/hinge"), result("rare/*"), result("plain"))).toEqual([
      `${ONLINE}[rare/hinge]`,
      `${ONLINE}[plain]`,
    ]);
    expect(of(result(""), result("rare/*"))).toEqual([`${ONLINE}[rare/*]`]);
    expect(of(result(""))).toEqual([ONLINE]);
    const fixed = result("", "breach", { rule: "anchor", metric: "online_fixed_mix", segment: "rates" });
    expect(of(fixed, result(""), result("plain"))).toEqual([ONLINE, `${ONLINE}[plain]`]);
    const apart = result("", "breach", { metric: "decoupled_windows", segment: "drift" });
    expect(of(apart, result("plain"))).toEqual([`${ONLINE}[plain]`]);
    expect(of(apart)).toEqual([ONLINE]);
    const refusals = result("", "breach", { metric: "refusal_share", segment: "all" });
    expect(of(refusals)).toEqual(["reply/all/refusal_share"]);
    const offline = result("", "breach", {
      metric: "offline_score",
      segment: "suite:main",
      family: "offline",
    });
    expect(of(offline, result("", "pass"))).toEqual([]);
  });

  it("say which proxy moved first and how much earlier, beside the share that none covered", () => {
    const results = new AlarmBook().take(verdictOf(result("plain")), CATALOGUE, map, () => values);
    expect(results.map(({ metric, bucket, value, n, status }) => [metric, bucket, value, n, status])).toEqual(
      [
        ["uncovered_alarms", "", 0, 1, "insufficient"],
        ["alarm_explained", `${ONLINE}[plain]`, 1, 1, "ok"],
        ["proxy_lead", `${TAIL}~${ONLINE}[plain]`, 9, 60, "ok"],
      ],
    );
    const uncovered = new AlarmBook().take(verdictOf(result("plain")), CATALOGUE, [], () => values);
    expect(uncovered.map(({ metric, value, n }) => [metric, value, n])).toEqual([
      ["uncovered_alarms", 1, 1],
      ["alarm_explained", 0, 0],
    ]);
  });

  it("are one alarm while they last, also past a calm window or one that cannot tell", () => {
    const book = new AlarmBook();
    const told: number[] = [];
    const take = (...results: RuleResult[]) => told.push(names(book, ...results).length);
    take(result("plain"));
    take(result("plain"));
    for (let i = 1; i < CALM_WINDOWS; i += 1) take(result("", "pass"));
    take(result("plain"));
    for (let i = 0; i < 2 * CALM_WINDOWS; i += 1) take(result("", "inconclusive"));
    take(result("plain"));
    expect(told.reduce((a, b) => a + b, 0)).toBe(1);
    for (let i = 0; i < CALM_WINDOWS; i += 1) take(result("", "pass"));
    expect(names(book, result("plain"))).toHaveLength(1);
    book.restart();
    expect(names(book, result("plain"))).toHaveLength(1);
  });

  it("are bounded, and make a share with its interval", () => {
    const book = new AlarmBook();
    const many = Array.from({ length: ALARMS_OPEN_MAX + 9 }, (_, i) => result(`b${i}`));
    expect(names(book, ...many)).toHaveLength(ALARMS_OPEN_MAX);
    expect(names(book, ...many)).toHaveLength(0);
    book.restart();
    const results = book.take(verdictOf(result("x")), CATALOGUE, [], () => []);
    expect(results[0]).toMatchObject({ metric: "uncovered_alarms", status: "ok", n: ALARMS_KEPT_MAX });
    expect(results[0]!.value).toBeCloseTo(1 / ALARMS_KEPT_MAX, 12);
    expect(results[0]!.hi).toBeGreaterThan(results[0]!.value!);
  });

  it("come back from a checkpoint as they were", () => {
    const book = new AlarmBook();
    names(book, result("plain"), result("other"));
    names(book, result("plain"));
    const restored = AlarmBook.fromJson(JSON.parse(JSON.stringify(book.toJson())), "alarms");
    expect(restored.toJson()).toEqual(book.toJson());
    expect(names(restored, result("plain"))).toEqual([]);
    expect(() => AlarmBook.fromJson({ open: [["a"]], kept: [] }, "alarms")).toThrow("alarms open[0]");
  });
});

describe("a proposal", () => {
  const windows = (pair: string, concluded: number, lag: number, count = 30): DriftWindow[] =>
    Array.from({ length: count }, (_, t) => ({
      pair,
      endMs: t,
      concluded: t % 10 === 0 ? 0 : concluded,
      correlation: 0.7 * concluded,
      lo: 0.5,
      hi: 0.8,
      lag: t % 7 === 0 ? 0 : lag,
      n: 40 + t,
    }));

  it("maps what goes together and moves first, the way it moves when users are served worse", () => {
    const { proposals, passedOver } = learnProxies(
      [
        ...windows(`${TAIL}~${ONLINE}`, 1, 3),
        ...windows(`${JSD}~${ONLINE}`, -1, 5),
        ...windows(`${SUITE}~${ONLINE}`, 0, 2),
        ...windows(`reply/suite:main/offline_score~${ONLINE}`, 1, -4),
        ...windows(`reply/suite:new/offline_score~${ONLINE}`, 1, 2, 5),
        ...windows(`${TAIL}~reply/all/of_another_release`, 1, 3),
      ],
      CATALOGUE,
      "a",
      [{ lane: null, symptom: ONLINE, bucket: null, proxies: [proxy(TAIL, { moves: "up" })] }],
    );
    expect(proposals.map(({ proxy: own, state }) => [own, state])).toEqual([
      [{ series: JSD, moves: "up", lagMin: 3, lagMax: 29 }, "new"],
      [{ series: TAIL, moves: "down", lagMin: 1, lagMax: 27 }, "contradicts"],
    ]);
    expect(proposals[0]!.evidence).toMatchObject({ told: 30, agreeing: 27, n: 69, lag: 5 });
    expect(passedOver.map(({ pair, reason }) => [pair.split("~")[0], reason])).toEqual([
      [SUITE, "not_together"],
      ["reply/suite:main/offline_score", "online_first"],
      ["reply/suite:new/offline_score", "too_few_windows"],
    ]);
  });
});
