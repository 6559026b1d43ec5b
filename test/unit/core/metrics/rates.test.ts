import { describe, expect, it } from "vitest";
import { offlineScore } from "../../../../services/core/metrics/offline-score.ts";
import { onlineSuccess } from "../../../../services/core/metrics/online-success.ts";
import type { EvaluationView, OutcomeView } from "../../../../services/core/sample.ts";

function outcome(resolved: boolean | null, bucket = "b"): { readonly outcome: OutcomeView } {
  return {
    outcome: {
      id: "o",
      eventMs: 0,
      lane: "l",
      bucket,
      segment: "",
      model: "m@1",
      interactionId: "i",
      interactionMs: 0,
      resolved,
    },
  };
}

function evaluation(part: Partial<Pick<EvaluationView, "successes" | "trials" | "value" | "bucket">>): {
  readonly evaluation: EvaluationView;
} {
  return {
    evaluation: {
      id: "e",
      eventMs: 0,
      lane: "l",
      bucket: "b",
      suite: "main",
      judge: "",
      model: "m@1",
      metric: "accuracy",
      suiteMs: null,
      successes: null,
      trials: null,
      value: null,
      itemOrigin: "unknown",
      perplexity: null,
      perplexityModel: "",
      tokenizer: "",
      ...part,
    },
  };
}

describe("online success", () => {
  it("gives the total, then each bucket by name, with Wilson's interval", () => {
    const state = onlineSuccess.empty();
    for (let i = 0; i < 100; i++) onlineSuccess.add(state, outcome(i < 93, i < 60 ? "common" : "a rare one"));
    onlineSuccess.add(state, outcome(true, ""));
    onlineSuccess.add(state, outcome(null));
    const [total, rare, common, ...more] = onlineSuccess.value(state, null);
    expect(more).toEqual([]);
    expect(total).toMatchObject({
      metric: "online_success",
      bucket: "",
      n: 101,
      status: "ok",
      value: 94 / 101,
    });
    expect(rare).toMatchObject({ bucket: "a rare one", n: 40, value: 33 / 40 });
    expect(common).toMatchObject({ bucket: "common", n: 60, value: 1, hi: 1 });
    expect(rare!.lo).toBeGreaterThan(0.68);
    expect(rare!.hi).toBeLessThan(0.92);
  });

  it("has no verdict under 30 outcomes, and no value without any", () => {
    const state = onlineSuccess.empty();
    expect(onlineSuccess.value(state, null)).toMatchObject([
      { bucket: "", n: 0, status: "insufficient", value: null },
    ]);
    for (let i = 0; i < 29; i++) onlineSuccess.add(state, outcome(i % 2 === 0));
    const [total] = onlineSuccess.value(state, null);
    expect(total).toMatchObject({ n: 29, status: "insufficient", value: 15 / 29, lo: null, hi: null });
    onlineSuccess.add(state, outcome(true));
    expect(onlineSuccess.value(state, null)[0]!.status).toBe("ok");
  });

  it("keeps buckets named like parts of an object apart", () => {
    const state = onlineSuccess.empty();
    onlineSuccess.add(state, outcome(true, "__proto__"));
    onlineSuccess.add(state, outcome(true, "constructor"));
    const back = onlineSuccess.decode(JSON.parse(JSON.stringify(onlineSuccess.encode(state))));
    expect(onlineSuccess.value(back, null).map((result) => result.bucket)).toEqual([
      "",
      "__proto__",
      "constructor",
    ]);
  });

  it("refuses a state that is none", () => {
    for (const json of [
      null,
      {},
      [[1]],
      [
        [1, 2],
        ["b", 1],
      ],
      [
        [1, 2],
        [3, 1, 2],
      ],
      [[1, 0.5]],
    ]) {
      expect(() => onlineSuccess.decode(json)).toThrow(TypeError);
    }
  });
});

describe("offline score", () => {
  it("sums successes over trials", () => {
    const state = offlineScore.empty();
    offlineScore.add(state, evaluation({ successes: 45, trials: 50, bucket: "x" }));
    offlineScore.add(state, evaluation({ successes: 40, trials: 50, bucket: "y" }));
    const [total, x, y] = offlineScore.value(state, null);
    expect(total).toMatchObject({ metric: "offline_score", n: 100, value: 0.85, status: "ok" });
    expect(x).toMatchObject({ bucket: "x", value: 0.9 });
    expect(y).toMatchObject({ bucket: "y", value: 0.8 });
  });

  it("takes the mean of plain values where no result has trials", () => {
    const state = offlineScore.empty();
    for (let i = 0; i < 40; i++) offlineScore.add(state, evaluation({ value: i % 2 === 0 ? 0.5 : 0.25 }));
    const [total] = offlineScore.value(state, null);
    expect(total).toMatchObject({ n: 40, value: 0.375, status: "ok" });
    expect(total!.lo).toBeLessThan(0.375);
    expect(total!.hi).toBeGreaterThan(0.375);
    offlineScore.add(state, evaluation({ successes: 30, trials: 40 }));
    expect(offlineScore.value(state, null)[0]).toMatchObject({ n: 40, value: 0.75 });
  });

  it("shows a few plain values but does not judge them", () => {
    const state = offlineScore.empty();
    offlineScore.add(state, evaluation({ value: 0.9 }));
    expect(offlineScore.value(state, null)[0]).toMatchObject({ n: 1, status: "insufficient", value: 0.9 });
  });

  it.each([
    ["more successes than trials", { successes: 6, trials: 5 }],
    ["negative successes", { successes: -1, trials: 5 }],
    ["no trials", { successes: 0, trials: 0 }],
    ["NaN", { successes: Number.NaN, trials: 5 }],
    ["a fraction of a success", { successes: 0.5, trials: 5 }],
    ["endless trials", { successes: 1, trials: Number.POSITIVE_INFINITY }],
    ["more trials than anyone runs", { successes: 1, trials: 2 ** 52 }],
    ["trials without successes", { trials: 5 }],
    ["a value above 1", { value: 1.01 }],
    ["a value that is NaN", { value: Number.NaN }],
    ["nothing at all", {}],
  ])("counts %s as refused, in no sum", (_name, part) => {
    const state = offlineScore.empty();
    offlineScore.add(state, evaluation(part));
    expect(offlineScore.value(state, null)).toMatchObject([{ n: 0, value: null, status: "insufficient" }]);
    expect(offlineScore.encode(state)).toMatchObject({ refused: 1 });
    const back = offlineScore.decode(offlineScore.encode(state));
    offlineScore.subtract(back, state);
    expect(offlineScore.encode(back)).toEqual(offlineScore.encode(offlineScore.empty()));
  });

  it("refuses a state that is none", () => {
    for (const json of [null, [], { sums: [] }, { refused: 1 }, { sums: [[0, 0]], refused: 0 }]) {
      expect(() => offlineScore.decode(json)).toThrow(TypeError);
    }
  });
});
