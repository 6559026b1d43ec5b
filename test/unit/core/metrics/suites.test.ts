/** What evaluations say of their suite: age of items, origin, and the score of each model version. */
import { describe, expect, it } from "vitest";
import { suiteItemAge } from "../../../../services/core/metrics/suite-item-age.ts";
import { suiteMadeShare } from "../../../../services/core/metrics/suite-made-share.ts";
import { suiteModelScore } from "../../../../services/core/metrics/suite-model-score.ts";
import { OTHER } from "../../../../services/core/policy.ts";
import type { EvaluationView } from "../../../../services/core/sample.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_750_000_000_000;

function evaluation(part: Partial<EvaluationView>): { readonly evaluation: EvaluationView } {
  return {
    evaluation: {
      id: "e",
      eventMs: NOW_MS,
      lane: "l",
      bucket: "",
      suite: "main",
      model: "m@1",
      metric: "accuracy",
      suiteMs: null,
      itemOrigin: "unknown",
      judge: "",
      perplexity: null,
      perplexityModel: "",
      tokenizer: "",
      successes: null,
      trials: null,
      value: null,
      ...part,
    },
  };
}

describe("age of a suite's items", () => {
  it("is the mean over results that say it, in days", () => {
    const state = suiteItemAge.empty();
    for (const days of [10, 20]) suiteItemAge.add(state, evaluation({ suiteMs: NOW_MS - days * DAY_MS }));
    suiteItemAge.add(state, evaluation({}));
    expect(suiteItemAge.value(state, null)).toMatchObject([{ n: 2, value: 15, status: "ok" }]);
  });

  it.each([
    ["items of the future are new", NOW_MS + DAY_MS, 1, 0],
    ["a time that cannot be is none", Number.NaN, 0, null],
    ["nor is one before there were computers", NOW_MS - 200 * 365 * DAY_MS, 0, null],
  ])("%s", (_, suiteMs, n, value) => {
    const state = suiteItemAge.empty();
    suiteItemAge.add(state, evaluation({ suiteMs }));
    expect(suiteItemAge.value(state, null)).toMatchObject([{ n, value }]);
  });
});

describe("items that models made", () => {
  it("are counted among those of known origin", () => {
    const state = suiteMadeShare.empty();
    for (const itemOrigin of [
      "model_generated",
      "simulation",
      "human_direct",
      "benchmark",
      "unknown",
    ] as const) {
      suiteMadeShare.add(state, evaluation({ itemOrigin }));
    }
    expect(suiteMadeShare.value(state, null)).toMatchObject([{ n: 4, value: 0.5 }]);
  });
});

describe("scores by model version", () => {
  it("keep versions and metrics apart, and count trials only", () => {
    const state = suiteModelScore.empty();
    suiteModelScore.add(state, evaluation({ successes: 30, trials: 40 }));
    suiteModelScore.add(state, evaluation({ successes: 10, trials: 40, model: "m@2" }));
    suiteModelScore.add(state, evaluation({ successes: 20, trials: 40, metric: "f1" }));
    suiteModelScore.add(state, evaluation({ value: 0.5 }));
    suiteModelScore.add(state, evaluation({ successes: 41, trials: 40 }));
    suiteModelScore.add(state, evaluation({ successes: 1, trials: 1, model: "" }));
    expect(suiteModelScore.value(state, null)).toMatchObject([
      { bucket: "", n: 121, value: 61 / 121 },
      { bucket: "m@1 accuracy", n: 40, value: 0.75 },
      { bucket: "m@1 f1", n: 40, value: 0.5 },
      { bucket: "m@2 accuracy", n: 40, value: 0.25 },
    ]);
  });

  it("call names that were refused everybody's", () => {
    const state = suiteModelScore.empty();
    suiteModelScore.add(state, evaluation({ successes: 30, trials: 40, model: OTHER }));
    suiteModelScore.add(state, evaluation({ successes: 30, trials: 40, metric: OTHER }));
    expect(suiteModelScore.value(state, null).map(({ bucket, n }) => [bucket, n])).toEqual([
      ["", 80],
      [OTHER, 80],
    ]);
  });
});
