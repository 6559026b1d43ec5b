/** The red line of ratio control: a share that is raised without an experiment that supports it (Table 17-3). */
import type { ExperimentReport } from "./report.ts";

/** Kinds of a change that can raise the generated share. */
export const SHARE_CHANGE_KINDS = ["ratio", "mixture"] as const;

/** What of a `changes` record is needed. null, or "" for the experiment, where the record says nothing. */
export interface ShareChange {
  readonly kind: string;
  readonly lane: string;
  readonly shareFrom: number | null;
  readonly shareTo: number | null;
  readonly experimentId: string;
  /** When it holds from, epoch ms. */
  readonly madeMs: number;
}

/** What an experiment is good for once its results are in. */
export interface ExperimentSupport {
  readonly id: string;
  readonly lane: string;
  /** Every planned result is there and a cap was found. */
  readonly finished: boolean;
  /** The plan is in the log, so that it can be shown to come before the results. */
  readonly published: boolean;
  readonly cap: number | null;
  /** When the last result was made, epoch ms; null for none. */
  readonly lastResultMs: number | null;
}

/** Stable: scripts read them. */
export type IncreaseReason =
  /** Neither lowered nor raised by an amount that can be known: no verdict, and no pass. */
  | "share_unknown"
  | "no_experiment"
  | "experiment_unknown"
  | "experiment_of_other_lane"
  | "experiment_unpublished"
  | "experiment_unfinished"
  | "experiment_after_change"
  | "above_cap";

export interface IncreaseVerdict {
  /** `breach`: a red line. `pass`: no increase, or one that an experiment supports. */
  readonly verdict: "pass" | "inconclusive" | "breach";
  /** Empty for a pass. */
  readonly reasons: readonly IncreaseReason[];
}

/** A share that is not said to have been lower before may have been: only a known decrease is none. */
export function untestedIncrease(
  change: ShareChange,
  experiments: ReadonlyMap<string, ExperimentSupport>,
): IncreaseVerdict {
  if (!SHARE_CHANGE_KINDS.some((kind) => kind === change.kind)) return { verdict: "pass", reasons: [] };
  const { shareFrom, shareTo } = change;
  if (shareTo === null || !isShare(shareTo) || (shareFrom !== null && !isShare(shareFrom))) {
    return { verdict: "inconclusive", reasons: ["share_unknown"] };
  }
  if (shareTo === 0 || (shareFrom !== null && shareTo <= shareFrom)) return { verdict: "pass", reasons: [] };
  const reasons = missingSupport(change, shareTo, experiments);
  return { verdict: reasons.length === 0 ? "pass" : "breach", reasons };
}

function missingSupport(
  { experimentId, lane, madeMs }: ShareChange,
  shareTo: number,
  experiments: ReadonlyMap<string, ExperimentSupport>,
): readonly IncreaseReason[] {
  if (experimentId === "") return ["no_experiment"];
  const support = experiments.get(experimentId);
  if (support === undefined) return ["experiment_unknown"];
  const reasons: IncreaseReason[] = [];
  if (support.lane !== lane) reasons.push("experiment_of_other_lane");
  if (!support.published) reasons.push("experiment_unpublished");
  if (!support.finished) reasons.push("experiment_unfinished");
  if (support.lastResultMs === null || !(support.lastResultMs <= madeMs))
    reasons.push("experiment_after_change");
  if (support.finished && !(shareTo <= (support.cap ?? 0))) reasons.push("above_cap");
  return reasons;
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

export function supportOf({ plan, matched, cap, verdict }: ExperimentReport): ExperimentSupport {
  const finished = verdict === "pass";
  return {
    id: plan.id,
    lane: plan.lane,
    finished,
    published: matched.orderShown,
    cap: finished ? cap.ratio : null,
    lastResultMs: matched.lastUsedMs,
  };
}
