/**
 * What is planted in one run of the split lab: which scenario, from which window on, how deep, and how far the online side lies
 * behind the offline one. Pure data, drawn from the seed; the truth that the engine's words are held against.
 */
import { Random } from "../../core/random.ts";

export const SPLIT_SCENARIOS = ["collapse", "mix", "season", "judge"] as const;
/**
 * `collapse`: the model narrows. Three that look like it and are none: `mix`: users ask harder things more often; `season`: all
 * questions get harder, for people too; `judge`: the suites' judge becomes stricter.
 */
export type SplitScenario = (typeof SPLIT_SCENARIOS)[number];

export interface SplitSizes {
  /** Decision windows of the run, one pane each. */
  readonly windows: number;
  /** Candidates a window: a decision window's 500 with room. */
  readonly samples: number;
  /** Questions that the model answers in a window. */
  readonly questions: number;
  /** Questions that people answer in a window: a control that never narrows. */
  readonly peopleQuestions: number;
  /** Trials of each suite in a window. */
  readonly mainTrials: number;
  readonly longTailTrials: number;
  readonly crossDomainTrials: number;
  /** Reply texts that the model has ready as it was, and as many as it becomes. A window draws them without repetition. */
  readonly replyTexts: number;
}

/**
 * With so many outcomes a window an e-process over the lane's online success that begins anew every fourth window reaches
 * 20 three to eleven windows before five points are lost, in each of twenty plans; with half as many, too late in one of four.
 */
export const SPLIT_SIZES: SplitSizes = {
  windows: 60,
  samples: 520,
  questions: 2_000,
  peopleQuestions: 600,
  mainTrials: 600,
  longTailTrials: 4_000,
  crossDomainTrials: 4_000,
  replyTexts: 2_400,
};

/** Windows are counted from 1. */
export interface SplitPlan {
  readonly seed: number;
  readonly scenario: SplitScenario;
  readonly sizes: SplitSizes;
  /** The model version under watch is deployed at the start of this window. */
  readonly deploymentWindow: number;
  /** The first window in which anything differs. */
  readonly onsetWindow: number;
  /** Windows from nothing to all of it; a judge changes at once. */
  readonly rampWindows: number;
  /**
   * How much narrower, or less narrow, the weights made in each window are than the ramp says, window 1 first: no two trainings
   * end alike. Without it a slow fall would hardly tell by how much one series lies behind another.
   */
  readonly wobble: readonly number[];
  /** Windows between a model's weights being evaluated and being served. */
  readonly serveLagWindows: number;
  /** Windows between a question and its outcome. */
  readonly outcomeLagWindows: number;
  /** How far online success lies behind the suite `long_tail`: the sum of the two. */
  readonly lagWindows: number;
}

const LAG_WINDOWS_MIN = 2;
const LAG_WINDOWS_MAX = 6;
/** The wobble is uniform within this on either side. */
const WOBBLE_MAX = 0.15;
/** Share of questions that are hard at a season's height, for people and for the model. */
const SEASON_HARD_SHARE = 0.6;

/** Equal for equal seed and sizes; all scenarios of a seed share their draws, so that they can be compared. */
export function drawSplitPlan(
  seed: number,
  scenario: SplitScenario,
  sizes: SplitSizes = SPLIT_SIZES,
): SplitPlan {
  const random = new Random(`lab/split/plan/${seed}`);
  const within = (from: number, to: number): number => from + random.below(to - from + 1);
  const lagWindows = within(LAG_WINDOWS_MIN, LAG_WINDOWS_MAX);
  const serveLagWindows = Math.min(within(1, 2), lagWindows - 1);
  const share = (of: number): number => Math.max(1, Math.round(sizes.windows * of));
  const deploymentWindow = within(share(1 / 15), share(1 / 10));
  // Twenty windows are a baseline; what is left must hold the whole fall and its lag.
  const onsetWindow = within(share(5 / 12), share(1 / 2));
  // So slowly that five points take the engine's evidence to gather; the others need not be caught in time.
  const slow = within(share(5 / 6), share(1));
  const ramps: Readonly<Record<SplitScenario, number>> = {
    collapse: slow,
    mix: Math.ceil(slow / 2),
    season: Math.ceil(slow / 2),
    judge: 1,
  };
  const chance = new Random(`lab/split/wobble/${seed}`);
  return {
    seed,
    scenario,
    sizes,
    wobble: Array.from({ length: sizes.windows }, () => WOBBLE_MAX * (2 * chance.nextFloat() - 1)),
    deploymentWindow,
    onsetWindow,
    rampWindows: ramps[scenario],
    serveLagWindows,
    outcomeLagWindows: lagWindows - serveLagWindows,
    lagWindows,
  };
}

/** How much of the scenario is there in a window, 0..1: rises by equal steps from the onset. */
export function levelAt(plan: SplitPlan, window: number): number {
  return Math.min(1, Math.max(0, (window - plan.onsetWindow + 1) / plan.rampWindows));
}

/** What the world and the weights made in one window are like. */
export interface WindowState {
  /** Share of answers and replies that come from the narrowed generator, 0..1, in the weights made in this window. */
  readonly narrowing: number;
  /** 0: the usual mix of buckets; 1: the mix of hard ones. */
  readonly mixShift: number;
  /** Share of the questions asked in this window that come without their last word. */
  readonly hardShare: number;
  readonly judgeVersion: JudgeVersion;
}

/** `1` takes the right word among the model's five, `2` only as its first. */
export type JudgeVersion = "1" | "2";

export function stateAt(plan: SplitPlan, window: number): WindowState {
  const level = levelAt(plan, window);
  const { scenario } = plan;
  const narrowing = Math.min(1, Math.max(0, level + (plan.wobble[window - 1] ?? 0)));
  return {
    narrowing: scenario === "collapse" && level > 0 ? narrowing : 0,
    mixShift: scenario === "mix" ? level : 0,
    hardShare: scenario === "season" ? level * SEASON_HARD_SHARE : 0,
    judgeVersion: scenario === "judge" && level > 0 ? "2" : "1",
  };
}

/** Narrowing of the weights that serve users in a window. */
export function servedNarrowing(plan: SplitPlan, window: number): number {
  return stateAt(plan, window - plan.serveLagWindows).narrowing;
}

/** The offline series that the plan lets move first; null where none has anything to do with the users. */
export function firstProxy({ scenario }: SplitPlan): string | null {
  return scenario === "collapse" ? "suite:long_tail" : null;
}
