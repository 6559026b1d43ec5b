import { describe, expect, it } from "vitest";
import { judgedAccepted } from "../../../../services/core/judgement.ts";
import type { CountsMetric } from "../../../../services/core/metric.ts";
import { acceptanceBalance } from "../../../../services/core/metrics/acceptance-balance.ts";
import { acceptanceHillRatio } from "../../../../services/core/metrics/acceptance-hill-ratio.ts";
import { acceptanceNarrowing } from "../../../../services/core/metrics/acceptance-narrowing.ts";
import { judgeAcceptance } from "../../../../services/core/metrics/judge-acceptance.ts";
import { judgeConcentration } from "../../../../services/core/metrics/judge-concentration.ts";
import { judgeSelfPreference } from "../../../../services/core/metrics/judge-self-preference.ts";
import { survivalByLength } from "../../../../services/core/metrics/survival-by-length.ts";
import { Random } from "../../../../services/core/random.ts";
import type { SampleView } from "../../../../services/core/sample.ts";
import { shortName } from "../../../../services/core/sketches/short-name.ts";
import { narrowingBits, narrowingNull } from "../../../../services/core/statistics/narrowing.ts";

interface Judged {
  readonly verdict: string;
  readonly bucket?: string;
  readonly judge?: string;
  readonly teacher?: string;
  readonly tokens?: number;
  readonly generated?: boolean;
}

function valuesOf<S>(metric: CountsMetric<"arrival", S>, ...groups: readonly (readonly [number, Judged])[]) {
  const state = metric.empty();
  for (const [
    times,
    { verdict, bucket = "", judge = "j@1", teacher = "t@1", tokens = 20, generated = true },
  ] of groups) {
    const sample = { bucket, judge, teacher, judgeVerdict: verdict } as SampleView;
    for (let i = 0; i < times; i += 1) metric.add(state, { sample, generated, tokens });
  }
  return metric.value(state, null);
}

/** Accepted and rejected of four buckets: metrics.md 8. */
const GOLDEN = [
  [300, { verdict: "accept", bucket: "a" }],
  [100, { verdict: "reject", bucket: "a" }],
  [180, { verdict: "accept", bucket: "b" }],
  [120, { verdict: "reject", bucket: "b" }],
  [60, { verdict: "accept", bucket: "c" }],
  [140, { verdict: "reject", bucket: "c" }],
  [10, { verdict: "accept", bucket: "d" }],
  [90, { verdict: "reject", bucket: "d" }],
] as const;

describe("a judge's verdict", () => {
  it.each([
    ["accept", true],
    [" Accepted", true],
    ["PASS", true],
    ["通过", true],
    ["reject", false],
    ["Failed ", false],
    ["不通过", false],
    ["maybe", null],
    ["", null],
    ["__other__", null],
  ])("'%s' is %s", (judgeVerdict, accepted) => {
    expect(judgedAccepted({ judgeVerdict } as SampleView, true)).toBe(accepted);
    expect(judgedAccepted({ judgeVerdict } as SampleView, false)).toBeNull();
  });
});

