import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";

/**
 * Share of turns in which the user cut in or broke off.
 *
 * Input   interactions that say whether (`interrupted`).
 * Value   ratio 0..1 with its Wilson interval; n counts such turns. `insufficient` under 30.
 * State   two integers.
 * Source  exact counts, Wilson 1927
 */
export const interruptedShare = defineCountsMetric({
  kind: "counts",
  id: "interrupted_share",
  title: "Interrupted turns",
  why: "Rises when users break off what they no longer want to hear.",
  unit: "ratio",
  better: "lower",
  family: "online",
  basis: "turns",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "interaction",
  ...counters(["interrupted", "turns"]),
  add(state, { interaction: { interrupted } }) {
    if (interrupted === null) return;
    state.turns += 1;
    if (interrupted) state.interrupted += 1;
  },
  value: ({ interrupted, turns }) => [rateResult("interrupted_share", interrupted, turns, "")],
});
