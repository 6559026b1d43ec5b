/** How far a loss has come: rare events go first, then variance, then quality (the order of recursive collapse). */
import type { Verdict } from "../records.ts";
import { worstVerdict } from "../verdict.ts";

export const LOSS_STAGES = ["rare_events", "variance", "quality"] as const;
export type LossStage = (typeof LOSS_STAGES)[number];

/** Which families of rules speak of which stage. */
export const STAGE_FAMILIES: Readonly<Record<LossStage, readonly string[]>> = {
  rare_events: ["support"],
  variance: ["repetition", "divergence"],
  quality: ["online", "offline", "errors"],
};

/** What the rules of one family said in the time asked for. */
export interface FamilySaid {
  readonly family: string;
  /** End of the first window in which one breached, epoch ms; null for none. */
  readonly firstBreachMs: number | null;
  /** Worst over the family's rules in the lane's latest decision window that they spoke in. */
  readonly latest: Verdict;
}

/** `lost`: in breach now. `was_lost`: it was, and is no more. `not_measured`: no rule could be told. */
export type StageState = "lost" | "was_lost" | "holds" | "not_measured";

export interface StageSeen {
  readonly stage: LossStage;
  readonly state: StageState;
  readonly sinceMs: number | null;
}

export interface LossPicture {
  /** In the order of loss. */
  readonly stages: readonly StageSeen[];
  /** The last stage that is lost; null where none is. */
  readonly reached: LossStage | null;
  /**
   * Whether stages were lost in the order of collapse, each no later than the next. null with fewer than two lost: nothing to
   * order. False speaks for another cause than a narrowing loop.
   */
  readonly inOrder: boolean | null;
}

export function lossPicture(said: readonly FamilySaid[]): LossPicture {
  const stages = LOSS_STAGES.map((stage) => stageSeen(stage, said));
  const lost = stages.filter(({ state }) => state === "lost");
  const times = stages.flatMap(({ sinceMs }) => (sinceMs === null ? [] : [sinceMs]));
  return {
    stages,
    reached: lost.at(-1)?.stage ?? null,
    inOrder: times.length < 2 ? null : times.every((ms, i) => i === 0 || ms >= times[i - 1]!),
  };
}

function stageSeen(stage: LossStage, said: readonly FamilySaid[]): StageSeen {
  const own = said.filter(({ family }) => STAGE_FAMILIES[stage].includes(family));
  const breaches = own.flatMap(({ firstBreachMs }) => (firstBreachMs === null ? [] : [firstBreachMs]));
  const sinceMs = breaches.length === 0 ? null : Math.min(...breaches);
  const latest = worstVerdict(own.map(({ latest: verdict }) => verdict));
  const state =
    latest === "breach"
      ? "lost"
      : sinceMs !== null
        ? "was_lost"
        : own.some(({ latest: verdict }) => verdict === "pass")
          ? "holds"
          : "not_measured";
  return { stage, state, sinceMs };
}
