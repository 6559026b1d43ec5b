import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import { ACTS } from "../reply/reply-traits.ts";
import { noResult, okResult } from "../result.ts";
import { wilson } from "../statistics/intervals.ts";

/**
 * What replies do: the share of the commonest act, then the share of each act (bucket = ask, answer, confirm, cite, refuse).
 *
 * Input   every interaction whose reply is not empty or is flagged as refused, counted under one act, the first that holds: it refuses (flagged, or a
 *         stock refusal anywhere), opens with a question, cites anywhere, opens with assent, else answers. By punctuation and
 *         the phrases of reply-phrases.ts.
 * Value   ratio 0..1 with Wilson intervals; n counts such replies for each. `insufficient` under 30.
 * State   one integer an act.
 * Source  reply rules 1; Wilson 1927
 */
export const replyActMix = defineCountsMetric({
  kind: "counts",
  id: "reply_act_mix",
  title: "Commonest reply act, and share of each",
  why: "Moves when the model changes what it does with a request: asks back less, cites no more, refuses more.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "replies",
  stages: ["reply"],
  source: "reply rules 1; Wilson 1927",
  input: "interaction",
  ...counters(ACTS),
  add(state, { traits }) {
    if (traits.act !== null) state[traits.act] += 1;
  },
  value(state) {
    const all = ACTS.reduce((sum, act) => sum + state[act], 0);
    if (all < RATE_TRIALS_MIN) return [noResult("reply_act_mix", all, "insufficient")];
    const share = (count: number, bucket: string) =>
      okResult("reply_act_mix", all, count / all, wilson(count, all), bucket);
    return [
      share(Math.max(...ACTS.map((act) => state[act])), ""),
      ...ACTS.map((act) => share(state[act], act)),
    ];
  },
});
