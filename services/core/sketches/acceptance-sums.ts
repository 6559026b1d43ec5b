/** What a judge accepted of what it judged, by bucket: the state of the metrics that ask whether its choice narrows the mix. */

import { judgedAccepted } from "../judgement.ts";
import type { CountsItems } from "../metric.ts";
import { addToBucket, type BucketSums } from "./bucket-sums.ts";
import { bucketSumsState } from "./bucket-sums-state.ts";
import { shortName } from "./short-name.ts";

const ACCEPTED = [1, 1];
const REJECTED = [0, 1];

/** Accepted over so many buckets at least: fewer say nothing of a mix. */
export const MIX_BUCKETS_MIN = 2;
/** Accepted samples a bucket on average, at the least, for the mix of buckets to be told. */
export const MIX_ACCEPTED_PER_BUCKET_MIN = 5;

/** Columns: accepted, judged. Buckets by `shortName`; the total is in use by no metric of the mix. */
export const acceptanceSums = {
  ...bucketSumsState(2),
  add(state: BucketSums, { sample, generated }: CountsItems["arrival"]): void {
    const accepted = judgedAccepted(sample, generated);
    if (accepted !== null) addToBucket(state, shortName(sample.bucket), accepted ? ACCEPTED : REJECTED);
  },
};

/** Amounts for `addToBucket`: a judgement's place in columns accepted and judged. */
export function judgementAmounts(accepted: boolean): readonly number[] {
  return accepted ? ACCEPTED : REJECTED;
}

/** Candidates and accepted ones over the same buckets, which no order is promised of; and their sums. */
export interface AcceptanceMix {
  readonly candidates: readonly number[];
  readonly accepted: readonly number[];
  readonly judged: number;
  readonly kept: number;
}

/** The counts by bucket; judged samples without bucket are left out. */
export function acceptanceMix({ byBucket }: BucketSums): AcceptanceMix {
  const candidates: number[] = [];
  const accepted: number[] = [];
  let judged = 0;
  let kept = 0;
  // By name, so that sums of floating-point terms do not depend on the order of arrival.
  for (const name of [...byBucket.keys()].sort()) {
    const [yes, all] = byBucket.get(name)!;
    candidates.push(all!);
    accepted.push(yes!);
    judged += all!;
    kept += yes!;
  }
  return { candidates, accepted, judged, kept };
}

/** Why the mix cannot be told; null where it can. */
export function mixProblem({
  candidates,
  judged,
  kept,
}: AcceptanceMix): "insufficient" | "degenerate" | null {
  if (kept < MIX_ACCEPTED_PER_BUCKET_MIN * candidates.length || judged === 0) return "insufficient";
  return candidates.length < MIX_BUCKETS_MIN ? "degenerate" : null;
}
