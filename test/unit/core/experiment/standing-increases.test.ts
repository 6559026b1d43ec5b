import { describe, expect, it } from "vitest";
import { standingChanges } from "../../../../services/core/experiment/standing-increases.ts";
import type { ShareChange } from "../../../../services/core/experiment/untested-increase.ts";

const change = (shareFrom: number | null, shareTo: number | null): ShareChange => ({
  kind: "ratio",
  lane: "a",
  shareFrom,
  shareTo,
  experimentId: "",
  madeMs: 0,
});

describe("raises that stand", () => {
  it("are those that no later change took back to where they began", () => {
    const raised = change(0.2, 0.4);
    expect(standingChanges([raised])).toEqual([raised]);
    const partly = change(0.4, 0.3);
    expect(standingChanges([raised, partly])).toEqual([raised, partly]);
    const back = change(0.3, 0.2);
    expect(standingChanges([raised, partly, back])).toEqual([back]);
    const further = change(0.2, 0.6);
    expect(standingChanges([raised, back, further])).toEqual([back, further]);
  });

  it("stay where what came later, or before, is not known", () => {
    const raised = change(0.2, 0.4);
    const unclear = change(null, null);
    expect(standingChanges([raised, unclear])).toEqual([raised, unclear]);
    const fromNowhere = change(null, 0.4);
    const lower = change(0.4, 0.1);
    expect(standingChanges([fromNowhere, lower])).toEqual([fromNowhere, lower]);
    const none = change(0.1, 0);
    expect(standingChanges([fromNowhere, lower, none])).toEqual([none]);
  });
});
