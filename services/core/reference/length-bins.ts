/** Bins of text length whose edges are frozen at quantiles of the reference, so windows stay comparable. */
import type { TextSample } from "../sketches/text-sample.ts";

/** Bins aimed at; equal edges merge, so a reference of short texts has fewer. */
export const LENGTH_BINS_MAX = 20;

/**
 * Edges that cut `lengths` (tokens, any order, not changed) into at most `LENGTH_BINS_MAX` bins of about equal
 * counts: distinct, ascending, each above the smallest length. Empty where all lengths are equal or none are given.
 */
export function lengthEdges(lengths: readonly number[]): number[] {
  const sorted = [...lengths].sort((a, b) => a - b);
  const edges: number[] = [];
  let last = sorted[0] ?? 0;
  for (let i = 1; i < LENGTH_BINS_MAX; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / LENGTH_BINS_MAX)];
    if (edge !== undefined && edge > last) {
      edges.push(edge);
      last = edge;
    }
  }
  return edges;
}

/** Counts of `lengths` over edges.length + 1 bins, open at both ends; bin i holds edges[i-1] <= length < edges[i]. */
export function lengthCounts(lengths: Iterable<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const length of lengths) {
    let bin = 0;
    while (bin < edges.length && length >= edges[bin]!) bin += 1;
    counts[bin]! += 1;
  }
  return counts;
}

/** Lengths of the texts of a sample in tokens, also beyond the kept ones. */
export function sampleLengths(sample: TextSample): number[] {
  return sample.texts.map((text) => text.length);
}
