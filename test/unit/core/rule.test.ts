import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { judgeWindow } from "../../../services/core/governor/judge-window.ts";
import type { WindowRecord } from "../../../services/core/records.ts";
import type { MetricResult } from "../../../services/core/result.ts";
import { type Anchor, conditionValue, type Rule } from "../../../services/core/rule.ts";
import { applyRule } from "../../../services/core/verdict.ts";
import { testPolicy } from "../../support/policy.ts";
import { RECORDS } from "../../support/wire-records.ts";

const RESULT = RECORDS.windows.results[0] as MetricResult;
const METRIC = METRICS.find(({ id }) => id === RESULT.metric)!;
const RULE: Rule = {
  id: "r",
  title: "t",
  metric: RESULT.metric,
  stage: "candidate",
  segment: "generated",
  bucket: "",
  breach: [{ field: "value", op: "lt", threshold: 0.7 }],
  warn: [],
  severity: "info",
  owner: "o",
  page: "p",
  source: "s",
};

function verdict(result: MetricResult): string | undefined {
  const row = { ...RECORDS.windows, results: [result] } as WindowRecord;
  return applyRule(RULE, METRIC, [row], null, true)?.verdict;
}

describe("a number that is none", () => {
  it.each([Number.NaN, 1 / 0, -1 / 0])("%d is neither met nor unmet: inconclusive, never pass", (value) => {
    expect(verdict(RESULT)).toBe("breach");
    expect(verdict({ ...RESULT, value: 0.8 })).toBe("pass");
    expect(verdict({ ...RESULT, value })).toBe("inconclusive");
    expect(conditionValue("z", { ...RESULT, z: value }, null)).toBeNull();
    expect(conditionValue("anchorRatio", RESULT, { value, n: 1, nullSd: null })).toBe(
      Number.isNaN(value) ? null : value > 0 ? 0 : -0,
    );
  });
});

describe("a rule against the anchor", () => {
  const anchored: Rule = {
    ...RULE,
    id: "anchored",
    breach: [{ field: "anchorRatio", op: "lt", threshold: 0.7 }],
  };
  const catalogue = new Catalogue(METRICS);

  function judged(value: number, rules: readonly Rule[], anchors: ReadonlyMap<string, Anchor>) {
    const row = { ...RECORDS.windows, n: 512, results: [{ ...RESULT, value }] } as WindowRecord;
    const { lane, startMs, endMs, generation } = row;
    const group = {
      lane,
      window: "decision",
      startMs,
      endMs,
      generation,
      partition: 0,
      rows: [row],
    } as const;
    const policy = { ...testPolicy().defaults, decisionTextsMin: 512 };
    return judgeWindow(group, rules, "v", catalogue, policy, anchors);
  }

  it("is not evaluated before there is one: what nobody held against anything did not pass", () => {
    const { verdict } = judged(0.9, [RULE, anchored], new Map());
    expect(verdict.results.map(({ rule }) => rule)).toEqual(["r"]);
    expect(verdict.verdict).toBe("pass");
  });

  it("alone leaves the first window inconclusive, and judges from the next one on", () => {
    const first = judged(0.9, [anchored], new Map());
    expect(first.verdict).toMatchObject({ verdict: "inconclusive", results: [] });
    expect(first.ladder).toMatchObject({ families: 0, conclusive: false });
    expect(first.anchors).toHaveLength(1);
    const anchors = new Map(first.anchors);
    expect(judged(0.8, [anchored], anchors).verdict.verdict).toBe("pass");
    expect(judged(0.6, [anchored], anchors).verdict.verdict).toBe("breach");
  });

  it("pins nothing of a window in breach", () => {
    expect(judged(0.5, [RULE, anchored], new Map()).anchors).toEqual([]);
  });

  it("without a value is inconclusive, anchor or none", () => {
    const result = { ...RESULT, status: "insufficient", value: null } as const;
    const row = { ...RECORDS.windows, results: [result] } as WindowRecord;
    expect(applyRule(anchored, METRIC, [row], null, true)?.verdict).toBe("inconclusive");
  });
});
