import type { LanePolicy, Policy } from "../../services/core/policy.ts";

/** A policy for tests: everything enforced, small windows, one approver. */
export function testPolicy(policy: Partial<Policy> = {}, lane: Partial<LanePolicy> = {}): Policy {
  return {
    version: "test",
    paneMs: 5_000,
    latenessMs: 5_000,
    windows: [],
    lanesMax: 16,
    lanes: [],
    defaults: {
      lane: "*",
      owner: "nobody",
      enforce: true,
      realOrigins: ["human_direct", "licensed", "web_crawl"],
      decisionTextsMin: 500,
      decisionMs: 5_000,
      decisionMsMax: 86_400_000,
      idleMs: null,
      leaseMs: 60_000,
      staleGate: "hold",
      throttleShare: 0.5,
      probationShares: [0.25, 0.5, 1],
      resumeCleanWindows: 3,
      relaxCleanWindows: 2,
      approvers: ["ann"],
      ...lane,
    },
    ...policy,
  };
}
