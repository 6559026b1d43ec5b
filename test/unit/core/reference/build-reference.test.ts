import { describe, expect, it } from "vitest";
import { rankOfId, tokenHash } from "../../../../services/core/hash.ts";
import type { Metric } from "../../../../services/core/metric.ts";
import { tailCoverageBuckets } from "../../../../services/core/metrics/tail-coverage-buckets.ts";
import { wordJsd } from "../../../../services/core/metrics/word-jsd.ts";
import {
  buildReference,
  ReferenceBuildError,
  type ReferenceText,
} from "../../../../services/core/reference/build-reference.ts";
import { drawNulls, nullGrid } from "../../../../services/core/reference/draw-nulls.ts";
import { HALF_TEXTS_MAX, Half } from "../../../../services/core/reference/half.ts";
import { lengthCounts, lengthEdges } from "../../../../services/core/reference/length-bins.ts";
import { encodeUtf8 } from "../../../../services/core/utf8.ts";
import { sampledText } from "../../../support/real-texts.ts";

const plan = (metrics: readonly Metric[] = [wordJsd], nullDraws = 10) => ({ seed: 1, nullDraws, metrics });

function texts(n: number, text: (i: number) => string = (i) => `alpha beta gamma${i % 5}`): ReferenceText[] {
  return Array.from({ length: n }, (_, i) => ({ id: `t${i}`, text: text(i), bucket: `b${i % 4}` }));
}

describe("building a reference", () => {
  it("counts half A's words, tail, lengths and buckets", () => {
    const a: ReferenceText[] = [
      ...Array.from({ length: 9 }, (_, i) => ({ id: `a${i}`, text: "Common common!", bucket: "big" })),
      { id: "a9", text: "rare 42 common", bucket: "small" },
    ];
    const b = [
      { id: "b0", text: "rare common", bucket: "small" },
      { id: "b1", text: "unknown common", bucket: "new" },
      { id: "b2", text: "common common", bucket: "" },
    ];
    const reference = buildReference({ lane: "l", texts: { a, b }, ...plan() });
    expect(reference).toMatchObject({ lane: "l", textsA: 10, textsB: 3, otherCount: 0 });
    const counts = new Map([...reference.words].map((word, i) => [word, reference.wordCounts[i]]));
    expect(counts).toEqual(
      new Map([
        [tokenHash("common"), 19],
        [tokenHash("rare"), 1],
      ]),
    );
    expect([...reference.tailWords]).toEqual([tokenHash("rare")]);
    expect(reference.tailMassB).toBeCloseTo(1 / 6, 12);
    expect(reference.buckets).toEqual(["__other__", "big", "small"]);
    expect(reference.bucketCountsA).toEqual([0, 9, 1]);
    expect(reference.bucketCountsB).toEqual([1, 0, 1]);
    expect(reference.tailBuckets).toEqual(["small"]);
    expect(reference.nulls).toEqual({ word_jsd: [] });
  });

  it("knows how many n-grams 500 of B's texts hold", () => {
    const a = texts(10);
    const b = [
      { id: "b0", text: "the cat of the house sat on the mat", bucket: "" },
      { id: "b1", text: "too short", bucket: "" },
      { id: "b2", text: "word ".repeat(300), bucket: "" },
    ];
    const reference = buildReference({ lane: "l", texts: { a, b }, ...plan() });
    // Nine and 256 kept tokens; the first skeleton is `the _ of the _ on the _`, the last a single gap.
    expect(reference.fourGramsPer500).toBe(Math.floor(((6 + 253) * 500) / 3));
    expect(reference.skeletonSixGramsPer500).toBe(Math.floor((3 * 500) / 3));
  });

  it("splits by the cluster's hash, keeps clusters whole, and does not mind the order", () => {
    const clustered = texts(600).map((text, i) => ({ ...text, cluster: `doc${i % 100}` }));
    const built = buildReference({ lane: "l", texts: clustered, ...plan() });
    expect(built.textsA + built.textsB).toBe(600);
    expect(built.textsA % 6).toBe(0);
    expect(built.textsA).toBeGreaterThan(200);
    expect(built.textsB).toBeGreaterThan(200);
    const again = buildReference({ lane: "l", texts: clustered.toReversed(), ...plan() });
    expect(again).toEqual(built);
  });

  it("reads strings and slices of bytes alike", () => {
    const asBytes = texts(300).map((text) => {
      const bytes = encodeUtf8(`--${text.text as string}`);
      return { ...text, text: { bytes, start: 2, end: bytes.length } };
    });
    const fromBytes = buildReference({ lane: "l", texts: asBytes, ...plan() });
    expect(fromBytes).toEqual(buildReference({ lane: "l", texts: texts(300), ...plan() }));
  });

  it("draws another null with another seed, and only the null", () => {
    const varied = texts(900, (i) => [i % 31, i % 57, (i * i) % 113].map((k) => "w".repeat(k + 1)).join(" "));
    const one = buildReference({ lane: "l", texts: varied, ...plan() });
    const two = buildReference({ lane: "l", texts: varied, ...plan(), seed: 2 });
    expect(two.version).not.toBe(one.version);
    expect(two.nulls).not.toEqual(one.nulls);
    expect({ ...two, nulls: {}, version: "" }).toEqual({ ...one, nulls: {}, version: "" });
  });

  it("says which half is empty, and refuses texts without words", () => {
    const some = texts(3);
    const build = (a: ReferenceText[], b: ReferenceText[]) => () =>
      buildReference({ lane: "l", texts: { a, b }, ...plan() });
    expect(build([], some)).toThrow(/lane l: half A .* has no texts/);
    expect(build(some, [])).toThrow(/half B/);
    expect(build(some, [])).toThrow(ReferenceBuildError);
    expect(build([{ id: "x", text: "12 !", bucket: "" }], some)).toThrow(/has a word/);
    for (const nullDraws of [1, 2.5, 10_000, Number.NaN]) {
      expect(() => buildReference({ lane: "l", texts: some, ...plan([], nullDraws) })).toThrow(RangeError);
    }
  });

  it("is bounded: of too many texts the clusters of smallest hash stay, whatever the order", () => {
    const ids = Array.from({ length: HALF_TEXTS_MAX + 5_000 }, (_, i) => `id${i}`);
    const smallest = [...ids].sort((x, y) => rankOfId(x) - rankOfId(y)).slice(0, HALF_TEXTS_MAX);
    const text = sampledText("x", "a");
    for (const order of [
      ids,
      ids.toReversed(),
      [...ids, ...ids.map((id) => `more-${id}`)].slice(0, ids.length),
    ]) {
      const half = new Half();
      for (const id of order) if (half.wants(id)) half.add(id, { ...text, id, rank: rankOfId(id) });
      expect(half.clusters().map(([only]) => only!.id)).toEqual(smallest);
    }
  });
});

