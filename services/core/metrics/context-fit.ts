import { counters } from "../counters.ts";
import { MICRO, meanResult } from "../mean-result.ts";
import { defineCountsMetric } from "../metric.ts";

/**
 * How much of what is particular in a request its reply takes up: the share of the request's rare tokens that occur in the
 * reply, averaged over replies. A proxy of specificity: it sees a fluent answer to another question, and calls one that
 * merely repeats the request a fit.
 *
 * Input   interactions with a request. Rare are its distinct numbers and those words that are neither function words nor
 *         among the common words of requests (reply-phrases.ts: English, and a few of German, French and Spanish; elsewhere
 *         every word counts, which lowers the level). The first 1,024 tokens of both. Requests without any are not counted.
 * Value   ratio 0..1; 95 % interval of the mean (normal). n counts replies. `insufficient` under 30. The level is the lane's
 *         own: hold it against the same lane earlier.
 * State   three integers: sum and sum of squares in millionths, replies.
 * Source  rare-token overlap, reply rules 1
 */
export const contextFit = defineCountsMetric({
  kind: "counts",
  id: "context_fit",
  title: "Request taken up by the reply",
  why: "Falls when replies grow general: fluent, polite, and about nothing the user named.",
  unit: "ratio",
  better: "higher",
  family: "online",
  basis: "replies",
  stages: ["reply"],
  source: "rare-token overlap, reply rules 1",
  input: "interaction",
  ...counters(["microSum", "microSquareSum", "replies"]),
  add(state, { traits }) {
    if (traits.rareTokens === 0) return;
    const share = traits.takenUp / traits.rareTokens;
    state.microSum += Math.round(share * MICRO);
    state.microSquareSum += Math.round(share * share * MICRO);
    state.replies += 1;
  },
  value: ({ microSum, microSquareSum, replies }) => [
    meanResult("context_fit", microSum, microSquareSum, replies),
  ],
});
