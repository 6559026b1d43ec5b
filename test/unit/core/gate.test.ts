import { describe, expect, it } from "vitest";
import { climb, type LadderInput, NO_STREAKS, type Streaks, shareOf } from "../../../services/core/gate.ts";
import type { GateState } from "../../../services/core/records.ts";
import { testPolicy } from "../../support/policy.ts";

const POLICY = testPolicy().defaults;
const CLEAN: LadderInput = { families: 0, conclusive: true, generation: false };
const ONE: LadderInput = { families: 1, conclusive: true, generation: false };
const TWO: LadderInput = { families: 2, conclusive: true, generation: false };
const UNSURE: LadderInput = { families: 0, conclusive: false, generation: false };

function walk(start: GateState, inputs: readonly LadderInput[], streaks: Streaks = NO_STREAKS): GateState[] {
  let state = start;
  let held = streaks;
  return inputs.map((input) => {
    const step = climb(state, held, input, POLICY);
    state = step.state;
    held = step.streaks;
    return state;
  });
}

describe("the ladder of a lane's gate", () => {
  it("watches at one family, throttles at two windows running, freezes at two families twice", () => {
    expect(walk("open", [ONE])).toEqual(["watch"]);
    expect(walk("open", [ONE, ONE])).toEqual(["watch", "throttled"]);
    expect(walk("open", [TWO, TWO])).toEqual(["watch", "frozen"]);
    expect(walk("open", [ONE, TWO, TWO])).toEqual(["watch", "throttled", "frozen"]);
  });

  it("needs the two windows to be consecutive", () => {
    expect(walk("open", [TWO, CLEAN, TWO])).toEqual(["watch", "watch", "watch"]);
    expect(walk("open", [ONE, CLEAN, ONE])).toEqual(["watch", "watch", "watch"]);
  });

  it("neither counts an inconclusive window nor lets it break a streak", () => {
    expect(walk("open", [TWO, UNSURE, TWO])).toEqual(["watch", "watch", "frozen"]);
    expect(walk("watch", [UNSURE, UNSURE, UNSURE])).toEqual(["watch", "watch", "watch"]);
  });

  it("freezes at once on two families in a generation window, and on nothing less", () => {
    expect(walk("open", [{ ...TWO, generation: true }])).toEqual(["frozen"]);
    expect(walk("open", [{ ...ONE, generation: true }])).toEqual(["open"]);
    expect(walk("open", [{ ...TWO, generation: true, conclusive: false }])).toEqual(["open"]);
  });

  it("leads down one state at a time after clean windows, never out of frozen", () => {
    expect(walk("throttled", [CLEAN, CLEAN, CLEAN, CLEAN])).toEqual(["throttled", "watch", "watch", "open"]);
    expect(
      walk(
        "frozen",
        Array.from({ length: 10 }, () => CLEAN),
      ),
    ).toEqual(Array(10).fill("frozen"));
  });

  it("counts clean windows while frozen and starts again at a breach", () => {
    let step = climb("frozen", NO_STREAKS, CLEAN, POLICY);
    step = climb("frozen", step.streaks, CLEAN, POLICY);
    expect(step.streaks.clean).toBe(2);
    step = climb("frozen", step.streaks, UNSURE, POLICY);
    expect(step.streaks.clean).toBe(2);
    expect(climb("frozen", step.streaks, ONE, POLICY).streaks.clean).toBe(0);
  });

  it("comes back from probation by steps and freezes at any breach there", () => {
    expect(walk("probation", [CLEAN, CLEAN, CLEAN])).toEqual(["probation", "probation", "open"]);
    expect(walk("probation", [CLEAN, ONE])).toEqual(["probation", "frozen"]);
  });

  it("lets through the share of its state", () => {
    expect(shareOf("open", NO_STREAKS, POLICY)).toBe(1);
    expect(shareOf("watch", NO_STREAKS, POLICY)).toBe(1);
    expect(shareOf("throttled", NO_STREAKS, POLICY)).toBe(0.5);
    expect(shareOf("probation", { ...NO_STREAKS, probationStep: 1 }, POLICY)).toBe(0.5);
    expect(shareOf("frozen", NO_STREAKS, POLICY)).toBe(0);
  });
});