describe("the grid of the null", () => {
  it("doubles from 50 to the largest judged size", () => {
    expect(nullGrid(2_500)).toEqual([50, 100, 200, 400, 500]);
    expect(nullGrid(1_000_000)).toEqual([50, 100, 200, 400, 512]);
    expect(nullGrid(500)).toEqual([50, 100]);
    expect(nullGrid(250)).toEqual([50]);
    expect(nullGrid(249)).toEqual([]);
  });

  it("takes whole clusters without replacement, the last one cut", () => {
    const clusters = Array.from({ length: 120 }, (_, c) =>
      Array.from({ length: 3 }, (_, i) => sampledText(`c${c}-${i}`, "a b")),
    );
    const reference = buildReference({ lane: "l", texts: texts(800), ...plan([], 2) });
    const seen: string[][] = [];
    const spy = {
      ...wordJsd,
      measure(sample: { readonly texts: readonly { readonly id: string }[] }) {
        seen.push(sample.texts.map((text) => text.id));
        return 1;
      },
    };
    const points = drawNulls(clusters, { ...reference, textsB: 360 }, [spy], 1, 4);
    expect(seen.map((ids) => ids.length)).toEqual([50, 50, 50, 50, 72, 72, 72, 72]);
    for (const ids of seen) {
      expect(new Set(ids).size).toBe(ids.length);
      const members = new Map<string, number>();
      for (const id of ids) members.set(id.split("-")[0]!, (members.get(id.split("-")[0]!) ?? 0) + 1);
      expect([...members.values()].filter((count) => count < 3).length).toBeLessThanOrEqual(1);
    }
    expect(seen[0]).not.toEqual(seen[1]);
    expect(points.word_jsd!.map(({ n, mean, sd }) => ({ n, mean, sd }))).toEqual([
      { n: 50, mean: 1, sd: 0 },
      { n: 72, mean: 1, sd: 0 },
    ]);
  });

  it("has no point where the metric mostly had no value", () => {
    const built = buildReference({
      lane: "l",
      texts: texts(900, () => "same words"),
      ...plan([wordJsd, { ...tailCoverageBuckets, measure: () => "degenerate" as const }]),
    });
    expect(built.nulls.tail_coverage_buckets).toEqual([]);
    expect(built.nulls.word_jsd!.length).toBeGreaterThan(0);
  });
});

describe("length bins", () => {
  it("cut at distinct quantiles and count half-open", () => {
    const lengths = Array.from({ length: 100 }, (_, i) => i);
    const edges = lengthEdges(lengths);
    expect(edges).toHaveLength(19);
    expect(lengthCounts(lengths, edges)).toEqual(new Array(20).fill(5));
    expect(lengthCounts([4, 5, 1_000], [5, 10])).toEqual([1, 1, 1]);
    expect(lengthEdges([7, 7, 7])).toEqual([]);
    expect(lengthEdges([])).toEqual([]);
    expect(lengthEdges([1, 1, 1, 1, 9])).toEqual([9]);
  });
});
