import type { WindowInput } from "../../services/core/input.ts";
import type { FailedOfBucket } from "../../services/core/records.ts";
import type { MetricResult } from "../../services/core/result.ts";
import type { Stage } from "../../services/core/sample.ts";

/** The rows of decision window `t` of lane `a`, one a (stage, segment), as the governor reads them. */
export function windowInputs(
  t: number,
  segments: readonly (readonly [Stage, string, readonly MetricResult[], (readonly FailedOfBucket[])?])[],
): WindowInput[] {
  return segments.map(([stage, segment, results, failed = []], rowIndex) => ({
    kind: "window",
    at: { topic: "windows", partition: 0, offset: t * 10 + rowIndex, appendMs: 1_700_000_000_000 + t },
    window: {
      lane: "a",
      stage,
      segment,
      window: "decision",
      startMs: t * 1_000,
      endMs: (t + 1) * 1_000,
      generation: 1,
      n: 600,
      late: 0,
      repeated: 0,
      incomplete: false,
      referenceVersion: "",
      policyVersion: "p",
      rowIndex,
      rowCount: segments.length,
      results,
      leftOut: [],
      evidence: [],
      failed,
    },
  }));
}
