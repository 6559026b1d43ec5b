import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { rateResult } from "../rate-result.ts";

const KINDS = ["hedge", "apology", "deflect", "courtesy"] as const;

/**
 * Replies that speak in formulas: the share with any stock phrase, then the share with one of each kind (bucket = hedge,
 * apology, deflect, courtesy).
 *
 * Input   every interaction. The phrases are in reply-phrases.ts, in English, German, French, Spanish and Chinese: "in general",
 *         "I apologize", "contact customer service", "thank you for your patience" and their like.
 * Value   ratio 0..1 with Wilson intervals; n counts replies for each. `insufficient` under 30. People who serve customers
 *         use them, too: hold it against the same lane earlier.
 * State   one integer a kind, replies with any, and all.
 * Source  reply rules 1; Wilson 1927
 */
export const stockPhraseShare = defineCountsMetric({
  kind: "counts",
  id: "stock_phrase_share",
  title: "Replies with stock phrases",
  why: "Rises when hedging, apology and empty politeness fill replies: a template learnt from generated text.",
  unit: "ratio",
  better: "lower",
  family: "repetition",
  basis: "replies",
  stages: ["reply"],
  source: "reply rules 1; Wilson 1927",
  input: "interaction",
  ...counters([...KINDS, "any", "replies"]),
  add(state, { traits }) {
    const { hedges, apologises, deflects, isCourteous } = traits;
    state.replies += 1;
    if (hedges) state.hedge += 1;
    if (apologises) state.apology += 1;
    if (deflects) state.deflect += 1;
    if (isCourteous) state.courtesy += 1;
    if (hedges || apologises || deflects || isCourteous) state.any += 1;
  },
  value(state) {
    const share = (count: number, bucket: string) =>
      rateResult("stock_phrase_share", count, state.replies, bucket);
    return [share(state.any, ""), ...KINDS.map((kind) => share(state[kind], kind))];
  },
});
