/** The lab's three lanes: how each makes its texts and what it trains its next model on, as data and one pure step. */
import { Random } from "../core/random.ts";
import type { GateState } from "../core/records.ts";
import { type LabSizes, type Pools, type RealPiece, type Tokens, TRIAL_BATCHES } from "./pools.ts";
import { TrigramModel } from "./trigram.ts";

export const LAB_LANES = ["replace", "fresh", "governed"] as const;
export type LabLane = (typeof LAB_LANES)[number];

/**
 * How a lane works in one generation. `own`: writes all its texts and trains on nothing else. `half`: half its arrivals are
 * fresh real pieces, and it trains on both. `trial`: like `half`, in batches a frozen gate can measure.
 */
export type Recipe = "own" | "half" | "trial";

export interface LanePlan {
  readonly lane: LabLane;
  readonly first: Recipe;
  /** Whether the lane heeds its gate. `replace` trains on what it wrote, admitted or not. */
  readonly obeysGate: boolean;
}

export const LANE_PLANS: readonly LanePlan[] = [
  { lane: "replace", first: "own", obeysGate: false },
  { lane: "fresh", first: "half", obeysGate: false },
  { lane: "governed", first: "own", obeysGate: true },
];

/** T = .7 crosses three families at generation 2 with room; T = .8 only by a hair (lab.md). */
const TEMPERATURES: Readonly<Record<Recipe, number>> = { own: 0.7, half: 1, trial: 1 };
/** What a lane carries from one generation to the next. */
export interface LaneState {
  readonly plan: LanePlan;
  readonly recipe: Recipe;
  /** What the next model is fitted on. */
  readonly trainedOn: readonly Tokens[];
  /** What `trainedOn` is made of, for the manifest. */
  readonly mixture: Mixture;
  /** Pieces of the fresh pool this lane has used up. */
  readonly freshUsed: number;
}

export interface Mixture {
  readonly real: number;
  readonly generated: number;
  /** Tokens of both. */
  readonly tokens: number;
  /** Generations of model output behind the deepest piece; 0: real text only. */
  readonly depth: number;
}

/** What a lane made in one generation. */
export interface LaneOutput {
  readonly lane: LabLane;
  readonly generation: number;
  readonly recipe: Recipe;
  readonly temperature: number;
  readonly model: TrigramModel;
  /** What the model was trained on. */
  readonly mixture: Mixture;
  readonly generated: readonly Tokens[];
  /** Fresh real pieces that arrive among them. */
  readonly real: readonly RealPiece[];
}

export function startLane(plan: LanePlan, pools: Pools): LaneState {
  return { plan, recipe: plan.first, freshUsed: 0, ...firstTraining(pools) };
}

/**
 * Heeds the gate before a generation. A lane that is frozen goes back to the training set of its first model, the last state
 * anybody vouched for, and makes trial batches from there: with half real data on top of the collapsed model it was still in
 * breach a generation later and below .9 of real tail coverage after three. Once its gate is no longer frozen it keeps half
 * fresh data: back at T = .7 on its own output it would collapse again. States short of frozen are the gatekeeper's to
 * enforce; the lane goes on as it was.
 */
export function heedGate(state: LaneState, gate: GateState, pools: Pools): LaneState {
  if (!state.plan.obeysGate) return state;
  if (gate === "frozen") {
    if (state.recipe === "trial") return state;
    return { ...state, recipe: "trial", ...firstTraining(pools) };
  }
  return state.recipe === "trial" ? { ...state, recipe: "half" } : state;
}

/** Fits the lane's model, writes its texts, and says what the next model will be trained on. Deterministic in `seed`. */
export function runGeneration(
  state: LaneState,
  generation: number,
  pools: Pools,
  sizes: LabSizes,
  seed: number,
): { readonly output: LaneOutput; readonly next: LaneState } {
  const { plan, recipe } = state;
  const model = new TrigramModel(state.trainedOn, pools.vocabulary);
  const counts = arrivalsOf(recipe, sizes);
  const random = new Random(`lab/text/${seed}/${plan.lane}/${generation}`);
  const temperature = TEMPERATURES[recipe];
  const generated = model.sample(counts.generated, temperature, random);
  const real = pools.fresh.slice(state.freshUsed, state.freshUsed + counts.real);
  const output: LaneOutput = {
    lane: plan.lane,
    generation,
    recipe,
    temperature,
    model,
    mixture: state.mixture,
    generated,
    real,
  };
  return {
    output,
    next: { ...state, freshUsed: state.freshUsed + real.length, ...trainingFrom(output, sizes) },
  };
}

function arrivalsOf(recipe: Recipe, sizes: LabSizes): { readonly generated: number; readonly real: number } {
  const { training, freshPerGeneration } = sizes;
  switch (recipe) {
    case "own":
      return { generated: training, real: 0 };
    case "half":
      return { generated: training - freshPerGeneration, real: freshPerGeneration };
    case "trial":
      return { generated: TRIAL_BATCHES * sizes.trialBatch, real: TRIAL_BATCHES * sizes.trialBatch };
  }
}

function firstTraining(pools: Pools): { readonly trainedOn: readonly Tokens[]; readonly mixture: Mixture } {
  const trainedOn = pools.training.map((piece) => piece.tokens);
  return {
    trainedOn,
    mixture: { real: trainedOn.length, generated: 0, tokens: tokenCount(trainedOn), depth: 0 },
  };
}

/** `own`: everything written. Otherwise half real, half generated, at the size of the first training set. */
function trainingFrom(
  output: LaneOutput,
  sizes: LabSizes,
): { readonly trainedOn: readonly Tokens[]; readonly mixture: Mixture } {
  const { training, freshPerGeneration } = sizes;
  const generated =
    output.recipe === "own" ? output.generated : output.generated.slice(0, training - freshPerGeneration);
  const real = output.real.slice(0, freshPerGeneration).map((piece) => piece.tokens);
  const trainedOn = [...generated, ...real];
  return {
    trainedOn,
    mixture: {
      real: real.length,
      generated: generated.length,
      tokens: tokenCount(trainedOn),
      depth: output.mixture.depth + 1,
    },
  };
}

function tokenCount(pieces: readonly Tokens[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
