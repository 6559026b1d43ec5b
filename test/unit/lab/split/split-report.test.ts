import { describe, expect, it } from "vitest";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, noResult, okResult } from "../../../../services/core/result.ts";
import { mixShift } from "../../../../services/core/statistics/mix-shift.ts";
import { splitLines } from "../../../../services/lab/split/split-lines.ts";
import { NOTHING_NAMED, namesIn } from "../../../../services/lab/split/split-names.ts";
import {
  type SplitReport,
  type SplitWindow,
  worstCheck,
} from "../../../../services/lab/split/split-report.ts";

function row(segment: string, results: readonly MetricResult[]): WindowRecord {
  return {
    lane: "split",
    stage: "reply",
    segment,
    window: "decision",
    startMs: 0,
    endMs: 5_000,
    generation: 1,
    n: 40,
    late: 0,
    repeated: 0,
    incomplete: false,
    referenceVersion: "",
    policyVersion: "",
    rowIndex: 0,
    rowCount: 1,
    results,
    leftOut: [],
    evidence: [],
  };
}

const ONLINE = "reply/all/online_success";

function pair(
  offline: string,
  correlation: number,
  lag: number,
  concluded = 1,
  online = ONLINE,
): MetricResult[] {
  const bucket = `${offline}~${online}`;
  return [
    okResult("drift_correlation", 40, correlation, null, bucket),
    okResult("drift_lag", 40, lag, null, bucket),
    okResult("drift_concluded", 40, concluded, null, bucket),
  ];
}

const LONG_TAIL = "reply/suite:long_tail/offline_score";

describe("what the engine names", () => {
  it("is nothing where no pair is told", () => {
    expect(namesIn([])).toEqual(NOTHING_NAMED);
    expect(namesIn([row("all", [okResult("online_success", 40, 0.4, null)])])).toEqual(NOTHING_NAMED);
    const untold = row("drift", [
      noResult("drift_correlation", 12, "insufficient", `${LONG_TAIL}~${ONLINE}`),
      noResult("drift_lag", 12, "insufficient", `${LONG_TAIL}~${ONLINE}`),
    ]);
    expect(namesIn([untold])).toEqual(NOTHING_NAMED);
    expect(namesIn([row("drift", pair(LONG_TAIL, 0.9, 5, 0))])).toEqual(NOTHING_NAMED);
    expect(namesIn([row("drift", pair(LONG_TAIL, 0.9, 5, 1, "reply/all/escalation"))])).toEqual(
      NOTHING_NAMED,
    );
  });

  it("is the pair that was ahead most, of those that are concluded, strong and not behind", () => {
    const results = [
      ...pair("reply/suite:main/offline_score", 0.2, 7),
      ...pair("candidate/generated/tail_coverage", 0.9, 3),
      ...pair(LONG_TAIL, 0.8, 5),
      ...pair("reply/suite:cross_domain/offline_score", 0.7, 5),
      ...pair("reply/suite:shadow/offline_score", 0.95, -2),
      ...pair("reply/suite:hard/offline_score", 0.95, 6, 0),
    ];
    const named = { firstProxy: LONG_TAIL, lagWindows: 5, cause: null };
    expect(namesIn([row("drift", results)])).toEqual(named);
    expect(namesIn([row("drift", [...results].reverse())])).toEqual(named);
  });
});

const VALUES = {
  online: 0.358,
  main: 0.97,
  longTail: 0.37,
  crossDomain: null,
  replyTailCoverage: null,
  replySkeletons: null,
  candidateTailCoverage: null,
};

function window(number: number, trueOnline: number | null): SplitWindow {
  return {
    window: number,
    level: 0,
    trueOnline,
    truePeople: trueOnline,
    trueMain: 0.97,
    values: VALUES,
    verdict: "pass",
    families: [],
  };
}

const REPORT: SplitReport = {
  seed: 7,
  scenario: "collapse",
  seconds: 61.26,
  planted: {
    deploymentWindow: 5,
    onsetWindow: 27,
    rampWindows: 55,
    lagWindows: 6,
    serveLagWindows: 2,
    outcomeLagWindows: 4,
    firstProxy: "suite:long_tail",
    lossWindow: 48,
  },
  windows: [window(1, null), window(2, 0.358), window(3, 0.26)],
  firstBreach: { window: 52, rule: "online_success_anchor", arithmetic: "anchorRatio 0.8 < 0.85" },
  firstDecision: {
    window: 52,
    subject: "lane:split",
    to: "watch",
    rule: "online_success_anchor",
    cause: "a family breached",
  },
  firstFreeze: null,
  named: NOTHING_NAMED,
  mix: mixShift([
    {
      before: { successes: 800, trials: 1_000 },
      after: { successes: 300, trials: 500 },
    },
    {
      before: { successes: 300, trials: 1_000 },
      after: { successes: 300, trials: 1_500 },
    },
  ]),
  checks: [
    { what: "the main suite stayed flat", holds: true },
    { what: "the model was held", holds: false },
    { what: "the lag was named", holds: null },
  ],
};

describe("the split lab's report", () => {
  it("says what was planted, what was seen, and what holds", () => {
    expect(splitLines(REPORT)).toEqual([
      "collapse, seed 7  (61.3 s)",
      "  planted         from window 27 over 55 windows, online 6 windows behind, first suite:long_tail",
      "  true online     0.358 to 0.260, 5 points lost at window 48",
      "  main suite      0.970 to 0.970",
      "  long tail       0.370 to 0.370",
      "  other traffic   explains 40 % (33 % to 48 %) of 0.250 lost",
      "  first breach    window 52: online_success_anchor, anchorRatio 0.8 < 0.85",
      "  first decision  window 52: lane:split to watch (online_success_anchor)",
      "  first freeze    none",
      "  the engine      not named",
      "  holds           the main suite stayed flat",
      "  FAILED          the model was held",
      "  CANNOT TELL     the lag was named",
    ]);
  });

  it("says what the engine named, and what cannot be told", () => {
    const lines = splitLines({
      ...REPORT,
      planted: { ...REPORT.planted, rampWindows: 1, firstProxy: null, lossWindow: null },
      windows: [window(1, null)],
      named: { firstProxy: "suite:long_tail", lagWindows: 6, cause: null },
      mix: mixShift([]),
    });
    expect(lines).toContain("  the engine      first suite:long_tail, lag 6, cause not named");
    expect(lines).toContain("  planted         from window 27 at once, online 6 windows behind");
    expect(lines).toContain("  other traffic   cannot be told (insufficient)");
    expect(lines).toContain("  true online     unknown to unknown, 5 points lost never");
  });

  it("is as good as its worst check: failed, then untold, then held", () => {
    const checked = (...holds: (boolean | null)[]): SplitReport => ({
      ...REPORT,
      checks: holds.map((held) => ({ what: "", holds: held })),
    });
    expect(worstCheck([checked(true, true), checked(true)])).toBe(true);
    expect(worstCheck([checked(true), checked(null)])).toBeNull();
    expect(worstCheck([checked(null, false), checked(true)])).toBe(false);
    expect(worstCheck([])).toBeNull();
  });
});
