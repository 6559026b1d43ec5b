import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import type { WindowRecord } from "../../../services/core/records.ts";
import type { MetricResult } from "../../../services/core/result.ts";
import { conditionValue, type Rule } from "../../../services/core/rule.ts";
import { applyRule } from "../../../services/core/verdict.ts";
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
