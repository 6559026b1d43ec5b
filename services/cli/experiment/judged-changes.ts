import type { ExperimentReport } from "../../core/experiment/report.ts";
import {
  type IncreaseVerdict,
  supportOf,
  untestedIncrease,
} from "../../core/experiment/untested-increase.ts";
import type { LaneChange } from "./experiment-history.ts";

export interface JudgedChange extends IncreaseVerdict {
  readonly change: LaneChange;
}

/** Changes of the share, each held against this experiment; in their order. */
export function judgedChanges(
  report: ExperimentReport,
  changes: readonly LaneChange[],
): readonly JudgedChange[] {
  const support = supportOf(report);
  const experiments = new Map([[support.id, support]]);
  return changes.map((change) => ({ change, ...untestedIncrease(change, experiments) }));
}
