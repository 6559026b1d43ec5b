import { describe, expect, it } from "vitest";
import { holdoutLoss } from "../../../../services/core/metrics/holdout-loss.ts";
import { lossNoise } from "../../../../services/core/metrics/loss-noise.ts";
import { syntheticPerplexity } from "../../../../services/core/metrics/synthetic-perplexity.ts";
import { trainingLoss } from "../../../../services/core/metrics/training-loss.ts";
import type { MetricResult } from "../../../../services/core/result.ts";
import type { EvaluationView, TrainingView } from "../../../../services/core/sample.ts";

const report = (part: Partial<TrainingView>) => ({
  training: { run: "r1", loss: null, lossVariance: null, holdoutLoss: null, ...part } as TrainingView,
});

const evaluation = (part: Partial<EvaluationView>) => ({
  evaluation: {
    itemOrigin: "model_generated",
    perplexity: null,
    perplexityModel: "lm@1",
    tokenizer: "bpe",
    ...part,
  } as EvaluationView,
});

const shown = (results: readonly MetricResult[]) =>
  results.map(({ bucket, n, status, value }) => [bucket, n, status, value]);

describe("reports of training runs", () => {
  it("are means, in total and by run; what is no number is no report", () => {
    const state = trainingLoss.empty();
    for (const loss of [2, 3, null, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      trainingLoss.add(state, report({ loss }));
    }
    trainingLoss.add(state, report({ run: "r2", loss: 4 }));
    expect(shown(trainingLoss.value(state, null))).toEqual([
      ["", 3, "ok", 3],
      ["r1", 2, "ok", 2.5],
      ["r2", 1, "ok", 4],
    ]);
  });

  it("give the loss on held-out data, and the noise as a deviation", () => {
    const heldOut = holdoutLoss.empty();
    holdoutLoss.add(heldOut, report({ holdoutLoss: 2.5 }));
    expect(shown(holdoutLoss.value(heldOut, null))[0]).toEqual(["", 1, "ok", 2.5]);
    const noise = lossNoise.empty();
    for (const lossVariance of [0.04, 0.16, -1]) lossNoise.add(noise, report({ lossVariance }));
    expect(lossNoise.value(noise, null)[0]!.value).toBeCloseTo(0.3, 9);
    expect(lossNoise.value(noise, null)[0]!.n).toBe(2);
  });
});

describe("perplexity on generated text", () => {
  const valuesOf = (...parts: readonly Partial<EvaluationView>[]) => {
    const state = syntheticPerplexity.empty();
    for (const part of parts) syntheticPerplexity.add(state, evaluation(part));
    return shown(syntheticPerplexity.value(state, null));
  };

  it("is the mean of logarithms, of generated items only", () => {
    expect(
      valuesOf(
        { perplexity: Math.E },
        { perplexity: Math.E ** 3, itemOrigin: "simulation" },
        { perplexity: 50, itemOrigin: "human_direct" },
        { perplexity: 50, itemOrigin: "unknown" },
        { perplexity: 0.5 },
        { perplexity: 9, tokenizer: "" },
        { perplexity: 9, perplexityModel: "__other__" },
      ),
    ).toEqual([
      ["", 2, "ok", 2],
      ["lm@1 bpe", 2, "ok", 2],
    ]);
  });

  it("has no total where two models or tokenizers measured", () => {
    expect(valuesOf({ perplexity: Math.E }, { perplexity: Math.E, tokenizer: "words" })).toEqual([
      ["", 2, "degenerate", null],
      ["lm@1 bpe", 1, "ok", 1],
      ["lm@1 words", 1, "ok", 1],
    ]);
    expect(valuesOf({})).toEqual([["", 0, "insufficient", null]]);
  });
});