describe("acceptance", () => {
  it("is a rate in total and by bucket, of generated candidates with a verdict", () => {
    const more = [
      [40, { verdict: "maybe", bucket: "a" }],
      [40, { verdict: "accept", bucket: "a", generated: false }],
    ] as const;
    const values = valuesOf(judgeAcceptance, ...GOLDEN, ...more);
    expect(values.map(({ bucket, n, value }) => [bucket, n, value])).toEqual([
      ["", 1_000, 0.55],
      ["a", 400, 0.75],
      ["b", 300, 0.6],
      ["c", 200, 0.3],
      ["d", 100, 0.1],
    ]);
    expect(valuesOf(judgeAcceptance)).toMatchObject([{ n: 0, status: "insufficient", value: null }]);
  });

  it("narrows the mix: the published numbers", () => {
    const [narrowing] = valuesOf(acceptanceNarrowing, ...GOLDEN);
    expect(narrowing!.value).toBeCloseTo(0.1450377975, 9);
    expect(narrowing).toMatchObject({ n: 550, nRef: 1_000, status: "ok" });
    expect(narrowing!.z).toBeGreaterThan(50);
    expect(valuesOf(acceptanceHillRatio, ...GOLDEN)[0]!.value).toBeCloseTo(0.7640484086, 9);
    const [balance] = valuesOf(acceptanceBalance, ...GOLDEN);
    expect(balance!.value).toBeCloseTo(0.1333333333, 9);
    expect(balance!.lo).toBeGreaterThan(0.06);
    expect(balance!.hi).toBeLessThan(0.26);
  });

  it("says why there is no such number", () => {
    const one = [[100, { verdict: "accept", bucket: "a" }]] as const;
    const none = [
      [100, { verdict: "reject", bucket: "a" }],
      [100, { verdict: "reject", bucket: "b" }],
    ] as const;
    for (const metric of [acceptanceNarrowing, acceptanceHillRatio]) {
      expect(valuesOf(metric, ...one)).toMatchObject([{ n: 100, status: "degenerate", value: null }]);
      expect(valuesOf(metric, ...none)).toMatchObject([{ n: 0, status: "insufficient", value: null }]);
    }
    expect(valuesOf(acceptanceBalance, ...one)).toMatchObject([{ n: 100, status: "insufficient" }]);
    expect(valuesOf(acceptanceBalance, ...none)).toMatchObject([{ n: 200, status: "degenerate" }]);
  });

  it("a judge that takes everything narrows nothing", () => {
    const all = ["a", "b"].map((bucket) => [50, { verdict: "accept", bucket }] as const);
    expect(valuesOf(acceptanceNarrowing, ...all)).toMatchObject([{ value: 0, z: 0, ratio: null, nullSd: 0 }]);
    expect(valuesOf(acceptanceHillRatio, ...all)).toMatchObject([{ value: 1 }]);
    expect(valuesOf(acceptanceBalance, ...all)).toMatchObject([{ value: 1, hi: 1 }]);
  });

  it("narrowing by a judge that does not look at buckets has the null's mean and deviation", () => {
    const random = new Random("blind judge");
    const candidates = [400, 300, 200, 60, 25, 15];
    const deck = candidates.flatMap((count, bucket) => new Array<number>(count).fill(bucket));
    const draws = Array.from({ length: 4_000 }, () => {
      const accepted = new Array<number>(candidates.length).fill(0);
      for (let i = 0; i < 300; i += 1) {
        const at = i + random.below(deck.length - i);
        [deck[i], deck[at]] = [deck[at]!, deck[i]!];
        accepted[deck[i]!]! += 1;
      }
      return narrowingBits(accepted, candidates);
    });
    const mean = draws.reduce((sum, bits) => sum + bits, 0) / draws.length;
    const sd = Math.sqrt(draws.reduce((sum, bits) => sum + (bits - mean) ** 2, 0) / (draws.length - 1));
    const blind = narrowingNull(candidates.length, 300, deck.length);
    expect(mean / blind.mean).toBeGreaterThan(0.95);
    expect(mean / blind.mean).toBeLessThan(1.1);
    expect(sd / blind.sd).toBeGreaterThan(0.9);
    expect(sd / blind.sd).toBeLessThan(1.15);
  });
});

describe("judges", () => {
  it("may prefer a length", () => {
    const values = valuesOf(
      survivalByLength,
      [10, { verdict: "accept", tokens: 15 }],
      [90, { verdict: "reject", tokens: 3 }],
      [60, { verdict: "accept", tokens: 130 }],
      [40, { verdict: "reject", tokens: 255 }],
      [20, { verdict: "accept", tokens: 9_000 }],
    );
    expect(values.map(({ bucket, n, value, status }) => [bucket, n, value, status])).toEqual([
      ["", 200, 0.1 / 0.6, "ok"],
      ["0-15", 100, 0.1, "ok"],
      ["128-255", 100, 0.6, "ok"],
      ["512 and more", 20, 1, "insufficient"],
    ]);
  });

  it("may prefer their own", () => {
    const own = { judge: "gen@7", teacher: "gen@8" };
    const [value] = valuesOf(
      judgeSelfPreference,
      [56, { verdict: "accept", ...own }],
      [14, { verdict: "reject", ...own }],
      [48, { verdict: "accept" }],
      [32, { verdict: "reject" }],
      [50, { verdict: "accept", judge: "" }],
    );
    // Newcombe 1998, table II, method 10, contrast (a).
    expect(value).toMatchObject({ n: 150, status: "ok" });
    expect(value!.value).toBeCloseTo(0.2, 12);
    expect(value!.lo).toBeCloseTo(0.0524, 4);
    expect(value!.hi).toBeCloseTo(0.3339, 4);
    expect(valuesOf(judgeSelfPreference, [99, { verdict: "accept" }])).toMatchObject([
      { status: "insufficient" },
    ]);
  });

  it("may be few", () => {
    const values = valuesOf(
      judgeConcentration,
      [80, { verdict: "accept", judge: "strict@1" }],
      [20, { verdict: "reject", judge: "mild@1" }],
      [9, { verdict: "", judge: "idle@1" }],
    );
    expect(values.map(({ bucket, n, value }) => [bucket, n, value])).toEqual([
      ["", 100, 0.8],
      ["mild@1", 100, 0.2],
      ["strict@1", 100, 0.8],
    ]);
  });
});

it("a long bucket name is kept short, and apart from others", () => {
  expect(shortName("refund")).toBe("refund");
  expect(shortName("")).toBe("");
  const [a, b] = [shortName(`${"x".repeat(400)}a`), shortName(`${"x".repeat(400)}b`)];
  expect(a).not.toBe(b);
  expect(Math.max(a.length, b.length)).toBeLessThan(13);
});
