import { describe, expect, it } from "vitest";
import type { DecisionRecord } from "../../../services/core/records.ts";
import { CHAIN_START, ChainCheck, HashChain } from "../../../services/runtime/decision-chain.ts";

function decision(number: number): DecisionRecord {
  return {
    decisionId: `d${number}`,
    subject: "lane:l",
    lane: "l",
    from: "open",
    to: "watch",
    rule: "r",
    cause: "c",
    actor: "plumbline",
    reason: "",
    window: "decision",
    windowStartMs: 0,
    windowEndMs: 60_000,
    generation: 1,
    evidence: [],
    revision: number,
    atMs: number,
    cut: "",
    prevHash: "",
    hash: "",
  };
}

function linked(count: number): DecisionRecord[] {
  const chain = new HashChain(CHAIN_START);
  return Array.from({ length: count }, (_, i) => chain.link(decision(i)));
}

function checked(decisions: readonly DecisionRecord[]): ChainCheck {
  const check = new ChainCheck();
  for (const own of decisions) check.add(own);
  return check;
}

describe("the chain of decisions", () => {
  it("holds as it was written, and when nothing was decided", () => {
    expect(checked(linked(5))).toMatchObject({ count: 5, brokenAt: null });
    expect(checked([])).toMatchObject({ count: 0, brokenAt: null });
  });

  it.each<[string, (own: DecisionRecord[]) => readonly DecisionRecord[], string]>([
    ["was changed", (own) => own.with(2, { ...own[2]!, actor: "mallory" }), "d2"],
    [
      "was changed and hashed anew",
      (own) => own.with(2, new HashChain(own[1]!.hash).link(decision(9))),
      "d3",
    ],
    ["was taken out", (own) => own.toSpliced(2, 1), "d3"],
    ["came twice", (own) => own.toSpliced(2, 0, own[1]!), "d1"],
    ["was cut off at the beginning", (own) => own.slice(1), "d1"],
  ])("breaks where a decision %s", (_, change, brokenAt) => {
    expect(checked(change(linked(5))).brokenAt).toBe(brokenAt);
  });
});
