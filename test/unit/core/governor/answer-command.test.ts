import { describe, expect, it } from "vitest";
import { answerCommand } from "../../../../services/core/governor/answer-command.ts";
import {
  decodeLaneState,
  encodeLaneState,
  LANE_ANSWERED_MAX,
  LANE_SUBJECTS_MAX,
  type LaneState,
  newLaneState,
} from "../../../../services/core/governor/lane-state.ts";
import type { CommandRecord, GateRecord, GateState } from "../../../../services/core/records.ts";
import { decodeUtf8 } from "../../../../services/core/utf8.ts";
import { testPolicy } from "../../../support/policy.ts";

const POLICY = testPolicy(
  {},
  { approvers: ["ann", "webhook:alertmanager/x/y"], resumeCleanWindows: 0 },
).defaults;
const NOTHING = { kind: "nothing" };
const FROZEN = { kind: "move", to: "frozen", cause: "frozen on alert A of rule r" };

function command(commandId: string, over: Partial<CommandRecord> = {}): CommandRecord {
  return {
    commandId,
    kind: "freeze",
    subject: "lane:a",
    lane: "a",
    actor: "webhook:alertmanager/x/A",
    reason: "alert A of rule r",
    issuedMs: 0,
    keyId: "",
    signature: "",
    ...over,
  };
}

function put(lane: LaneState, state: GateState, subject = "lane:a"): void {
  lane.gates.set(subject, {
    subject,
    lane: "a",
    state,
    share: 0,
    sinceMs: 0,
    validUntilMs: 0,
    revision: 1,
    rule: "",
    cause: "",
    decisionId: "",
    cleanWindows: 0,
  } satisfies GateRecord);
}

describe("a webhook's command", () => {
  it("freezes once: not again while frozen, and not again after a person resumed", () => {
    const lane = newLaneState("a", 0);
    expect(answerCommand(command("1"), lane, POLICY)).toEqual(FROZEN);
    put(lane, "frozen");
    expect(answerCommand(command("1"), lane, POLICY)).toEqual(NOTHING);
    put(lane, "probation");
    for (let i = 0; i < 7; i += 1) expect(answerCommand(command("1"), lane, POLICY)).toEqual(NOTHING);
    expect(answerCommand(command("2"), lane, POLICY)).toEqual(FROZEN);
  });

  it("is answered by a freeze of somebody else, too: the resume is after it", () => {
    const lane = newLaneState("a", 0);
    for (const state of ["frozen", "rolled_back"] as const) {
      put(lane, state);
      expect(answerCommand(command(state), lane, POLICY)).toEqual(NOTHING);
      put(lane, "open");
      expect(answerCommand(command(state), lane, POLICY)).toEqual(NOTHING);
    }
  });

  it("tightens from every other state", () => {
    for (const state of ["open", "watch", "throttled", "probation"] as const) {
      const lane = newLaneState("a", 0);
      put(lane, state);
      expect(answerCommand(command("1"), lane, POLICY), state).toEqual(FROZEN);
    }
  });

  it("never opens anything, whoever the policy lets approve", () => {
    const lane = newLaneState("a", 0);
    put(lane, "frozen");
    const resume = command("1", { kind: "resume", actor: "webhook:alertmanager/x/y" });
    expect(answerCommand(resume, lane, POLICY)).toEqual({
      kind: "refuse",
      cause: "a webhook can only tighten",
    });
    expect(answerCommand({ ...resume, actor: "ann" }, lane, POLICY)).toMatchObject({ to: "probation" });
  });

  it("may come again where there was no room for it", () => {
    const lane = newLaneState("a", 0);
    for (let i = 0; i < LANE_SUBJECTS_MAX; i += 1) put(lane, "open", `template:t@${i}`);
    expect(answerCommand(command("1"), lane, POLICY)).toEqual({ kind: "no_room" });
    lane.gates.delete("template:t@0");
    expect(answerCommand(command("1"), lane, POLICY)).toEqual(FROZEN);
  });

  it("is remembered within a bound, what is repeated longest, and over a restart", () => {
    let lane = newLaneState("a", 0);
    expect(decodeUtf8(encodeLaneState(lane))).not.toContain("answered");
    answerCommand(command("still firing"), lane, POLICY);
    for (let i = 0; i < 3 * LANE_ANSWERED_MAX; i += 1) {
      answerCommand(command(`other ${i}`), lane, POLICY);
      answerCommand(command("still firing"), lane, POLICY);
      if (i % 100 === 0) lane = decodeLaneState(encodeLaneState(lane));
    }
    expect(lane.answered.size).toBe(LANE_ANSWERED_MAX);
    expect(answerCommand(command("still firing"), lane, POLICY)).toEqual(NOTHING);
    expect(answerCommand(command("other 0"), lane, POLICY)).toEqual(FROZEN);
  });
});

describe("a person's command", () => {
  it("is not remembered: who freezes again means it", () => {
    const lane = newLaneState("a", 0);
    const freeze = command("same", { actor: "bob" });
    for (let i = 0; i < 2; i += 1) {
      expect(answerCommand(freeze, lane, POLICY)).toEqual({
        kind: "move",
        to: "frozen",
        cause: "frozen by a person",
      });
    }
    expect(lane.answered.size).toBe(0);
  });
});
