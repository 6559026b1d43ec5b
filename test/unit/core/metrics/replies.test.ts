import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { CountsItems, CountsMetric } from "../../../../services/core/metric.ts";
import { contextFit } from "../../../../services/core/metrics/context-fit.ts";
import { emptyReplyShare } from "../../../../services/core/metrics/empty-reply-share.ts";
import { followUpShare } from "../../../../services/core/metrics/follow-up-share.ts";
import { interruptedShare } from "../../../../services/core/metrics/interrupted-share.ts";
import { refusalShare } from "../../../../services/core/metrics/refusal-share.ts";
import { replyActEntropy } from "../../../../services/core/metrics/reply-act-entropy.ts";
import { replyActMix } from "../../../../services/core/metrics/reply-act-mix.ts";
import { replyLengthBits } from "../../../../services/core/metrics/reply-length-bits.ts";
import { replyShapeBits } from "../../../../services/core/metrics/reply-shape-bits.ts";
import { stockPhraseShare } from "../../../../services/core/metrics/stock-phrase-share.ts";
import type { ReplyTraits } from "../../../../services/core/reply/reply-traits.ts";
import type { InteractionView } from "../../../../services/core/sample.ts";

const TRAITS: ReplyTraits = {
  empty: false,
  refused: false,
  act: "answer",
  shape: 2,
  lengthBin: 1,
  hedges: false,
  apologises: false,
  deflects: false,
  isCourteous: false,
  rareTokens: 0,
  takenUp: 0,
};

interface Said {
  readonly traits?: Partial<ReplyTraits>;
  readonly interaction?: Partial<InteractionView>;
}

/** Values after so many of each reply. */
function valuesOf<S>(
  metric: CountsMetric<"interaction", S>,
  ...groups: readonly (readonly [number, Said])[]
) {
  const state = metric.empty();
  for (const [times, { traits, interaction }] of groups) {
    const item: CountsItems["interaction"] = {
      traits: { ...TRAITS, ...traits },
      interaction: { bucket: "b", turn: null, interrupted: null, ...interaction } as InteractionView,
    };
    for (let i = 0; i < times; i += 1) metric.add(state, item);
  }
  return metric.value(state, null);
}

describe("empty and refused replies", () => {
  it.each([
    [emptyReplyShare, { empty: true }],
    [refusalShare, { refused: true }],
  ] as const)("are a share of all, in total and by bucket", (metric, traits) => {
    const interaction = { bucket: "rare" };
    const [total, b, rare] = valuesOf(metric, [93, {}], [5, { traits }], [2, { traits, interaction }]);
    expect(total).toMatchObject({ n: 100, status: "ok", value: 0.07 });
    expect(b).toMatchObject({ bucket: "b", n: 98, value: 5 / 98 });
    expect(rare).toMatchObject({ bucket: "rare", n: 2, status: "insufficient", value: 1 });
    // Of 7 in 100; metrics.md 8 has 93.
    expect(total!.hi).toBeCloseTo(1 - 0.8625048526, 9);
  });
});

describe("the mix of acts", () => {
  it("is the share of the commonest, then of each", () => {
    const values = valuesOf(
      replyActMix,
      [50, {}],
      [25, { traits: { act: "ask" } }],
      [25, { traits: { act: "refuse" } }],
      [9, { traits: { act: null, empty: true } }],
    );
    expect(values.map(({ bucket, n, value }) => [bucket, n, value])).toEqual([
      ["", 100, 0.5],
      ["ask", 100, 0.25],
      ["answer", 100, 0.5],
      ["confirm", 100, 0],
      ["cite", 100, 0],
      ["refuse", 100, 0.25],
    ]);
  });

  it("has an entropy: 1.5 bits of a half and two quarters, and what the plug-in misses", () => {
    const [mixed] = valuesOf(
      replyActEntropy,
      [50, {}],
      [25, { traits: { act: "ask" } }],
      [25, { traits: { act: "refuse" } }],
    );
    expect(mixed!.value).toBeCloseTo(1.5 + 2 / (200 * Math.LN2), 12);
    // Bits of surprise are 1 and 2, half of the time each: their deviation is .5.
    expect(mixed!.hi! - mixed!.value!).toBeCloseTo((1.959963984540054 * 0.5) / 10, 12);
    expect(valuesOf(replyActEntropy, [100, {}])).toMatchObject([{ value: 0, lo: 0, hi: 0 }]);
    expect(valuesOf(replyActEntropy, [99, {}])).toMatchObject([{ status: "insufficient", value: null }]);
  });
});

