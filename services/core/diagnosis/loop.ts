/**
 * Generator, judge, template and trainer as one loop: what is measured on each of its edges, and how closed it is.
 *
 * An edge is *open* while something from outside comes in on it, *closed* where only the loop's own taste passes. The thresholds
 * are chosen; they colour a drawing and hold nothing.
 */
import type { Fact, FactId, Facts } from "./facts.ts";

export const LOOP_NODES = {
  world: "Real world",
  template: "Templates",
  generator: "Generator",
  judge: "Judge",
  mix: "Training mix",
  trainer: "Trainer",
  suites: "Suites",
  users: "Users",
} as const;
export type LoopNode = keyof typeof LOOP_NODES;

/** When a fact narrows or closes the edge it is measured on; equal counts. */
interface EdgeLevel {
  readonly fact: FactId;
  readonly worse: "higher" | "lower";
  readonly narrowAt: number;
  readonly closedAt: number;
}

export interface LoopEdge {
  readonly from: LoopNode;
  readonly to: LoopNode;
  readonly title: string;
  readonly levels: readonly EdgeLevel[];
}

const high = (fact: FactId, narrowAt: number, closedAt: number): EdgeLevel => ({
  fact,
  worse: "higher",
  narrowAt,
  closedAt,
});
const low = (fact: FactId, narrowAt: number, closedAt: number): EdgeLevel => ({
  fact,
  worse: "lower",
  narrowAt,
  closedAt,
});

export const LOOP_EDGES: readonly LoopEdge[] = [
  {
    from: "template",
    to: "generator",
    title: "prompts and templates",
    levels: [
      high("template_share", 0.5, 0.9),
      high("prompt_repeated", 0.3, 0.7),
      low("skeleton_ratio", 0.99, 0.97),
    ],
  },
  {
    from: "generator",
    to: "judge",
    title: "shared taste",
    levels: [
      high("teacher_share", 0.6, 0.95),
      high("own_judge_share", 0.1, 0.5),
      high("judge_self_preference", 0.02, 0.1),
    ],
  },
  {
    from: "judge",
    to: "mix",
    title: "what the judge lets through",
    levels: [
      high("judge_acceptance", 0.95, 0.995),
      high("acceptance_narrowing", 0.05, 0.2),
      low("acceptance_hill_ratio", 0.9, 0.7),
      high("judge_share", 0.8, 1),
    ],
  },
  {
    from: "world",
    to: "mix",
    title: "fresh real data",
    levels: [
      high("generated_share", 0.5, 0.9),
      low("real_arrivals_change", -0.1, -0.5),
      high("hidden_synthetic_share", 0.01, 0.1),
    ],
  },
  {
    from: "mix",
    to: "trainer",
    title: "what is trained on",
    levels: [
      high("trained_generated_share", 0.5, 0.9),
      high("closed_share", 0.3, 0.7),
      low("tail_coverage", 0.85, 0.5),
      high("calm_stall", 1, 2),
    ],
  },
  {
    from: "trainer",
    to: "generator",
    title: "models that teach the next",
    levels: [high("own_teacher_share", 0.1, 0.5), high("recursive_share", 0.05, 0.5)],
  },
  {
    from: "judge",
    to: "suites",
    title: "who scores",
    levels: [high("suite_kin", 1, 2), high("suite_made_least", 0.2, 0.8), low("suite_judges", 1, 0)],
  },
  {
    from: "trainer",
    to: "users",
    title: "what users get",
    levels: [low("online_success_change", -0.02, -0.1), high("decoupled_windows", 1, 2)],
  },
];

export type EdgeState = "open" | "narrowing" | "closed" | "not_measured";

export interface EdgeMeasure extends Fact {
  readonly fact: FactId;
  readonly state: EdgeState;
}

export interface EdgeSeen {
  readonly from: LoopNode;
  readonly to: LoopNode;
  readonly title: string;
  /** The worst of its measures; what is not measured makes it neither better nor worse. */
  readonly state: EdgeState;
  readonly measures: readonly EdgeMeasure[];
}

export interface LoopPicture {
  readonly edges: readonly EdgeSeen[];
  /** Share of admitted samples that a model made and nobody and nothing outside checked: how closed the loop is. */
  readonly closed: Fact;
  readonly closedEdges: number;
  readonly measuredEdges: number;
}

const STATES: readonly EdgeState[] = ["not_measured", "open", "narrowing", "closed"];

/** The loop as drawn from a lane's facts; edges in the order of `LOOP_EDGES`. */
export function loopPicture(facts: Facts): LoopPicture {
  const edges = LOOP_EDGES.map(({ from, to, title, levels }) => {
    const measures = levels.map((level) => ({
      ...facts[level.fact],
      fact: level.fact,
      state: stateOf(level, facts[level.fact].value),
    }));
    const worst = Math.max(...measures.map(({ state }) => STATES.indexOf(state)));
    return { from, to, title, state: STATES[worst]!, measures };
  });
  return {
    edges,
    closed: facts.closed_share,
    closedEdges: edges.filter(({ state }) => state === "closed").length,
    measuredEdges: edges.filter(({ state }) => state !== "not_measured").length,
  };
}

function stateOf({ worse, narrowAt, closedAt }: EdgeLevel, value: number | null): EdgeState {
  if (value === null) return "not_measured";
  const beyond = (threshold: number): boolean =>
    worse === "higher" ? value >= threshold : value <= threshold;
  return beyond(closedAt) ? "closed" : beyond(narrowAt) ? "narrowing" : "open";
}
