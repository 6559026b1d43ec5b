/** The catalogue seen from the stream: which metrics a (stage, segment) keeps, by kind of input. */
import type { CountsInputKind, CountsMetric, Metric, SampleMetric } from "./metric.ts";
import type { Stage } from "./sample.ts";

/** What a segment of a stage keeps. The order of `counts` is the order of a cell's states. */
export interface SegmentPlan {
  // biome-ignore lint/suspicious/noExplicitAny: states of every type side by side
  readonly counts: readonly CountsMetric<any, any>[];
  readonly samples: readonly SampleMetric[];
}

/** Segments with texts of their own: what models made, and what people did. */
export const GENERATED = "generated";
export const REAL = "real";
/** Arrivals of a sample stage; interactions and outcomes of the reply stage. */
export const ALL = "all";
/** Outcomes that the lane's models have no part in. */
export const CONTROL = "control";
/** What training runs report, of stage `reply`: the stage of what becomes of the data. */
export const TRAINING = "training";
const SUITE_PREFIX = "suite:";
const USER_PREFIX = "user:";

export function suiteSegment(suite: string): string {
  return `${SUITE_PREFIX}${suite}`;
}

/** Outcomes of one segment of users. */
export function userSegment(segment: string): string {
  return `${USER_PREFIX}${segment}`;
}

export function isUserSegment(segment: string): boolean {
  return segment.startsWith(USER_PREFIX);
}

function inputsOf(stage: Stage, segment: string): readonly CountsInputKind[] {
  if (segment === GENERATED || segment === REAL) return ["text"];
  if (segment.startsWith(SUITE_PREFIX)) return ["evaluation"];
  if (segment === CONTROL || isUserSegment(segment)) return ["outcome"];
  if (segment === TRAINING) return ["training"];
  return stage === "reply" ? ["interaction", "outcome"] : ["arrival"];
}

function isSampledIn(metric: Metric, segment: string): metric is SampleMetric {
  return metric.kind === "sample" && (metric.beside === undefined || segment === REAL);
}

/** Metrics by id and the plan of every (stage, segment), made once and looked up per record. */
export class Catalogue {
  readonly metrics: readonly Metric[];
  readonly byId: ReadonlyMap<string, Metric>;
  readonly #plans = new Map<string, SegmentPlan>();

  /** Throws on two metrics of one id: a catalogue is made at start, from code. */
  constructor(metrics: readonly Metric[]) {
    this.metrics = [...metrics].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.byId = new Map(this.metrics.map((metric) => [metric.id, metric]));
    if (this.byId.size !== metrics.length) throw new Error("two metrics of the catalogue share an id");
  }

  plan(stage: Stage, segment: string): SegmentPlan {
    return this.sharedPlan([stage], segment);
  }

  /** What a segment keeps while the pane is open, for stages that take the same records: the metrics of any of them. */
  sharedPlan(stages: readonly Stage[], segment: string): SegmentPlan {
    const kind = [SUITE_PREFIX, USER_PREFIX].find((prefix) => segment.startsWith(prefix)) ?? segment;
    const key = `${stages.join("+")}/${kind}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#makePlan(stages, segment);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #makePlan(stages: readonly Stage[], segment: string): SegmentPlan {
    const inputs = stages.flatMap((stage) => inputsOf(stage, segment));
    const here = this.metrics.filter((metric) => metric.stages.some((stage) => stages.includes(stage)));
    return {
      counts: here.filter(
        (metric) => metric.kind === "counts" && inputs.includes(metric.input),
      ) as SegmentPlan["counts"],
      samples: inputs.includes("text") ? here.filter((metric) => isSampledIn(metric, segment)) : [],
    };
  }
}
