import { defineCountsMetric } from "../metric.ts";
import { OTHER } from "../policy.ts";
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import { TAIL_SHARE } from "../reference/vocabulary.ts";
import type { Reference } from "../reference.ts";
import { noResult, okResult } from "../result.ts";
import { addToBucket, type BucketSums, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { rateDifference } from "../statistics/rate-difference.ts";
import { tailPositions } from "../statistics/tail.ts";

const CAUTIOUS = [1, 1];
const PLAIN = [0, 1];

/**
 * How much more cautious replies are where the request is unfamiliar: the share of cautious replies in rare buckets less that
 * in the others. A reply is cautious that asks first, refuses, hedges or sends the user elsewhere.
 *
 * Input   every interaction with a bucket whose reply is not empty. Rare are the reference's tail buckets and those it does not
 *         know; without a reference, those that make up the last tenth of the window's own requests.
 * Value   difference of shares, -1..1, with Newcombe's interval; z against no difference. n counts replies in rare buckets, nRef
 *         the others. `insufficient` where either is under 30, `degenerate` where all buckets are of one kind. A model that does
 *         not see what it does not know goes to 0 and below; one that meets the unfamiliar with formulas goes up.
 * State   cautious replies and all, by bucket.
 * Source  Newcombe 1998, method 10
 */
export const cautionGap = defineCountsMetric({
  kind: "counts",
  id: "caution_gap",
  title: "Caution where the request is unfamiliar",
  why: "Falls to nothing when the model no longer notices what it does not know; rises when it meets it with stock caution.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "replies",
  stages: ["reply"],
  source: "Newcombe 1998, method 10; reply rules 1",
  input: "interaction",
  ...bucketSumsState(2),
  add(state, { interaction, traits }) {
    if (interaction.bucket === "" || traits.act === null) return;
    const { act, hedges, deflects } = traits;
    const cautious = act === "ask" || act === "refuse" || hedges || deflects;
    addToBucket(state, interaction.bucket, cautious ? CAUTIOUS : PLAIN);
  },
  value(state, reference) {
    if (state.byBucket.size === 0) return [];
    const rare = rareBuckets(state, reference);
    const [unfamiliar, familiar] = [true, false].map((wanted) => {
      const counts = { successes: 0, trials: 0 };
      for (const [bucket, [cautious, replies]] of state.byBucket) {
        // What is in the rest of many buckets changes.
        if (bucket === OTHER || rare.has(bucket) !== wanted) continue;
        counts.successes += cautious!;
        counts.trials += replies!;
      }
      return counts;
    }) as [{ successes: number; trials: number }, { successes: number; trials: number }];
    const n = unfamiliar.trials;
    if (n === 0 || familiar.trials === 0) return [noResult("caution_gap", n, "degenerate")];
    if (Math.min(n, familiar.trials) < RATE_TRIALS_MIN) return [noResult("caution_gap", n, "insufficient")];
    const gap = rateDifference(unfamiliar, familiar);
    const z = gap.pooledSe === 0 ? 0 : gap.value / gap.pooledSe;
    return [{ ...okResult("caution_gap", n, gap.value, gap), nRef: familiar.trials, nullMean: 0, z }];
  },
});

function rareBuckets(state: BucketSums, reference: Reference | null): ReadonlySet<string> {
  const names = bucketNames(state).filter((name) => name !== OTHER);
  if (reference !== null && reference.buckets.length > 1) {
    const tail = new Set(reference.tailBuckets);
    const known = new Set(reference.buckets);
    return new Set(names.filter((name) => tail.has(name) || !known.has(name)));
  }
  const replies = names.map((name) => state.byBucket.get(name)![1]!);
  const rare = tailPositions(replies, TAIL_SHARE, (a, b) => a - b, names.length);
  return new Set(rare.map((i) => names[i]!));
}
