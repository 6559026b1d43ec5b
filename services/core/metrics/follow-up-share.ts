import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";

/**
 * Share of replies that are not the first of their session. A window of many sessions has 1 / (1 - share) turns a session.
 *
 * Input   interactions that tell their turn; the first is 0. Sessions are not joined: a session across windows counts in both.
 * Value   ratio 0..1 with the Wilson interval of as many independent turns, which the turns of one session are not: it is too
 *         narrow. n counts turns. `insufficient` under 30.
 * State   two integers.
 * Source  exact counts, Wilson 1927
 */
export const followUpShare = defineCountsMetric({
  kind: "counts",
  id: "follow_up_share",
  title: "Follow-up turns",
  why: "Rises when users must ask again for what the first reply did not give, falls when they give up; see outcomes.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "turns",
  stages: ["reply"],
  source: "exact counts, Wilson 1927",
  input: "interaction",
  ...counters(["followUps", "turns"]),
  add(state, { interaction: { turn } }) {
    if (turn === null || turn < 0) return;
    state.turns += 1;
    if (turn > 0) state.followUps += 1;
  },
  value: ({ followUps, turns }) => [rateResult("follow_up_share", followUps, turns, "")],
});
