import type { EvaluationView } from "./sample.ts";
import type { RateCounts } from "./statistics/e-values.ts";

/** One result claiming more trials is refused: sums stay exact integers over any window. */
const TRIALS_MAX = 1_000_000_000;

/** Successes of trials of one result; null where it has none, or they contradict each other. */
export function evaluationCounts({ successes, trials }: EvaluationView): RateCounts | null {
  if (trials === null || successes === null) return null;
  if (!Number.isInteger(successes) || !Number.isInteger(trials)) return null;
  if (successes < 0 || successes > trials || trials === 0 || trials > TRIALS_MAX) return null;
  return { successes, trials };
}
