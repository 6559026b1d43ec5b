/** One metric over the tested shares: what the curve looks like, and where it breaks. */
import { Random } from "../random.ts";
import { type BreakAnswer, breakEstimate } from "../statistics/break-estimate.ts";
import type { Interval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { type QuadraticFit, quadraticFit } from "../statistics/quadratic-fit.ts";
import { meanInterval } from "../statistics/student-t.ts";
import type { Matched } from "./match-results.ts";
import { Matrix, orientation } from "./matrix.ts";
import { metricKey, type Plan, type PlannedMetric, ratioArm } from "./plan.ts";

/** Values are in the metric's own unit and direction. */
export interface GradientPoint {
  readonly ratio: number;
  /** Seeds with a number. */
  readonly n: number;
  /** null for none. */
  readonly mean: number | null;
  /** 95 % over seeds; null under two. */
  readonly interval: Interval | null;
  /** Against the arm without generated data, all else equal: mean of the differences by seed, and 95 %. null where there is none. */
  readonly gain: { readonly mean: number; readonly interval: Interval | null } | null;
}

export interface Gradient {
  readonly metric: PlannedMetric;
  readonly points: readonly GradientPoint[];
  /** Through the points' means; null under three. */
  readonly quadratic: QuadraticFit | null;
  /** From the seeds that have every ratio. Its place is never without its interval. */
  readonly break: BreakAnswer;
}

/** The same plan and results give the same curve: the bootstrap draws from a generator named after experiment and metric. */
export function gradientOf(plan: Plan, metric: PlannedMetric, matched: Matched): Gradient {
  const matrix = new Matrix(metric, matched);
  const sign = orientation(metric);
  const baseline = ratioArm(0);
  const points = plan.ratios.map((ratio): GradientPoint => {
    const values = matrix.of(ratioArm(ratio)).map((value) => sign * value);
    const gains = matrix.differences(ratioArm(ratio), baseline).map((gain) => sign * gain);
    return {
      ratio,
      n: values.length,
      mean: values.length === 0 ? null : mean(values),
      interval: meanInterval(values),
      gain: ratio === 0 || gains.length === 0 ? null : { mean: mean(gains), interval: meanInterval(gains) },
    };
  });
  const measured = points.filter((point) => point.mean !== null);
  const seeds = matrix.complete(plan.ratios.map(ratioArm)).map((values) => values.map((v) => sign * v));
  const random = new Random(`experiment/${plan.id}/${metricKey(metric)}/break`);
  return {
    metric,
    points,
    quadratic: quadraticFit(
      measured.map(({ ratio }) => ratio),
      measured.map((point) => point.mean!),
    ),
    break: breakEstimate(plan.ratios, seeds, random),
  };
}
