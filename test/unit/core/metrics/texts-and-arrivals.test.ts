import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { rankOfId } from "../../../../services/core/hash.ts";
import type { CountsMetric } from "../../../../services/core/metric.ts";
import { exactDuplicateShare } from "../../../../services/core/metrics/exact-duplicate-share.ts";
import { nearDuplicateShare } from "../../../../services/core/metrics/near-duplicate-share.ts";
import { originMix } from "../../../../services/core/metrics/origin-mix.ts";
import { seqRep4 } from "../../../../services/core/metrics/seq-rep-4.ts";
import { volume } from "../../../../services/core/metrics/volume.ts";
import type { Origin, SampleView } from "../../../../services/core/sample.ts";

const analyser = new TextAnalyser();

/** Fills one state a cell as the monitor does: `add` beside the pane's index, whose counts are merged at close. */
function cellsOf<S>(
  metric: CountsMetric<"text", S>,
  texts: readonly (readonly [cell: string, text: string])[],
) {
  const states = new Map<string, S>();
  const stateOf = (cell: string) => {
    const state = states.get(cell) ?? metric.empty();
    states.set(cell, state);
    return state;
  };
  const index = metric.openPane?.().open();
  texts.forEach(([cell, text], i) => {
    const analysis = analyser.analyseString(text);
    metric.add(stateOf(cell), { text: analysis, bucket: "" });
    index?.add(1, rankOfId(`t${i}`), cell, analysis);
  });
  for (const [cell, counts] of index?.close(1) ?? []) metric.merge(stateOf(cell), counts);
  return states;
}

function totalOf<S>(metric: CountsMetric<"text", S>, states: ReadonlyMap<string, S>): S {
  const total = metric.empty();
  for (const state of states.values()) metric.merge(total, state);
  return total;
}

/** Documents D of metrics.md, 20 times over with a number in front, so that copies stay copies and there are 100 texts. */
const D = [
  "the cat sat on the mat",
  "the cat sat on the rug",
  "a dog ran in the park",
  "the cat sat on the mat",
  "to be or not to be",
];
const MANY_D = Array.from({ length: 100 }, (_, i) => `${Math.floor(i / 5)} ${D[i % 5]!}`);

describe("exact_duplicate_share", () => {
  it("is .2 on D, whatever the case and spacing", () => {
    const texts = MANY_D.map((text, i) => ["a", i % 5 === 3 ? `  ${text.toUpperCase()}\n` : text] as const);
    const [result] = exactDuplicateShare.value(
      totalOf(exactDuplicateShare, cellsOf(exactDuplicateShare, texts)),
      null,
    );
    expect(result).toMatchObject({ status: "ok", value: 0.2, n: 100 });
  });

  it("counts a repeat in the cell of the repeating text, so that the cell can be left out", () => {
    const texts = MANY_D.flatMap((text, i) => [
      ["clean", `${i} ${text}`] as const,
      ["copies", "always the same sentence"] as const,
    ]);
    const states = cellsOf(exactDuplicateShare, texts);
    const all = totalOf(exactDuplicateShare, states);
    expect(exactDuplicateShare.value(all, null)[0]!.value).toBeCloseTo(99 / 200, 12);
    exactDuplicateShare.subtract(all, states.get("copies")!);
    expect(exactDuplicateShare.value(all, null)[0]!.value).toBe(0);
  });

  it("leaves out texts without tokens and says nothing of few texts", () => {
    const few = totalOf(
      exactDuplicateShare,
      cellsOf(exactDuplicateShare, [
        ["", "a"],
        ["", ""],
        ["", " \n"],
      ]),
    );
    expect(exactDuplicateShare.value(few, null)[0]).toMatchObject({ status: "insufficient", n: 1 });
  });
});

describe("near_duplicate_share", () => {
  it("counts both texts of a pair, as exact copies on D", () => {
    const states = cellsOf(
      nearDuplicateShare,
      MANY_D.map((text) => ["", text] as const),
    );
    const results = nearDuplicateShare.value(totalOf(nearDuplicateShare, states), null);
    expect(results[0]).toMatchObject({ status: "ok", value: 0.4, n: 100 });
    expect(results[1]).toMatchObject({ bucket: "coverage", value: 1, n: 100 });
  });

  it("finds texts that differ in a word", () => {
    const words = Array.from({ length: 60 }, (_, i) => `w${i}`);
    const pair = [words.join(" "), words.join(" ").replace("w30", "other")];
    const others = Array.from({ length: 38 }, (_, i) => words.map((word) => `${word}x${i}`).join(" "));
    const states = cellsOf(
      nearDuplicateShare,
      [...pair, ...others].map((text) => ["", text] as const),
    );
    expect(nearDuplicateShare.value(states.get("")!, null)[0]).toMatchObject({ value: 2 / 40, n: 40 });
  });
});

