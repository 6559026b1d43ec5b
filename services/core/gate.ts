/** Gate transitions as a pure function: families in breach in, next state out (law 5, section 5). */
import type { LanePolicy } from "./policy.ts";
import type { GateState } from "./records.ts";

/** What one decision window said of a lane, reduced to what the ladder needs. */
export interface LadderInput {
  /** Independent families in breach. */
  readonly families: number;
  /** False: the window counts for nothing, neither a breach nor a clean one, and breaks no streak. */
  readonly conclusive: boolean;
  /** A generation window, which freezes at once when two families breach in it. */
  readonly generation: boolean;
}

/** Streaks of one lane over its decision windows, and where on the probation ladder it stands. */
export interface Streaks {
  readonly oneFamily: number;
  readonly twoFamilies: number;
  readonly clean: number;
  /** Index into the policy's probation shares. */
  readonly probationStep: number;
}

export const NO_STREAKS: Streaks = { oneFamily: 0, twoFamilies: 0, clean: 0, probationStep: 0 };

export interface LadderStep {
  readonly state: GateState;
  readonly streaks: Streaks;
  /** Why the state changed, in the words of the ladder; "" where it did not. */
  readonly cause: string;
}

/**
 * One step of the ladder for the lane's gate.
 *
 * One family in breach: watch; in two consecutive decision windows: throttle. Two families in two consecutive ones:
 * freeze; in one generation window: at once. On probation any breach freezes again. Clean windows lead down one state
 * at a time, and never out of `frozen`: that takes a named person.
 */
export function climb(
  state: GateState,
  streaks: Streaks,
  input: LadderInput,
  policy: LanePolicy,
): LadderStep {
  if (!input.conclusive) return { state, streaks, cause: "" };
  if (input.generation) return climbGeneration(state, streaks, input);
  const breached = input.families > 0;
  const next: Streaks = {
    oneFamily: breached ? streaks.oneFamily + 1 : 0,
    twoFamilies: input.families >= 2 ? streaks.twoFamilies + 1 : 0,
    clean: breached ? 0 : streaks.clean + 1,
    probationStep: streaks.probationStep,
  };
  if (state === "frozen" || state === "rolled_back") return { state, streaks: next, cause: "" };
  if (breached) return climbUp(state, next);
  return climbDown(state, next, policy);
}

function climbGeneration(state: GateState, streaks: Streaks, input: LadderInput): LadderStep {
  if (input.families < 2 || state === "frozen" || state === "rolled_back")
    return { state, streaks, cause: "" };
  return {
    state: "frozen",
    streaks: { ...streaks, clean: 0 },
    cause: "two families breached in one generation window",
  };
}

function climbUp(state: GateState, streaks: Streaks): LadderStep {
  if (state === "probation") {
    return { state: "frozen", streaks: { ...streaks, clean: 0 }, cause: "a family breached on probation" };
  }
  if (streaks.twoFamilies >= 2) {
    return { state: "frozen", streaks, cause: "two families breached in two consecutive decision windows" };
  }
  if (streaks.oneFamily >= 2 && state !== "throttled") {
    return { state: "throttled", streaks, cause: "a family breached in two consecutive decision windows" };
  }
  if (state === "open") return { state: "watch", streaks, cause: "a family breached in a decision window" };
  return { state, streaks, cause: "" };
}

function climbDown(state: GateState, streaks: Streaks, policy: LanePolicy): LadderStep {
  if (state === "probation") {
    const step = streaks.probationStep + 1;
    if (step < policy.probationShares.length) {
      return { state, streaks: { ...streaks, probationStep: step }, cause: "a clean window on probation" };
    }
    return { state: "open", streaks: { ...NO_STREAKS }, cause: "probation passed" };
  }
  if (streaks.clean < policy.relaxCleanWindows) return { state, streaks, cause: "" };
  const relaxed: Streaks = { ...streaks, clean: 0 };
  if (state === "throttled") {
    return { state: "watch", streaks: relaxed, cause: `${policy.relaxCleanWindows} clean decision windows` };
  }
  if (state === "watch") {
    return { state: "open", streaks: relaxed, cause: `${policy.relaxCleanWindows} clean decision windows` };
  }
  return { state, streaks, cause: "" };
}

/** Share of generated arrivals a gate lets through, 0..1. */
export function shareOf(state: GateState, streaks: Streaks, policy: LanePolicy): number {
  switch (state) {
    case "open":
    case "watch":
      return 1;
    case "throttled":
      return policy.throttleShare;
    case "probation":
      return policy.probationShares[streaks.probationStep] ?? 1;
    case "frozen":
    case "rolled_back":
      return 0;
  }
}

/** The subject that stands for a whole lane. */
export function laneSubject(lane: string): string {
  return `lane:${lane}`;
}

/** A subject can live in several lanes; each lane has a gate of its own for it. */
export function gateKey(gate: { readonly lane: string; readonly subject: string }): string {
  return `${gate.lane}\u001f${gate.subject}`;
}
