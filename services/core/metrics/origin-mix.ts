import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import { ORIGINS } from "../sample.ts";
import { wilson } from "../statistics/intervals.ts";

/**
 * Where the arrivals of a window come from: the share that the lane's policy counts as generated, then the share of each
 * origin that occurred (bucket = origin, in the order of `ORIGINS`).
 *
 * Input   every arrival of the segment `all`.
 * Value   ratio 0..1 with its Wilson interval; n is all arrivals for each. `insufficient` where nothing arrived.
 * State   one integer an origin, and one for the generated.
 * Source  exact counts, Wilson 1927
 */
export const originMix = defineCountsMetric({
  kind: "counts",
  id: "origin_mix",
  title: "Share of generated arrivals, and of each origin",
  why: "Rises when generated data displaces real data, the first condition of collapse.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "arrivals",
  stages: ["candidate", "admitted"],
  source: "exact counts, Wilson 1927",
  input: "arrival",
  ...counters(["generated", ...ORIGINS]),
  add(state, { sample, generated }) {
    state[sample.origin] += 1;
    if (generated) state.generated += 1;
  },
  value(state) {
    const all = ORIGINS.reduce((sum, origin) => sum + state[origin], 0);
    if (all === 0) return [noResult("origin_mix", 0, "insufficient")];
    const share = (count: number, bucket: string) =>
      okResult("origin_mix", all, count / all, wilson(count, all), bucket);
    return [
      share(state.generated, ""),
      ...ORIGINS.filter((origin) => state[origin] > 0).map((origin) => share(state[origin], origin)),
    ];
  },
});