describe("seq_rep_4", () => {
  it("averages over texts, with an interval, and skips texts under four tokens", () => {
    // "a b c d a b c d": 5 four-grams, 4 of them distinct, so .2; the other texts do not repeat.
    const texts = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? "a b c d a b c d" : "one two three four five",
    );
    const state = totalOf(
      seqRep4,
      cellsOf(
        seqRep4,
        [...texts, "too short"].map((text) => ["", text] as const),
      ),
    );
    expect(state).toMatchObject({ texts: 40, skipped: 1 });
    const [result] = seqRep4.value(state, null);
    expect(result).toMatchObject({ status: "ok", n: 40 });
    expect(result!.value).toBeCloseTo(0.1, 9);
    const half = (1.959963984540054 * Math.sqrt(0.01 * (40 / 39))) / Math.sqrt(40);
    expect(result!.lo).toBeCloseTo(0.1 - half, 9);
    expect(result!.hi).toBeCloseTo(0.1 + half, 9);
  });

  it("has no value under 30 texts, and an interval of no width where all texts are alike", () => {
    const same = (count: number) =>
      seqRep4.value(
        cellsOf(
          seqRep4,
          Array.from({ length: count }, () => ["", "a b c d a b c d"] as const),
        ).get("")!,
        null,
      );
    expect(same(29)[0]).toMatchObject({ status: "insufficient", value: null, n: 29 });
    expect(same(30)[0]!.hi! - same(30)[0]!.lo!).toBeLessThan(1e-6);
    expect(seqRep4.value(seqRep4.empty(), null)[0]).toMatchObject({ status: "insufficient", n: 0 });
  });
});

describe("volume and origin_mix", () => {
  function arrival(origin: Origin): SampleView {
    return {
      id: "x",
      eventMs: 0,
      lane: "l",
      bucket: "b",
      origin,
      template: "",
      teacher: "",
      judge: "",
      source: "",
      judgeScore: null,
      output: { bytes: new Uint8Array(), start: 0, end: 0 },
      judgeVerdict: "",
      missingProvenance: [],
      marks: [],
    };
  }
  const arrivals = [
    ...Array.from({ length: 93 }, () => ({ sample: arrival("model_generated"), generated: true, tokens: 9 })),
    ...Array.from({ length: 7 }, () => ({ sample: arrival("human_direct"), generated: false, tokens: 9 })),
  ];

  it("count arrivals, generated and real", () => {
    const state = volume.empty();
    for (const item of arrivals) volume.add(state, item);
    expect(volume.value(state, null).map(({ bucket, value, n }) => [bucket, value, n])).toEqual([
      ["", 100, 100],
      ["generated", 93, 93],
      ["real", 7, 7],
    ]);
    expect(volume.value(volume.empty(), null)[0]).toMatchObject({ status: "ok", value: 0 });
  });

  it("give the generated share with its Wilson interval, then each origin that occurred", () => {
    const state = originMix.empty();
    for (const item of arrivals) originMix.add(state, item);
    const results = originMix.value(state, null);
    expect(results.map(({ bucket, value }) => [bucket, value])).toEqual([
      ["", 0.93],
      ["human_direct", 0.07],
      ["model_generated", 0.93],
    ]);
    expect(results[0]!.lo).toBeCloseTo(0.8625048526, 9);
    expect(results[0]!.hi).toBeCloseTo(0.9656807389, 9);
    expect(originMix.value(originMix.empty(), null)[0]).toMatchObject({ status: "insufficient" });
  });
});

describe("the counters of these metrics", () => {
  // biome-ignore lint/suspicious/noExplicitAny: states of every type side by side
  const metrics: readonly CountsMetric<any, any>[] = [
    volume,
    originMix,
    seqRep4,
    exactDuplicateShare,
    nearDuplicateShare,
  ];

  it.each(metrics.map((metric) => [metric.id, metric] as const))(
    "%s: merge, subtract and codec are inverses",
    (_, metric) => {
      const filled = (by: number) => {
        const state = metric.empty();
        Object.keys(state).forEach((key, i) => {
          state[key] = by + i;
        });
        return state;
      };
      const state = filled(3);
      metric.merge(state, filled(50));
      metric.subtract(state, filled(50));
      expect(state).toEqual(filled(3));
      expect(metric.decode(JSON.parse(JSON.stringify(metric.encode(state))))).toEqual(state);
    },
  );

  it("refuse what they did not write", () => {
    for (const json of [null, [1], [1.5, 2], ["1", "2"], { texts: 1 }]) {
      expect(() => exactDuplicateShare.decode(json)).toThrow(RangeError);
    }
  });
});
