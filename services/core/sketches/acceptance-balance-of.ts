import { RATE_TRIALS_MIN } from "../rate-result.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { wilson } from "../statistics/intervals.ts";
import type { AcceptanceMix } from "./acceptance-sums.ts";

/**
 * The lowest acceptance of any cell over the highest, among cells of at least 30 judged. The interval runs from the lower
 * end of the one over the upper end of the other, to the reverse, at most 1. `insufficient` under two such cells,
 * `degenerate` where the highest is 0.
 */
export function acceptanceBalanceOf(
  metric: string,
  { candidates, accepted }: Pick<AcceptanceMix, "candidates" | "accepted">,
): MetricResult {
  let n = 0;
  let cells = 0;
  let least = { accepted: 1, judged: 1 };
  let most = { accepted: 0, judged: 1 };
  candidates.forEach((judged, i) => {
    if (judged < RATE_TRIALS_MIN) return;
    const cell = { accepted: accepted[i]!, judged };
    n += judged;
    cells += 1;
    if (cells === 1 || cell.accepted / judged < least.accepted / least.judged) least = cell;
    if (cells === 1 || cell.accepted / judged > most.accepted / most.judged) most = cell;
  });
  if (cells < 2) return noResult(metric, n, "insufficient");
  if (most.accepted === 0) return noResult(metric, n, "degenerate");
  const value = least.accepted / least.judged / (most.accepted / most.judged);
  const low = wilson(least.accepted, least.judged);
  const high = wilson(most.accepted, most.judged);
  return okResult(metric, n, value, {
    lo: Math.min(value, low.lo / high.hi),
    hi: Math.max(value, Math.min(1, low.hi / high.lo)),
  });
}
