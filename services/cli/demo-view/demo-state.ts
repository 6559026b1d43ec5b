/** What the view knows of a run so far: a fold of what it was told, drawn by the panel. */
import type { GenerationReport } from "../../lab/lab-report.ts";
import { LAB_LANES, type LabLane, type Recipe } from "../../lab/lanes.ts";
import { LAB_SIZES } from "../../lab/pools.ts";
import type { LabProgress } from "../../lab/run-lab.ts";

export interface LaneView {
  /** By generation, the first first. */
  readonly generations: readonly GenerationReport[];
  /** The generation being written or awaited; null while none is. */
  readonly working: number | null;
  /** The generation after which the lane was resumed. */
  readonly resumedAt: number | null;
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
  own: "all its own output",
  half: "half fresh real text",
  trial: "trial batches, half fresh real text",
};
const NO_LANE: LaneView = { generations: [], working: null, resumedAt: null };

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
      const after = { ...before, working: null, generations: [...before.generations, progress.report] };
      return withLane(
        after,
        `generation ${generation} of lane ${lane} is judged: gate ${progress.report.gate}`,
      );
    }
    case "resumed": {
      // The gate of a generation is what it was when judged; what follows it is said in words and by the next one.
      const now = `lane ${lane} was resumed after generation ${generation}: gate ${progress.gate}`;
      return withLane({ ...before, resumedAt: generation }, now);
    }
  }
}

type Writing = Extract<LabProgress, { readonly kind: "writing" }>;

export function writingWords({ lane, generation, recipe }: Writing): string {
  const last = lane === LAB_LANES.at(-1);
  const then = last ? `; then all lanes wait for their verdicts` : "";
  return `writing generation ${generation} of lane ${lane} (${RECIPE_WORDS[recipe]})${then}`;
}
