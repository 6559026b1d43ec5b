/** What the view knows of a run so far: a fold of what it was told, drawn by the panel. */
import type { GateState } from "../../core/records.ts";
import type { GenerationReport } from "../../lab/lab-report.ts";
import { LAB_LANES, type LabLane, type Recipe } from "../../lab/lanes.ts";
import { LAB_SIZES } from "../../lab/pools.ts";
import type { LabProgress } from "../../lab/run-lab.ts";

export interface LaneView {
  /** By generation, the first first. */
  readonly generations: readonly GenerationReport[];
  /** The generation being written or awaited; null while none is. */
  readonly working: number | null;
  /** As it is now: a resume follows the last generation's report. null before the first. */
  readonly gate: GateState | null;
}

export interface DemoState {
  readonly lanes: Readonly<Record<LabLane, LaneView>>;
  /** What is going on, in words. */
  readonly now: string;
  /** The latest generation begun, 0 before the first. */
  readonly generation: number;
  readonly generations: number;
}

const RECIPE_WORDS: Readonly<Record<Recipe, string>> = {
  own: "own output",
  half: "half fresh text",
  trial: "trial batches",
};
const NO_LANE: LaneView = { generations: [], working: null, gate: null };

export const EMPTY_STATE: DemoState = {
  lanes: { replace: NO_LANE, fresh: NO_LANE, governed: NO_LANE },
  now: "starting",
  generation: 0,
  generations: LAB_SIZES.generations,
};

/** The state after one more report of the lab. */
export function afterProgress(state: DemoState, progress: LabProgress): DemoState {
  const { lane, generation } = progress;
  const before = state.lanes[lane];
  const withLane = (after: LaneView, now: string): DemoState => ({
    ...state,
    lanes: { ...state.lanes, [lane]: after },
    now,
    generation: Math.max(state.generation, generation),
  });
  switch (progress.kind) {
    case "writing":
      return withLane({ ...before, working: generation }, writingWords(progress));
    case "judged": {
      const { report } = progress;
      const after = { working: null, gate: report.gate, generations: [...before.generations, report] };
      return withLane(after, `generation ${generation} of lane ${lane} is judged: gate ${report.gate}`);
    }
    case "resumed": {
      const now = `lane ${lane} was resumed after generation ${generation}: gate ${progress.gate}`;
      return withLane({ ...before, gate: progress.gate }, now);
    }
  }
}

type Writing = Extract<LabProgress, { readonly kind: "writing" }>;

export function writingWords({ lane, generation, recipe }: Writing): string {
  const last = lane === LAB_LANES.at(-1);
  const then = last ? "; then the verdicts" : "";
  return `writing generation ${generation} of lane ${lane} (${RECIPE_WORDS[recipe]})${then}`;
}
