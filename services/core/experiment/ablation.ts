/** Which control holds the collapse back: what every metric loses when the control is taken away, all else equal. */
import { holm } from "../statistics/holm.ts";
import type { Interval } from "../statistics/intervals.ts";
import { mean, sd } from "../statistics/moments.ts";
import { signFlipP } from "../statistics/sign-flip.ts";
import { meanInterval, studentTwoSidedP } from "../statistics/student-t.ts";
import type { Matched } from "./match-results.ts";
import { Matrix, orientation } from "./matrix.ts";
import { type Ablation, type Plan, type PlannedMetric, ratioArm } from "./plan.ts";

/** Fewer differences are judged by their signs alone: their spread is no estimate. */
export const T_SEEDS_MIN = 5;
const ALPHA = 0.05;

/**
 * `worse`: taking it away harms, so the control matters. `better`: the control costs. Shown at a family-wise 5 % over the arms of
 * the metric. `inconclusive` is no pass: with four seeds or fewer nothing can be shown.
 */
export type EffectVerdict = "worse" | "better" | "inconclusive";

export interface Effect {
  readonly metric: PlannedMetric;
  /** Of the ablation; for an interaction the arm that removes both. */
  readonly arm: string;
  readonly ratio: number;
  readonly removes: readonly string[];
  /** `effect`: arm minus the ratio arm of its share. `interaction`: what removing both does beyond what each does alone. */
  readonly kind: "effect" | "interaction";
  /** Seeds with all arms of the comparison. */
  readonly n: number;
  /** Mean over seeds, in the metric's own unit and direction; null for no seed. */
  readonly mean: number | null;
  /** 95 %, unadjusted; null under five seeds. */
  readonly interval: Interval | null;
  readonly test: "t" | "sign_flip";
  /** null where there is nothing to test: under two seeds, or no spread under t. */
  readonly p: number | null;
  /** Holm's, over arms and interactions of the metric. */
  readonly adjustedP: number | null;
  readonly verdict: EffectVerdict;
}

/** By metric in the plan's order; within one the most harmful removal first. */
export function ablationEffects(plan: Plan, matched: Matched): readonly Effect[] {
  return plan.metrics.flatMap((metric) => effectsOn(plan, metric, new Matrix(metric, matched)));
}

type Comparison = Pick<Effect, "arm" | "ratio" | "removes" | "kind"> & {
  readonly differences: readonly number[];
};

function effectsOn(plan: Plan, metric: PlannedMetric, matrix: Matrix): readonly Effect[] {
  const sign = orientation(metric);
  const comparisons: Comparison[] = [
    ...plan.ablations.map(({ arm, ratio, removes }) => ({
      arm,
      ratio,
      removes,
      kind: "effect" as const,
      differences: matrix.differences(arm, ratioArm(ratio)),
    })),
    ...interactions(plan.ablations, matrix),
  ];
  const tested = comparisons.map((comparison) => ({ comparison, ...tests(comparison.differences) }));
  const adjusted = holm(tested.map(({ p }) => p ?? 1));
  return tested
    .map(({ comparison, test, p }, i) => ({ comparison, test, p, oriented: orientedMean(comparison), i }))
    .sort((a, b) => a.oriented - b.oriented || a.i - b.i)
    .map(({ comparison, test, p, oriented, i }): Effect => {
      const { differences, ...named } = comparison;
      const adjustedP = p === null ? null : adjusted[i]!;
      const own = differences.map((difference) => sign * difference);
      return {
        metric,
        ...named,
        n: own.length,
        mean: own.length === 0 ? null : mean(own),
        interval: test === "t" && p !== null ? meanInterval(own) : null,
        test,
        p,
        adjustedP,
        verdict: adjustedP === null || adjustedP > ALPHA ? "inconclusive" : oriented < 0 ? "worse" : "better",
      };
    });
}

/** Without any difference it stands last. */
function orientedMean({ differences }: Comparison): number {
  return differences.length === 0 ? Number.MAX_VALUE : mean(differences);
}

function tests(differences: readonly number[]): { readonly test: Effect["test"]; readonly p: number | null } {
  const n = differences.length;
  if (n < T_SEEDS_MIN) return { test: "sign_flip", p: n < 2 ? null : signFlipP(differences) };
  const spread = sd(differences);
  const centre = mean(differences);
  // Without spread the t would claim certainty.
  if (!(spread > ROUNDING * Math.abs(centre))) return { test: "t", p: null };
  return { test: "t", p: studentTwoSidedP((centre * Math.sqrt(n)) / spread, n - 1) };
}

const ROUNDING = 1e-9;

/** Of every two controls of which both, and each alone, are taken away at one ratio: a 2 by 2 factorial. */
function interactions(ablations: readonly Ablation[], matrix: Matrix): readonly Comparison[] {
  return ablations.flatMap((both) => {
    if (both.removes.length !== 2) return [];
    const alone = both.removes.map((control) =>
      ablations.find(
        ({ removes, ratio }) => ratio === both.ratio && removes.length === 1 && removes[0] === control,
      ),
    );
    const [first, second] = alone;
    if (first === undefined || second === undefined) return [];
    const values = matrix.complete([both.arm, first.arm, second.arm, ratioArm(both.ratio)]);
    return [
      {
        arm: both.arm,
        ratio: both.ratio,
        removes: both.removes,
        kind: "interaction" as const,
        differences: values.map(([ab, a, b, none]) => ab! - a! - b! + none!),
      },
    ];
  });
}
