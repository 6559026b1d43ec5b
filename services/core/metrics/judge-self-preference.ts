import { counters } from "../counters.ts";
import { judgedAccepted } from "../judgement.ts";
import { defineCountsMetric } from "../metric.ts";
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import { noResult, okResult } from "../result.ts";
import { rateDifference } from "../statistics/rate-difference.ts";

/**
 * Whether judges favour their own: acceptance of candidates whose teacher is the judge itself, less that of all others.
 *
 * Input   generated arrivals with judge, teacher and a verdict that is understood (judgement.ts). Judge and teacher are the
 *         same where their ids are, whatever their versions.
 * Value   difference of two rates, -1..1, 0 = no preference, with Newcombe's interval; n counts both. `insufficient` where
 *         either has under 30. A judge whose own candidates are better accepts more of them, too: hold it against people.
 * State   four integers.
 * Source  Newcombe 1998, method 10; Zheng et al. 2023, arXiv 2306.05685 Golden: 56 of 70 less 48 of 80 is .2 (.0524 to .3339).
 */
export const judgeSelfPreference = defineCountsMetric({
  kind: "counts",
  id: "judge_self_preference",
  title: "Preference of judges for their own",
  why: "Rises when a model that judges its own output lets more of it through than of other models' output.",
  unit: "ratio",
  better: "lower",
  family: "acceptance",
  basis: "judgements",
  stages: ["candidate"],
  source: "Newcombe 1998; Zheng et al. 2023, arXiv 2306.05685",
  input: "arrival",
  ...counters(["ownAccepted", "own", "othersAccepted", "others"]),
  add(state, { sample, generated }) {
    const accepted = judgedAccepted(sample, generated);
    if (accepted === null || sample.judge === "" || sample.teacher === "") return;
    if (idOf(sample.judge) === idOf(sample.teacher)) {
      state.own += 1;
      if (accepted) state.ownAccepted += 1;
    } else {
      state.others += 1;
      if (accepted) state.othersAccepted += 1;
    }
  },
  value({ ownAccepted, own, othersAccepted, others }) {
    const n = own + others;
    if (own < RATE_TRIALS_MIN || others < RATE_TRIALS_MIN) {
      return [noResult("judge_self_preference", n, "insufficient")];
    }
    const difference = rateDifference(
      { successes: ownAccepted, trials: own },
      { successes: othersAccepted, trials: others },
    );
    return [okResult("judge_self_preference", n, difference.value, difference)];
  },
});

function idOf(subject: string): string {
  const at = subject.lastIndexOf("@");
  return at < 0 ? subject : subject.slice(0, at);
}
