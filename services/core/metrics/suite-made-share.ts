import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";
import type { Origin } from "../sample.ts";
import { wilson } from "../statistics/intervals.ts";

const MADE: readonly Origin[] = ["model_generated", "simulation"];

/**
 * Share of a suite's results on items that a model or a simulator made.
 *
 * Input   evaluations of one suite whose `itemOrigin` is known: `model_generated` and `simulation` count as made.
 * Value   ratio 0..1 with its Wilson interval; n counts results of known origin. `insufficient` where there is none.
 * State   two integers.
 * Source  exact counts, Wilson 1927
 */
export const suiteMadeShare = defineCountsMetric({
  kind: "counts",
  id: "suite_made_share",
  title: "Share of the suite's items that models made",
  why: "A suite written by a generator rewards that generator's style, not the task.",
  unit: "ratio",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "evaluation",
  ...counters(["made", "known"]),
  add(state, { evaluation: { itemOrigin } }) {
    if (itemOrigin === "unknown") return;
    state.known += 1;
    if (MADE.includes(itemOrigin)) state.made += 1;
  },
  value({ made, known }) {
    if (known === 0) return [noResult("suite_made_share", 0, "insufficient")];
    return [okResult("suite_made_share", known, made / known, wilson(made, known))];
  },
});