describe.each([
  [replyShapeBits, "shape", 26],
  [replyLengthBits, "lengthBin", 7],
] as const)("what a reply's form tells of the request", (metric, trait, forms) => {
  const reply = (form: number, bucket: string): Said => ({
    traits: { [trait]: form },
    interaction: { bucket },
  });

  it("is 0 where one form serves all, and where forms change without regard to the request", () => {
    expect(valuesOf(metric, [60, reply(1, "a")], [40, reply(1, "b")])).toMatchObject([
      { n: 100, status: "ok", value: 0 },
    ]);
    const careless = [reply(1, "a"), reply(3, "a"), reply(1, "b"), reply(3, "b")];
    expect(valuesOf(metric, ...careless.map((said) => [25, said] as const))).toMatchObject([
      { n: 100, status: "ok", value: 0, lo: null },
    ]);
  });

  it("is what a channel carries where forms follow the request, less what chance shows", () => {
    const [value] = valuesOf(
      metric,
      [40, reply(0, "a")],
      [10, reply(forms - 1, "a")],
      [10, reply(0, "b")],
      [40, reply(forms - 1, "b")],
    );
    expect(value!.value).toBeCloseTo(0.2780719051 - 0.0072636546, 9);
    expect(value!.lo).toBeLessThan(value!.value!);
  });

  it("has no opinion on few replies, on one bucket, or on none", () => {
    expect(valuesOf(metric, [5, reply(0, "a")], [4, reply(1, "b")])).toMatchObject([
      { n: 9, status: "insufficient", value: null },
    ]);
    expect(valuesOf(metric, [50, reply(0, "a")], [50, reply(1, "")])).toMatchObject([
      { n: 50, status: "degenerate", value: null },
    ]);
    expect(valuesOf(metric, [50, reply(0, "")])).toMatchObject([{ n: 0, status: "insufficient" }]);
  });

  it("keeps long names of buckets apart", () => {
    const long = "a bucket with a very long name, ";
    expect(
      valuesOf(metric, [50, reply(0, `${long}1`)], [50, reply(1, `${long}2`)])[0]!.value,
    ).toBeGreaterThan(0.98);
  });
});

describe("context fit", () => {
  it("is the mean share of rare tokens taken up; requests without any do not count", () => {
    const half = { traits: { rareTokens: 4, takenUp: 2 } };
    const none = { traits: { rareTokens: 3, takenUp: 0 } };
    const [value] = valuesOf(contextFit, [30, half], [10, none], [70, {}]);
    expect(value).toMatchObject({ n: 40, status: "ok", value: 0.375 });
    expect(value!.hi! - value!.lo!).toBeCloseTo(2 * 1.959963984540054 * Math.sqrt(0.046875 / 39), 9);
    expect(valuesOf(contextFit, [29, half])).toMatchObject([{ n: 29, status: "insufficient", value: null }]);
  });
});

describe("stock phrases, follow-ups and interruptions", () => {
  it("are shares of the replies that tell", () => {
    const values = valuesOf(
      stockPhraseShare,
      [60, {}],
      [30, { traits: { hedges: true, isCourteous: true } }],
      [10, { traits: { isCourteous: true } }],
    );
    expect(values.map(({ bucket, value }) => [bucket, value])).toEqual([
      ["", 0.4],
      ["hedge", 0.3],
      ["apology", 0],
      ["deflect", 0],
      ["courtesy", 0.4],
    ]);
    const turn = (number: number | null) => ({ interaction: { turn: number } });
    expect(
      valuesOf(followUpShare, [30, turn(0)], [10, turn(3)], [50, turn(null)], [5, turn(-1)]),
    ).toMatchObject([{ n: 40, value: 0.25 }]);
    const broken = (interrupted: boolean | null) => ({ interaction: { interrupted } });
    expect(
      valuesOf(interruptedShare, [30, broken(false)], [10, broken(true)], [5, broken(null)]),
    ).toMatchObject([{ n: 40, value: 0.25 }]);
  });
});

it("metrics of replies stand beside those of outcomes, and none of them in a sample stage", () => {
  const ids = new Catalogue(METRICS).plan("reply", "all").counts.map(({ id }) => id);
  expect(ids).toContain("online_success");
  expect(ids).toContain("reply_shape_bits");
  const judged = new Catalogue(METRICS).plan("candidate", "all").counts.map(({ id }) => id);
  expect(judged).toContain("judge_acceptance");
  expect(judged.filter((id) => ids.includes(id))).toEqual([]);
});
