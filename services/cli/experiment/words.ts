/** The same words for numbers and states in the terminal and on the page. */
import type { Effect } from "../../core/experiment/ablation.ts";
import type { LimitState } from "../../core/experiment/cap.ts";
import type { Gradient } from "../../core/experiment/gradient.ts";
import type { ExperimentReport } from "../../core/experiment/report.ts";
import type { IncreaseReason } from "../../core/experiment/untested-increase.ts";
import { formatNumber } from "../../core/rule.ts";
import type { Interval } from "../../core/statistics/intervals.ts";

/** A break counts as shown from this p on, adjusted over the metrics. */
const ALPHA = 0.05;

export const NONE = "-";

export const LIMIT_WORDS: Readonly<Record<LimitState, string>> = {
  no_worse: "no worse",
  not_shown: "not shown",
  worse: "worse",
  degenerate: "seeds all agree",
  incomplete: "too few seeds",
};

export const INCREASE_WORDS: Readonly<Record<IncreaseReason, string>> = {
  share_unknown: "it does not say from which share to which",
  no_experiment: "it names no experiment",
  experiment_unknown: "the experiment it names is not known",
  experiment_of_other_lane: "the experiment was made in another lane",
  experiment_unpublished: "nothing shows that the plan came before the results",
  experiment_unfinished: "the experiment is not finished, or found no cap",
  experiment_after_change: "not all results were there when the share was raised",
  above_cap: "the share is above the cap",
};

export function numberWord(value: number | null): string {
  return value === null ? NONE : formatNumber(value);
}

export function signedWord(value: number | null): string {
  return value === null ? NONE : `${value > 0 ? "+" : ""}${formatNumber(value)}`;
}

export function intervalWord(
  interval: Interval | null,
  word: (value: number) => string = numberWord,
): string {
  return interval === null ? NONE : `${word(interval.lo)} .. ${word(interval.hi)}`;
}

export function pWord(p: number | null): string {
  return p === null ? NONE : p < 0.0001 ? "< 0.0001" : formatNumber(p);
}

/** What the experiment comes to, in one sentence. */
export function capSentence({ verdict, cap, reasons }: ExperimentReport): string {
  if (verdict === "pass") {
    return (
      `cap ${numberWord(cap.ratio)}: the largest tested share that is no worse than the best in every tail and robust metric ` +
      "(one-sided 95 %)"
    );
  }
  return `inconclusive: ${reasons.join("; ")}`;
}

/** A break is never named without its interval, nor without how likely a straight line would look as broken. */
export function breakSentence({ break: found }: Gradient, adjustedP: number | null): string {
  if (found.status === "insufficient") return "break: too few ratios or seeds to look for one";
  if (found.status === "degenerate") return "break: none, all values are the same";
  const { break: at, lo, hi, open, slopeBefore, slopeAfter, p } = found.estimate;
  const shown = adjustedP !== null && adjustedP <= ALPHA ? "shown" : "not shown";
  const bound = open ? ", which the tested ratios do not bound" : "";
  return (
    `break: ${shown} (p ${pWord(p)}, over all metrics ${pWord(adjustedP)}), at ${numberWord(at)}, 95 % ${numberWord(lo)} .. ${numberWord(hi)}${bound}; ` +
    `slope ${signedWord(slopeBefore)} before, ${signedWord(slopeAfter)} after`
  );
}

export function effectName({ kind, arm, removes }: Effect): string {
  return kind === "effect" ? `${arm} (without ${removes.join(", ")})` : `${removes.join(" x ")} together`;
}

const VERDICT_WORDS = { worse: "harms", better: "helps", inconclusive: "inconclusive" } as const;

/** What taking the control away does. */
export function effectWord({ verdict }: Effect): string {
  return VERDICT_WORDS[verdict];
}
