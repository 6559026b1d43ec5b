import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { judgementAmounts } from "../sketches/acceptance-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { addFound, foundCounts } from "../sketches/pattern-sums.ts";
import { rateRatio } from "../statistics/rate-ratio.ts";

/**
 * How an error pattern fares with the judge: acceptance of candidates that have it over acceptance of those that do not; of
 * any pattern, then of each that was found (bucket = its name).
 *
 * Input   generated arrivals with a verdict that is understood (judgement.ts), of lanes that declare patterns.
 * Value   ratio, 0 and more; 1 = the judge does not see it, above 1 = it likes it. The interval is Katz's; the null is 1, and z
 *         is that of the log of the ratio. n counts judged candidates with the pattern, nRef those without. `insufficient` where
 *         either is under 30, `degenerate` where nothing without it was accepted. No result where none has a pattern.
 * State   accepted and judged, of all and with each pattern.
 * Source  Katz et al. 1978 Golden: 30 of 100 with, 60 of 100 without: .5, .3561 to .7021, z -4.0019.
 */
export const errorPatternSurvival = defineCountsMetric({
  kind: "counts",
  id: "error_pattern_survival",
  title: "Survival of error patterns through the judge",
  why: "Near 1 the judge lets the error pass like anything else, above 1 it selects for it; far below 1 it does its work.",
  unit: "ratio",
  better: "lower",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Katz et al. 1978",
  input: "arrival",
  ...bucketSumsState(2),
  add(state, { sample, generated, findings }) {
    if (!findings?.patterns) return;
    const accepted = judgedAccepted(sample, generated);
    if (accepted === null) return;
    addFound(state, findings.patterns, judgementAmounts(accepted));
  },
  value(state) {
    const { any, byName } = foundCounts(state);
    if (any === null) return [];
    const found = [{ bucket: "", counts: any }, ...byName];
    return found.map(({ bucket, counts }) => survival(counts, state.total, bucket));
  },
});

function survival(
  [accepted, judged]: readonly number[],
  [allAccepted, allJudged]: readonly number[],
  bucket: string,
): MetricResult {
  const own = { successes: accepted!, trials: judged! };
  const rest = { successes: allAccepted! - accepted!, trials: allJudged! - judged! };
  if (Math.min(own.trials, rest.trials) < RATE_TRIALS_MIN) {
    return noResult("error_pattern_survival", own.trials, "insufficient", bucket);
  }
  if (rest.successes === 0) return noResult("error_pattern_survival", own.trials, "degenerate", bucket);
  const { value, lo, hi, z } = rateRatio(own, rest);
  const result = okResult("error_pattern_survival", own.trials, value, { lo, hi }, bucket);
  return { ...result, nRef: rest.trials, nullMean: 1, ratio: value, z };
}
