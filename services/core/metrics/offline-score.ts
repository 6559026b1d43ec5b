import { evaluationCounts } from "../evaluation-counts.ts";
import { defineCountsMetric, type Json } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import type { EvaluationView } from "../sample.ts";
import {
  addToBucket,
  type BucketSums,
  bucketNames,
  decodeBucketSums,
  emptyBucketSums,
  encodeBucketSums,
  mergeBucketSums,
  subtractBucketSums,
} from "../sketches/bucket-sums.ts";

/** Columns: successes, trials, values in millionths, number of values. */
const COLUMNS = 4;
const MICROS = 1_000_000;

interface OfflineScoreState {
  readonly sums: BucketSums;
  /** Results that contradict themselves; they are in no sum. */
  refused: number;
}

/**
 * Score of one suite, 0..1 with its Wilson interval: the total, then each bucket by name. Where any result brought
 * trials, successes over trials, n = trials; else the mean of plain values, n = their number. `insufficient` under 30,
 * which a few plain values always are: nothing is known of their uncertainty. Results that contradict themselves
 * (more successes than trials, counts that are no integers, values outside 0..1, neither of the two) are counted as
 * refused and enter no sum.
 */
export const offlineScore = defineCountsMetric<"evaluation", OfflineScoreState>({
  kind: "counts",
  id: "offline_score",
  title: "Offline score",
  why: "What the evaluation suite says of the model: to be read beside online success, never alone.",
  unit: "ratio",
  better: "higher",
  family: "offline",
  basis: "evaluations",
  stages: ["reply"],
  source: "Wilson 1927",
  input: "evaluation",
  empty: () => ({ sums: emptyBucketSums(COLUMNS), refused: 0 }),
  add(state, { evaluation }) {
    const amounts = amountsOf(evaluation);
    if (amounts === null) state.refused += 1;
    else addToBucket(state.sums, evaluation.bucket, amounts);
  },
  merge(into, from) {
    mergeBucketSums(into.sums, from.sums);
    into.refused += from.refused;
  },
  subtract(from, part) {
    subtractBucketSums(from.sums, part.sums);
    from.refused -= part.refused;
  },
  encode: (state) => ({ sums: encodeBucketSums(state.sums), refused: state.refused }),
  decode(json) {
    const { sums, refused } = asState(json);
    return { sums: decodeBucketSums(sums, COLUMNS), refused };
  },
  value({ sums }) {
    return [
      score(sums.total, ""),
      ...bucketNames(sums).map((bucket) => score(sums.byBucket.get(bucket)!, bucket)),
    ];
  },
});

function score(sums: readonly number[], bucket: string) {
  const [successes, trials, valueMicros, values] = sums;
  return trials! > 0
    ? rateResult("offline_score", successes!, trials!, bucket)
    : rateResult("offline_score", valueMicros! / MICROS, values!, bucket);
}

/** The columns of one result, or null where it contradicts itself. */
function amountsOf(evaluation: EvaluationView): number[] | null {
  const { trials, value } = evaluation;
  if (trials !== null) {
    const counts = evaluationCounts(evaluation);
    return counts === null ? null : [counts.successes, counts.trials, 0, 0];
  }
  if (value === null || !(value >= 0 && value <= 1)) return null;
  return [0, 0, Math.round(value * MICROS), 1];
}

function asState(json: Json): { readonly sums: Json; readonly refused: number } {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    const { sums, refused } = json as { readonly [key: string]: Json };
    if (sums !== undefined && typeof refused === "number") return { sums, refused };
  }
  throw new TypeError("an offline score state needs sums and refused");
}
