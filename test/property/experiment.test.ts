/** Laws of ratio experiments: what order, margins and hostile input must not change. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlan } from "../../services/cli/experiment/read-plan.ts";
import { capOf } from "../../services/core/experiment/cap.ts";
import { parsePlan } from "../../services/core/experiment/parse-plan.ts";
import type { Plan } from "../../services/core/experiment/plan.ts";
import { Random } from "../../services/core/random.ts";
import { holm } from "../../services/core/statistics/holm.ts";
import { signFlipP } from "../../services/core/statistics/sign-flip.ts";
import { studentQuantile, studentTwoSidedP } from "../../services/core/statistics/student-t.ts";
import { matched, resultsOf, testPlan } from "../support/experiment.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";

const recipe = fc.record({
  seed: fc.integer(),
  means: fc.array(fc.double({ min: 0.5, max: 0.6, noNaN: true }), { minLength: 15, maxLength: 15 }),
  noise: fc.double({ min: 0.001, max: 0.03, noNaN: true }),
});
type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

/** Any curves, of any noise. Made in the property, so that a counterexample fits a screen. */
function experiment({ seed, means, noise }: Recipe) {
  const random = new Random(seed);
  const plan = testPlan();
  const results = resultsOf(plan, (arm, metric) => {
    const at = plan.ratios.indexOf(arm.ratio) * 3 + plan.metrics.indexOf(metric);
    return means[at]! + noise * (random.nextFloat() - 0.5);
  });
  return { plan, results, random };
}

function withDelta(plan: Plan, delta: number): Plan {
  return { ...plan, metrics: plan.metrics.map((metric) => ({ ...metric, delta })) };
}

describe("the cap", () => {
  it("grows with the margin and never passes over the largest ratio that is no worse", () => {
    const delta = fc.double({ min: 1e-6, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(recipe, delta, delta, (made, a, b) => {
        const { plan, results } = experiment(made);
        const found = matched(plan, results);
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((margin) =>
          capOf(withDelta(plan, margin), found),
        );
        expect(large!.ratio ?? -1).toBeGreaterThanOrEqual(small!.ratio ?? -1);
        for (const { ratio, limits } of [small!, large!]) {
          const passing = plan.ratios.filter((tested) =>
            limits.every((limit) => limit.ratio !== tested || limit.state === "no_worse"),
          );
          expect(ratio ?? -1).toBeLessThanOrEqual(passing.at(-1) ?? -1);
          if (ratio !== null) expect(passing).toContain(ratio);
          // The other way round it may be null: what passes may lie behind a ratio that fails.
          if (passing.length === 0) expect(ratio).toBeNull();
        }
      }),
    );
  });

  it("moves with the values: a shift of all changes nothing, and a ratio that loses is no cap", () => {
    fc.assert(
      fc.property(recipe, fc.integer({ min: 0, max: 4 }), (made, at) => {
        const { plan, results } = experiment(made);
        const cap = capOf(plan, matched(plan, results)).ratio;
        const shifted = results.map((result) => ({ ...result, value: result.value! + 8 }));
        expect(capOf(plan, matched(plan, shifted)).ratio).toBe(cap);
        if (plan.ratios[at] !== cap) return;
        const harmed = results.map((result) =>
          result.syntheticShare === cap ? { ...result, value: result.value! - 1 } : result,
        );
        expect(capOf(plan, matched(plan, harmed)).ratio).not.toBe(cap);
      }),
    );
  });
});

describe("matching", () => {
  it("does not depend on the order of results, nor on their being sent twice", () => {
    fc.assert(
      fc.property(recipe, (made) => {
        const { plan, results, random } = experiment(made);
        const spoilt = results.map((result) =>
          random.below(10) === 0 ? { ...result, seed: "9", value: random.nextFloat() } : result,
        );
        const contradicting = [...spoilt, { ...results[0]!, id: "again", value: 0.1 }];
        const first = matched(plan, contradicting);
        expect(matched(plan, random.shuffle([...contradicting]))).toEqual(first);
        const twice = matched(plan, [...results, ...results]);
        expect(twice.cells).toEqual(matched(plan, results).cells);
        expect(twice.repeated).toBe(results.length);
      }),
      { numRuns: 30 },
    );
  });
});

describe("plans", () => {
  it("of anything whatever are refused in words or good, never a failure", () => {
    const word = fc.oneof(
      fc.constantFrom(...HOSTILE_NAMES.filter(({ length }) => length < 1_000)),
      fc.string(),
    );
    const anything = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const good = testPlan();
    const hostile = fc
      .dictionary(fc.constantFrom(...Object.keys(good)), fc.oneof(anything, word))
      .map((fields) =>
        JSON.stringify({ ...good, ...fields }, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v)),
      );
    fc.assert(
      fc.property(hostile, (json) => {
        const parsed = parsePlan(json);
        if (parsed.ok) expect(parsePlan(JSON.stringify(parsed.plan))).toEqual(parsed);
        else expect(parsed.problem).not.toBe("");
      }),
    );
    fc.assert(
      fc.property(fc.oneof(hostile, word, fc.json()), (text) => {
        const read = readPlan("p.yaml", text);
        if (!read.ok) for (const { line } of read.problems) expect(line).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe("tests of effects", () => {
  it("keep Holm's p between the test's own and Bonferroni's, in the same order", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (p) => {
        const adjusted = holm(p);
        for (const [i, own] of p.entries()) {
          expect(adjusted[i]!).toBeGreaterThanOrEqual(own);
          expect(adjusted[i]!).toBeLessThanOrEqual(Math.min(1, own * p.length) + 1e-12);
          for (const [j, other] of p.entries())
            if (own < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!);
        }
      }),
    );
  });

  it("by signs do not depend on the sign, the unit or the order", () => {
    const differences = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(differences, (values) => {
        const p = signFlipP(values);
        expect(p).toBeGreaterThanOrEqual(2 / 2 ** values.length);
        expect(p).toBeLessThanOrEqual(1);
        expect(signFlipP(values.map((value) => -value))).toBe(p);
        expect(signFlipP(values.map((value) => value / 1_000).toReversed())).toBe(p);
      }),
    );
  });

  it("by t: probability and quantile undo each other", () => {
    const df = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 0.999, noNaN: true }), df, (p, freedom) => {
        expect(studentTwoSidedP(studentQuantile(1 - p / 2, freedom), freedom)).toBeCloseTo(p, 9);
      }),
    );
  });
});
