import { describe, expect, it } from "vitest";
import type { CountsItems, CountsMetric } from "../../../../services/core/metric.ts";
import { cautionGap } from "../../../../services/core/metrics/caution-gap.ts";
import { confidentGapShare } from "../../../../services/core/metrics/confident-gap-share.ts";
import { errorPatternAccepted } from "../../../../services/core/metrics/error-pattern-accepted.ts";
import { errorPatternShare } from "../../../../services/core/metrics/error-pattern-share.ts";
import { errorPatternSurvival } from "../../../../services/core/metrics/error-pattern-survival.ts";
import { factOutOfScopeShare } from "../../../../services/core/metrics/fact-out-of-scope-share.ts";
import type { WatchFindings } from "../../../../services/core/pattern/text-watch.ts";
import type { Act } from "../../../../services/core/reply/reply-traits.ts";
import type { MetricResult } from "../../../../services/core/result.ts";

const NOTHING: WatchFindings = { patterns: [], cited: [], outOfScope: [] };

/** `[times, item]` each. */
function values<K extends keyof CountsItems, S>(
  metric: CountsMetric<K, S>,
  ...groups: readonly (readonly [number, unknown])[]
): Map<string, MetricResult> {
  const state = metric.empty();
  for (const [times, item] of groups) {
    for (let i = 0; i < times; i += 1) metric.add(state, item as CountsItems[K]);
  }
  return new Map(metric.value(state, null).map((result) => [result.bucket, result]));
}

const texts = (own: Partial<WatchFindings> | null) => ({
  bucket: "",
  findings: own === null ? null : { ...NOTHING, ...own },
});
const arrivals = (judgeVerdict: string, patterns: readonly string[] | null, generated = true) => ({
  sample: { judgeVerdict },
  generated,
  tokens: 5,
  findings: { ...NOTHING, patterns },
});

describe("error patterns", () => {
  it("are shares of all texts, any first, then those that were found", () => {
    const found = values(
      errorPatternShare,
      [70, texts({})],
      [20, texts({ patterns: ["a"] })],
      [10, texts({ patterns: ["a", "b"] })],
    );
    expect([...found].map(([bucket, { value, n }]) => [bucket, value, n])).toEqual([
      ["", 0.3, 100],
      ["a", 0.3, 100],
      ["b", 0.1, 100],
    ]);
  });

  it("have no rows where none is declared, and an honest 0 where none is found", () => {
    expect(values(errorPatternShare, [99, texts(null)]).size).toBe(0);
    expect(values(errorPatternShare, [99, texts({ patterns: null, cited: ["f"] })]).size).toBe(0);
    expect(values(errorPatternShare, [99, texts({})]).get("")).toMatchObject({ value: 0, status: "ok" });
    expect(values(errorPatternShare, [29, texts({})]).get("")?.status).toBe("insufficient");
  });

  it("stand before and after the judge, who lets them through more readily or less", () => {
    const judged = [
      [60, arrivals("accept", [])],
      [40, arrivals("reject", [])],
      [30, arrivals("accept", ["a"])],
      [70, arrivals("reject", ["a"])],
      [500, arrivals("accept", ["a"], false)],
      [500, arrivals("who knows", ["a"])],
      [500, arrivals("accept", null)],
    ] as const;
    const accepted = values(errorPatternAccepted, ...judged);
    expect(accepted.get("a")).toMatchObject({ value: 30 / 90, n: 90 });
    const survival = values(errorPatternSurvival, ...judged).get("a")!;
    expect(survival).toMatchObject({ value: 0.5, n: 100, nRef: 100, nullMean: 1, status: "ok" });
    expect([survival.lo!, survival.hi!, survival.z!].map((x) => x.toFixed(4))).toEqual([
      "0.3561",
      "0.7021",
      "-4.0019",
    ]);
  });

  it("do not survive or die by a few, or where nothing else is accepted", () => {
    const few = values(errorPatternSurvival, [50, arrivals("accept", [])], [29, arrivals("accept", ["a"])]);
    expect(few.get("a")).toMatchObject({ status: "insufficient", value: null });
    const only = values(errorPatternSurvival, [50, arrivals("reject", [])], [50, arrivals("accept", ["a"])]);
    expect(only.get("a")).toMatchObject({ status: "degenerate", value: null });
    expect(values(errorPatternSurvival, [50, arrivals("accept", [])]).size).toBe(0);
  });
});

it("facts out of scope are shares of the texts that cite them", () => {
  const found = values(
    factOutOfScopeShare,
    [900, texts({})],
    [3, texts({ cited: ["f"] })],
    [1, texts({ cited: ["f", "g"], outOfScope: ["g"] })],
  );
  expect([...found].map(([bucket, { value, n, status }]) => [bucket, value, n, status])).toEqual([
    ["", 0.25, 4, "ok"],
    ["f", 0, 4, "ok"],
    ["g", 1, 1, "ok"],
  ]);
  expect(values(factOutOfScopeShare, [99, texts({})], [9, texts(null)]).size).toBe(0);
});

describe("under-informed probes", () => {
  const results = (suite: string, successes: number | null, trials: number | null, bucket = "") => ({
    evaluation: { suite, successes, trials, bucket, value: 0.5 },
  });

  it("are answered confidently where they are not declined", () => {
    const found = values(
      confidentGapShare,
      [1, results("under_informed", 30, 40, "dates")],
      [1, results("under_informed", 0, 60)],
      [1, results("under_informed", 50, 40)],
      [1, results("under_informed", null, null)],
      [1, results("main", 1, 40)],
    );
    expect(found.get("")).toMatchObject({ value: 0.7, n: 100, status: "ok" });
    expect(found.get("dates")).toMatchObject({ value: 0.25, n: 40 });
  });

  it("say nothing in other suites", () => {
    expect(values(confidentGapShare, [1, results("main", 1, 40)]).size).toBe(0);
  });
});

describe("caution where the request is unfamiliar", () => {
  const replies = (bucket: string, act: Act | null, more: object = {}) => ({
    interaction: { bucket },
    traits: { act, hedges: false, deflects: false, ...more },
  });
  const familiar = [
    [400, replies("refund", "answer")],
    [100, replies("refund", "ask")],
  ] as const;

  it("is the share of rare buckets less that of the others", () => {
    const found = values(
      cautionGap,
      ...familiar,
      [20, replies("odd", "answer", { hedges: true })],
      [10, replies("odd", "refuse")],
      [10, replies("odd", "confirm", { deflects: true })],
      [10, replies("odd", "answer")],
      [999, replies("", "ask")],
      [999, replies("odd", null)],
    ).get("")!;
    expect(found).toMatchObject({ n: 50, nRef: 500, status: "ok" });
    expect(found.value).toBeCloseTo(0.6, 12);
    expect(found.lo! < 0.6 && found.hi! > 0.6 && found.z! > 9).toBe(true);
  });

  it("cannot be told of few, nor where all buckets are of one kind", () => {
    expect(values(cautionGap, ...familiar).get("")?.status).toBe("degenerate");
    expect(values(cautionGap, ...familiar, [29, replies("odd", "ask")]).get("")?.status).toBe("insufficient");
    expect(values(cautionGap, [9, replies("", "ask")]).size).toBe(0);
  });
});
