import { describe, expect, it } from "vitest";
import { parsePlan } from "../../../../services/core/experiment/parse-plan.ts";
import { armsOf, canonicalPlan, type Plan, planProblems } from "../../../../services/core/experiment/plan.ts";
import { testPlan } from "../../../support/experiment.ts";
import { HOSTILE_NAMES } from "../../../support/hostile-names.ts";

const ABLATION = { arm: "no-judge", removes: ["judge_filter"], ratio: 0.3 };

function problemsOf(more: Partial<Plan>): string {
  return planProblems({ ...testPlan(), ...more })
    .map(({ path, message }) => `${path}: ${message}`)
    .join("\n");
}

describe("a plan", () => {
  it("is good as it is, with an arm a ratio and an ablation", () => {
    const plan = testPlan({ ablations: [ABLATION] });
    expect(planProblems(plan)).toEqual([]);
    expect(armsOf(plan).map(({ name, ratio }) => [name, ratio])).toEqual([
      ["ratio-0", 0],
      ["ratio-0.1", 0.1],
      ["ratio-0.3", 0.3],
      ["ratio-0.5", 0.5],
      ["ratio-0.7", 0.7],
      ["no-judge", 0.3],
    ]);
  });

  it.each<[Partial<Plan>, string]>([
    [{ ratios: [0.1, 0.3, 0.5] }, "ratios has no 0"],
    [{ ratios: [0, 0.5] }, "ratios has 2 entries, must have 3 to 21"],
    [{ ratios: [0, 0.3, 0.305] }, "ratios[2] is 0.305, less than 0.01 from 0.3"],
    [{ ratios: [0, Number.NaN, 1.5] }, "ratios[1] is NaN, must be within 0..1"],
    [{ seeds: ["1", "2"] }, "seeds has 2 entries, must have 3 to 16"],
    [{ seeds: ["1", "2", "1"] }, "seeds[2]: the same seed as seeds[0]"],
    [{ seeds: ["1", "2", " 3"] }, "seeds[2] must be 1 to 128 printable characters"],
    [{ lane: "__all__" }, "lane must be"],
    [{ settings: [] }, "settings has 0 entries"],
    [{ metrics: testPlan().metrics.filter(({ role }) => role !== "tail") }, "metrics has none of role tail"],
    [
      { metrics: testPlan().metrics.map((metric) => ({ ...metric, delta: null })) },
      "metrics[0] has no delta: how much worse",
    ],
    [
      { metrics: testPlan().metrics.map((metric) => ({ ...metric, delta: -1 })) },
      "delta is -1, must be above 0",
    ],
    [
      { metrics: [...testPlan().metrics, testPlan().metrics[0]!] },
      "metrics[3]: the same metric as metrics[0]",
    ],
    [{ ablations: [{ ...ABLATION, ratio: 0.4 }] }, "ratio is 0.4, none of ratios"],
    [{ ablations: [{ ...ABLATION, arm: "ratio-0.3" }] }, "names of ratio arms start with ratio-"],
    [{ ablations: [ABLATION, { ...ABLATION, arm: "b" }] }, "the same arm with these removes"],
    [{ ablations: [{ ...ABLATION, removes: [] }] }, "removes has 0 entries"],
  ])("with %j is refused", (more, words) => {
    expect(problemsOf(more)).toContain(words);
  });

  it("is the same in every order", () => {
    const plan = testPlan({ ablations: [{ ...ABLATION, removes: ["b", "a"] }] });
    const turned = canonicalPlan({
      ...plan,
      ratios: plan.ratios.toReversed(),
      seeds: plan.seeds.toReversed(),
      metrics: plan.metrics.toReversed(),
      ablations: plan.ablations.map((ablation) => ({ ...ablation, removes: ablation.removes.toReversed() })),
    });
    expect(turned).toEqual(plan);
    expect(parsePlan(JSON.stringify(turned))).toEqual({ ok: true, plan });
  });

  it("from the log is refused in words where it is none", () => {
    const good = testPlan();
    expect(parsePlan("{")).toEqual({ ok: false, problem: "plan is not JSON" });
    expect(parsePlan("[]")).toMatchObject({ problem: "plan must be an object" });
    expect(parsePlan(JSON.stringify({ ...good, ratios: [0, 2, 3] }))).toMatchObject({
      problem: "ratios[1] must be at most 1",
    });
    expect(parsePlan(JSON.stringify({ ...good, ratios: [0.1, 0.2, 0.3] }))).toMatchObject({ ok: false });
    expect(
      parsePlan(JSON.stringify({ ...good, metrics: [{ ...good.metrics[0], role: "toString" }] })),
    ).toMatchObject({ problem: "metrics[0].role must be one of main, tail, robust, online_proxy" });
    for (const name of HOSTILE_NAMES) expect(() => parsePlan(name)).not.toThrow();
  });
});
