import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { addToBucket, bucketNames } from "../sketches/bucket-sums.ts";
import { bucketSumsState } from "../sketches/bucket-sums-state.ts";
import { wilson } from "../statistics/intervals.ts";

/** Columns: of unknown origin, all. A known origin counts in the total alone. */
const UNKNOWN = [1, 1];
const KNOWN = [0, 1];

/**
 * Arrivals of which nobody says where they come from: their share, then what each source contributes to it (bucket = source).
 *
 * Input   every arrival; an origin that this reader does not know is unknown, too.
 * Value   ratio 0..1 with its Wilson interval; n is all arrivals for each. `insufficient` where nothing arrived.
 * State   two integers, and those of each source of unknown origin, at most 200 of them (bucket-sums.ts).
 * Source  exact counts, Wilson 1927
 */
export const unknownOriginShare = defineCountsMetric({
  kind: "counts",
  id: "unknown_origin_share",
  title: "Arrivals of unknown origin",
  why: "Rises when data come in that may be anything: what is not known to be real is not evidence of reality.",
  unit: "ratio",
  better: "lower",
  family: "provenance",
  basis: "arrivals",
  stages: ["candidate", "admitted"],
  source: "exact counts, Wilson 1927",
  input: "arrival",
  ...bucketSumsState(2),
  add(state, { sample }) {
    if (sample.origin === "unknown") addToBucket(state, sample.source, UNKNOWN);
    else addToBucket(state, "", KNOWN);
  },
  value(state) {
    const [unknown, all] = state.total as [number, number];
    if (all === 0) return [noResult("unknown_origin_share", 0, "insufficient")];
    const share = (count: number, bucket: string) =>
      okResult("unknown_origin_share", all, count / all, wilson(count, all), bucket);
    return [
      share(unknown, ""),
      ...bucketNames(state).map((source) => share(state.byBucket.get(source)![0]!, source)),
    ];
  },
});
