import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { okResult } from "../result.ts";

/**
 * Arrivals of a window: all, and beside them the buckets `generated` and `real` (by the lane's policy).
 *
 * Input   every arrival of the segment `all`, with or without text.
 * Value   count; n is the same count. No interval: it is not an estimate. An empty window is 0, status `ok`.
 * State   two integers.
 * Source  exact count
 */
export const volume = defineCountsMetric({
  kind: "counts",
  id: "volume",
  title: "Arrivals",
  why: "Says how much every other value of the window rests on, and shows a source that fell silent or floods.",
  unit: "count",
  better: "neither",
  family: "none",
  basis: "arrivals",
  stages: ["candidate", "admitted"],
  source: "exact count",
  input: "arrival",
  ...counters(["generated", "real"]),
  add(state, { generated }) {
    if (generated) state.generated += 1;
    else state.real += 1;
  },
  value({ generated, real }) {
    const all = generated + real;
    return [
      okResult("volume", all, all, null),
      okResult("volume", generated, generated, null, "generated"),
      okResult("volume", real, real, null, "real"),
    ];
  },
});
