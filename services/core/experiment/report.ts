/** What an experiment says, whole: curves, cap, controls, and whether it is finished. */
import { holm } from "../statistics/holm.ts";
import { ablationEffects, type Effect } from "./ablation.ts";
import { type Cap, capOf } from "./cap.ts";
import { type Gradient, gradientOf } from "./gradient.ts";
import type { Matched } from "./match-results.ts";
import { openCells } from "./matrix.ts";
import type { Plan } from "./plan.ts";

export interface ExperimentReport {
  readonly plan: Plan;
  readonly matched: Matched;
  /** In the plan's order of metrics. */
  readonly gradients: readonly Gradient[];
  /** Holm's p of each gradient's break over all metrics, in their order; null where there is no estimate. */
  readonly breakPs: readonly (number | null)[];
  readonly cap: Cap;
  readonly effects: readonly Effect[];
  /** `pass`: every planned cell has its number, and there is a cap. Else inconclusive: an experiment forbids nothing by itself. */
  readonly verdict: "pass" | "inconclusive";
  /** Why it is not a pass; empty for one. */
  readonly reasons: readonly string[];
}

export function experimentReport(plan: Plan, matched: Matched): ExperimentReport {
  const gradients = plan.metrics.map((metric) => gradientOf(plan, metric, matched));
  const cap = capOf(plan, matched);
  const reasons: string[] = [];
  const open = openCells(matched);
  const contradicting = open.filter(({ state }) => state === "contradicting").length;
  const missing = open.length - contradicting;
  if (missing > 0) reasons.push(`${missing} of ${matched.cells.length} planned results are missing`);
  if (contradicting > 0) reasons.push(`${contradicting} planned results contradict themselves`);
  if (cap.ratio === null)
    reasons.push("no tested ratio is shown to be no worse in every tail and robust metric");
  return {
    plan,
    matched,
    gradients,
    breakPs: holmOfKnown(
      gradients.map(({ break: found }) => (found.status === "ok" ? found.estimate.p : null)),
    ),
    cap,
    effects: ablationEffects(plan, matched),
    verdict: reasons.length === 0 ? "pass" : "inconclusive",
    reasons,
  };
}

function holmOfKnown(ps: readonly (number | null)[]): readonly (number | null)[] {
  const known = ps.filter((p) => p !== null);
  const adjusted = holm(known);
  let next = 0;
  return ps.map((p) => (p === null ? null : adjusted[next++]!));
}
