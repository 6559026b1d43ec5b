import { describe, expect, it } from "vitest";
import type { Arm } from "../../../../services/core/experiment/plan.ts";
import { experimentReport } from "../../../../services/core/experiment/report.ts";
import { fallingTail, matched, resultsOf, testPlan } from "../../../support/experiment.ts";

const PLAN = testPlan();

function reported(value: Parameters<typeof resultsOf>[1], plan = PLAN) {
  return experimentReport(plan, matched(plan, resultsOf(plan, value)));
}

function states(report: ReturnType<typeof reported>, suite: string): readonly string[] {
  return report.cap.limits.filter(({ metric }) => metric.suite === suite).map(({ state }) => state);
}

describe("the cap", () => {
  it("is the largest ratio that every tail and robust metric bears, whatever the main one says", () => {
    const report = reported((arm, metric, seed) =>
      metric.suite === "main" ? arm.ratio + Number(seed) / 1_000 : fallingTail(arm, metric, seed),
    );
    expect(report).toMatchObject({ verdict: "pass", reasons: [], cap: { ratio: 0.3 } });
    expect(states(report, "long_tail").slice(3)).toEqual(["worse", "worse"]);
  });

  it("stops at a ratio that fails, though a larger one would pass", () => {
    const report = reported((arm, metric, seed) => {
      const dip = metric.suite === "long_tail" && arm.ratio === 0.3 ? 0.1 : 0;
      return fallingTail({ ...arm, ratio: 0 }, metric, seed) - dip + (arm.ratio === 0 ? 0.01 : 0);
    });
    expect(states(report, "long_tail")).toEqual(["no_worse", "no_worse", "worse", "no_worse", "no_worse"]);
    expect(report.cap.ratio).toBe(0.1);
  });

  it("lies above ratios that are worse because they are too low", () => {
    const helps = (arm: Arm): number => Math.min(arm.ratio, 0.3);
    const report = reported(
      (arm, metric, seed) => helps(arm) + fallingTail({ ...arm, ratio: 0 }, metric, seed),
    );
    expect(states(report, "long_tail")[0]).toBe("worse");
    expect(report.cap.ratio).toBe(0.7);
  });

  it("is none where metrics want different ratios, and the report then is no pass", () => {
    const report = reported((arm, metric, seed) => {
      const slope = metric.suite === "long_tail" ? -1 : 1;
      return slope * arm.ratio + fallingTail({ ...arm, ratio: 0 }, metric, seed);
    });
    expect(report.cap.ratio).toBeNull();
    expect(report.verdict).toBe("inconclusive");
    expect(report.reasons).toEqual([
      "no tested ratio is shown to be no worse in every tail and robust metric",
    ]);
  });

  it("does not believe seeds that agree to the last digit", () => {
    const report = reported((arm, metric) => (metric.suite === "long_tail" ? 0.7 - arm.ratio / 1_000 : 0.7));
    expect(states(report, "long_tail")).toEqual(["no_worse", ...new Array<string>(4).fill("degenerate")]);
    expect(report.cap.ratio).toBe(0);
  });

  it("of an error rate is read downwards", () => {
    const plan = testPlan({
      metrics: PLAN.metrics.map((metric) => ({ ...metric, better: "lower" as const })),
    });
    const report = reported((arm, metric, seed) => 1 - fallingTail(arm, metric, seed), plan);
    expect(report.cap.ratio).toBe(0.3);
    const tail = report.gradients.find(({ metric }) => metric.suite === "long_tail")!;
    expect(tail.points[4]!.gain!.mean).toBeGreaterThan(0.1);
    if (tail.break.status !== "ok") throw new Error(tail.break.status);
    expect(tail.break.estimate.slopeAfter).toBeGreaterThan(0.3);
  });
});

describe("a report", () => {
  it("never passes while a planned result is missing or contradicts itself", () => {
    const results = resultsOf(PLAN, fallingTail);
    const missing = experimentReport(PLAN, matched(PLAN, results.slice(1)));
    expect(missing.verdict).toBe("inconclusive");
    expect(missing.reasons).toEqual(["1 of 75 planned results are missing"]);
    const twice = experimentReport(PLAN, matched(PLAN, [...results, { ...results[0]!, id: "x", value: 0 }]));
    expect(twice.reasons).toEqual(["1 planned results contradict themselves"]);
    const none = experimentReport(PLAN, matched(PLAN, []));
    expect(none.verdict).toBe("inconclusive");
    expect(none.cap.ratio).toBeNull();
    expect(none.gradients.every((gradient) => gradient.break.status === "insufficient")).toBe(true);
    expect(none.gradients[0]!.points[0]).toEqual({ ratio: 0, n: 0, mean: null, interval: null, gain: null });
  });

  it("shows the break of the tail, and none of what stays", () => {
    const { gradients, breakPs } = reported(fallingTail);
    const at = gradients.findIndex(({ metric }) => metric.suite === "long_tail");
    const found = gradients[at]!.break;
    if (found.status !== "ok") throw new Error(found.status);
    expect(found.estimate.lo).toBeLessThanOrEqual(0.4);
    expect(found.estimate.hi).toBeGreaterThanOrEqual(0.4);
    expect(breakPs[at]).toBeCloseTo(0.003, 9);
    expect(breakPs.filter((p) => p! > 0.05).length).toBe(2);
  });
});

describe("ablations", () => {
  const arm = (name: string, ...removes: string[]) => ({ arm: name, removes, ratio: 0.3 });
  const plan = testPlan({ ablations: [arm("no-a", "a"), arm("no-b", "b"), arm("no-ab", "a", "b")] });
  const LOSS: Readonly<Record<string, number>> = { "no-a": 0.05, "no-b": 0, "no-ab": 0.15 };
  const loses = (of: typeof plan) =>
    reported(
      (run, metric, seed) => fallingTail(run, metric, seed) - (LOSS[run.name] ?? 0),
      of,
    ).effects.filter(({ metric }) => metric.suite === "long_tail");

  it("rank the controls by what their removal costs, and tell what two do together", () => {
    const effects = loses(plan);
    expect(effects.map(({ kind, removes, verdict }) => [kind, removes.join("+"), verdict])).toEqual([
      ["effect", "a+b", "worse"],
      ["interaction", "a+b", "worse"],
      ["effect", "a", "worse"],
      ["effect", "b", "inconclusive"],
    ]);
    expect(effects[1]!.mean).toBeCloseTo(-0.1, 2);
    for (const { adjustedP, p, n, test, interval, mean } of effects) {
      expect(adjustedP!).toBeGreaterThanOrEqual(p!);
      expect({ n, test }).toEqual({ n: 5, test: "t" });
      expect(interval!.lo).toBeLessThan(mean!);
    }
  });

  it("show nothing with four seeds, however large the effect", () => {
    const effects = loses({ ...plan, seeds: ["1", "2", "3", "4"] });
    for (const { verdict, test, p, interval } of effects) {
      expect({ verdict, test, interval }).toEqual({
        verdict: "inconclusive",
        test: "sign_flip",
        interval: null,
      });
      expect(p!).toBeGreaterThanOrEqual(2 / 16);
    }
  });

  it("are inconclusive without seeds or without spread", () => {
    const none = experimentReport(plan, matched(plan, [])).effects;
    expect(none.length).toBe(12);
    expect(none[0]).toMatchObject({ n: 0, mean: null, p: null, adjustedP: null, verdict: "inconclusive" });
    const flat = reported((run) => (run.name === "no-a" ? 0.5 : 0.7), plan).effects;
    expect(flat.every(({ verdict, p }) => verdict === "inconclusive" && p === null)).toBe(true);
  });
});
