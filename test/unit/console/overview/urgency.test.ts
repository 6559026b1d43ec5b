import { describe, expect, it } from "vitest";
import type { LaneGate, LaneVerdict } from "../../../../services/console/answers/overview-answer.ts";
import { urgencyOf } from "../../../../services/console/overview/urgency.ts";

const open: LaneGate = {
  state: "open",
  share: 1,
  sinceMs: 0,
  validUntilMs: 1,
  stale: false,
  cause: "",
  rule: "",
};
const passed: LaneVerdict = {
  verdict: "pass",
  warn: false,
  window: "decision",
  startMs: 0,
  endMs: 1,
  families: [],
  reason: "",
};

describe("who is looked at first", () => {
  it("goes from frozen to well, and what could not tell is never well", () => {
    const order = [
      urgencyOf({ ...open, state: "frozen", stale: true }, [], passed),
      urgencyOf({ ...open, stale: true }, [], passed),
      urgencyOf(open, [{ subject: "judge:a@1", state: "frozen" }], passed),
      urgencyOf(open, [], { ...passed, verdict: "breach" }),
      urgencyOf({ ...open, state: "throttled" }, [], passed),
      urgencyOf(open, [], { ...passed, verdict: "inconclusive" }),
      urgencyOf(open, [], passed),
    ].map(({ urgency }) => urgency);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const verdict of ["inconclusive", "error", "breach"]) {
      expect(urgencyOf(open, [], { ...passed, verdict }).attention).not.toBe("well");
    }
    expect(urgencyOf(null, [], null)).toEqual({ urgency: 5, attention: "no verdict yet" });
    expect(urgencyOf(open, [], { ...passed, warn: true }).attention).toBe("passes with a warning");
  });
});
