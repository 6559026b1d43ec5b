import { JsonShape } from "../json-shape.ts";
import { BETTER, canonicalPlan, METRIC_ROLES, type Plan, planProblems } from "./plan.ts";

class PlanError extends Error {}

const shape = new JsonShape((message) => new PlanError(message));

export type ParsedPlan =
  | { readonly ok: true; readonly plan: Plan }
  /** What is wrong, in words. */
  | { readonly ok: false; readonly problem: string };

/** A plan as a `changes` record carries it. Anybody may have written that record: what is no good plan is refused. Never throws. */
export function parsePlan(json: string): ParsedPlan {
  try {
    const plan = readPlan(shape.parse(json, "plan"));
    const [problem] = planProblems(plan);
    return problem === undefined
      ? { ok: true, plan: canonicalPlan(plan) }
      : { ok: false, problem: problem.message };
  } catch (error) {
    if (error instanceof PlanError) return { ok: false, problem: error.message };
    throw error;
  }
}

function readPlan(value: unknown): Plan {
  const fields = shape.object(value, "plan");
  const texts = (name: string): string[] => shape.array(fields[name], name, (v, n) => shape.string(v, n));
  return {
    id: shape.string(fields.id, "id"),
    lane: shape.string(fields.lane, "lane"),
    author: shape.string(fields.author, "author"),
    ratios: shape.array(fields.ratios, "ratios", (v, n) => shape.share(v, n)),
    seeds: texts("seeds"),
    metrics: shape.array(fields.metrics, "metrics", (entry, name) => {
      const metric = shape.object(entry, name);
      return {
        suite: shape.string(metric.suite, `${name}.suite`),
        metric: shape.string(metric.metric, `${name}.metric`),
        bucket: shape.string(metric.bucket, `${name}.bucket`),
        role: shape.oneOf(metric.role, `${name}.role`, METRIC_ROLES),
        better: shape.oneOf(metric.better, `${name}.better`, BETTER),
        delta: shape.finiteOrNull(metric.delta, `${name}.delta`),
      };
    }),
    ablations: shape.array(fields.ablations, "ablations", (entry, name) => {
      const ablation = shape.object(entry, name);
      return {
        arm: shape.string(ablation.arm, `${name}.arm`),
        removes: shape.array(ablation.removes, `${name}.removes`, (v, n) => shape.string(v, n)),
        ratio: shape.share(ablation.ratio, `${name}.ratio`),
      };
    }),
    settings: texts("settings"),
    settingsHash: shape.string(fields.settingsHash, "settingsHash"),
    notes: shape.string(fields.notes, "notes"),
  };
}
