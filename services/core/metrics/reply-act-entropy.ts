import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { ACTS } from "../reply/reply-traits.ts";
import { noResult, okResult } from "../result.ts";
import { entropyNats } from "../statistics/entropy.ts";
import { Z_95 } from "../statistics/intervals.ts";

/** Fewer replies leave the correction for bias as large as what it corrects. */
const REPLIES_MIN = 100;

/**
 * Variety of reply acts: the entropy of the mix that `reply_act_mix` shows.
 *
 * Input   as `reply_act_mix`.
 * Value   bits, 0 (one act only) to log2 5 = 2.32, corrected for bias by (acts seen - 1) / 2n nats, with the interval of the
 *         delta method. n counts replies that are not empty. `insufficient` under 100.
 * State   one integer an act.
 * Source  reply rules 1; Miller 1955 Golden: 50 answers, 25 questions and 25 refusals give 1.5 + 1 / (100 ln 2).
 */
export const replyActEntropy = defineCountsMetric({
  kind: "counts",
  id: "reply_act_entropy",
  title: "Variety of reply acts",
  why: "Falls when the model does ever more often the same thing, whatever it is asked.",
  unit: "bits",
  better: "higher",
  family: "repetition",
  basis: "replies",
  stages: ["reply"],
  source: "reply rules 1; Miller 1955",
  input: "interaction",
  ...counters(ACTS),
  add(state, { traits }) {
    if (traits.act !== null) state[traits.act] += 1;
  },
  value(state) {
    const counts = ACTS.map((act) => state[act]);
    const n = counts.reduce((sum, count) => sum + count, 0);
    if (n < REPLIES_MIN) return [noResult("reply_act_entropy", n, "insufficient")];
    const most = Math.log2(ACTS.length);
    const plugIn = entropyNats(counts) / Math.LN2;
    const seen = counts.filter((count) => count > 0);
    const value = Math.min(most, plugIn + (seen.length - 1) / (2 * n * Math.LN2));
    const squares = seen.reduce((sum, count) => sum + (count / n) * Math.log2(count / n) ** 2, 0);
    const half = Z_95 * Math.sqrt(Math.max(0, squares - plugIn * plugIn) / n);
    const interval = { lo: Math.max(0, value - half), hi: Math.min(most, value + half) };
    return [okResult("reply_act_entropy", n, value, interval)];
  },
});
