import { rateResult } from "../rate-result.ts";
import type { MetricResult } from "../result.ts";
import type { BucketSums } from "./bucket-sums.ts";
import { addFound, foundCounts } from "./pattern-sums.ts";

const TEXT = [1];

/** Counts one text, and what was found in it; the state has one column. */
export function addPatterns(sums: BucketSums, patterns: readonly string[]): void {
  addFound(sums, patterns, TEXT);
}

/** Share of texts with any pattern, then with each that was found; none without texts. */
export function patternShares(metric: string, sums: BucketSums): MetricResult[] {
  const texts = sums.total[0]!;
  if (texts === 0) return [];
  const { any, byName } = foundCounts(sums);
  const share = (count: number, bucket: string) => rateResult(metric, count, texts, bucket);
  return [share(any?.[0] ?? 0, ""), ...byName.map(({ bucket, counts }) => share(counts[0]!, bucket))];
}
