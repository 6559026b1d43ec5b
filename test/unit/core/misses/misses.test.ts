import { describe, expect, it } from "vitest";
import { briefOf } from "../../../../services/core/misses/brief.ts";
import { chooseMisses } from "../../../../services/core/misses/choose-misses.ts";
import {
  type FailureCounts,
  GAP_MARGIN,
  type Gap,
  gapFinding,
  gapSize,
  trialsNeeded,
  worstGap,
} from "../../../../services/core/misses/gap.ts";
import { requestKey, SHADOW_SHARE, sideOf } from "../../../../services/core/misses/miss.ts";
import { EXPORT_BUCKETS_MAX, gapsOf, parseMissExport } from "../../../../services/core/misses/miss-export.ts";
import { Random } from "../../../../services/core/random.ts";
import { testExport, testMiss } from "../../../support/misses.ts";

const MISSES = Array.from({ length: 400 }, (_, i) =>
  testMiss(`i${i}`, {
    bucket: i % 20 === 0 ? "rare" : "common",
    failedMs: i,
    correction: i % 3 === 0 ? `right ${i}` : "",
  }),
);

describe("the split of misses", () => {
  it("puts half on each side, and the same request always on the same", () => {
    const shadow = MISSES.filter((miss) => sideOf(miss) === "shadow").length;
    expect(Math.abs(shadow / MISSES.length - SHADOW_SHARE)).toBeLessThan(0.08);
    for (const miss of MISSES) {
      const again = testMiss("other", { request: `  ${miss.request.toUpperCase()}\n`, bucket: "x" });
      expect(sideOf(again)).toBe(sideOf(miss));
    }
    expect(requestKey({ request: "ﬁne", interactionId: "a" })).toBe(
      requestKey({ request: "FINE", interactionId: "b" }),
    );
    expect(requestKey({ request: " ", interactionId: "a" })).not.toBe(
      requestKey({ request: "", interactionId: "b" }),
    );
  });

  it("never lets an export for training see what a suite tests, whatever the number of items", () => {
    for (const itemsMax of [1, 7, 400]) {
      const shadow = chooseMisses(MISSES, "shadow", 400).items.map(requestKey);
      for (const kind of ["corrections", "brief"] as const) {
        const learned = chooseMisses(MISSES, kind, itemsMax).items.map(requestKey);
        expect(learned.filter((key) => shadow.includes(key))).toEqual([]);
      }
    }
  });
});

describe("a choice of misses", () => {
  it("takes turns between buckets, newest first, and says what it left", () => {
    const choice = chooseMisses(MISSES, "shadow", 10);
    const [first, second] = choice.items;
    expect([first!.bucket, second!.bucket]).toEqual(["common", "rare"]);
    const rare = choice.items.filter(({ bucket }) => bucket === "rare").map(({ failedMs }) => failedMs);
    expect(rare).toHaveLength(5);
    expect(rare).toEqual(rare.toSorted((a, b) => b - a));
    const { otherSide, beyond } = choice.left;
    expect(choice.items.length + otherSide + beyond).toBe(MISSES.length);
    expect(chooseMisses(MISSES.toReversed(), "shadow", 10)).toEqual(choice);
  });

  it("takes each request once, corrections only where there is one, and nothing without words", () => {
    const twice = [...MISSES, ...MISSES, testMiss("gone", { request: "" })];
    const choice = chooseMisses(twice, "corrections", 1_000);
    expect(choice.items.every(({ correction }) => correction !== "")).toBe(true);
    expect(new Set(choice.items.map(requestKey)).size).toBe(choice.items.length);
    expect(choice.left).toMatchObject({ noWords: 1, repeated: choice.items.length });
    expect(chooseMisses([], "brief", 5)).toEqual({
      items: [],
      left: { otherSide: 0, noWords: 0, noCorrection: 0, repeated: 0, beyond: 0 },
    });
  });
});

const GAP: Gap = testExport().gaps[0]!;

function drawn(random: Random, trials: number, rate: number): FailureCounts {
  let failures = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) failures += 1;
  return { failures, trials };
}

describe("a gap", () => {
  it("is the difference to the rest of the lane", () => {
    expect(gapSize(GAP)).toMatchObject({ rate: 0.3, othersRate: 0.1 });
    expect(gapSize(GAP).gap).toBeCloseTo(0.2, 12);
  });

  it("says how long it takes to show that it closed", () => {
    const trials = trialsNeeded(GAP, 4)!;
    const shown = (n: number): FailureCounts => ({ failures: Math.round(n / 10), trials: n });
    expect(gapFinding(GAP, shown(trials), 4).state).toBe("closed");
    expect(gapFinding(GAP, shown(Math.floor(trials / 1.3)), 4).state).not.toBe("closed");
    // No gap; and too few before for any later number to show a fall.
    expect(trialsNeeded({ ...GAP, own: { failures: 1, trials: 100 } }, 4)).toBeNull();
    expect(trialsNeeded({ ...GAP, own: { failures: 6, trials: 20 } }, 4)).toBeNull();
  });

  it.each([
    ["closed", { failures: 60, trials: 600 }],
    ["narrowed", { failures: 90, trials: 600 }],
    ["not closed", { failures: 180, trials: 600 }],
    ["inconclusive", { failures: 2, trials: 20 }],
    ["inconclusive", { failures: 9, trials: 40 }],
    ["inconclusive", { failures: 0, trials: 0 }],
  ] as const)("is %s after %j", (state, after) => {
    expect(gapFinding(GAP, after, 4).state).toBe(state);
  });

  it("does not close by returning to its rate: one of many buckets always failed most", () => {
    const random = new Random("misses/regression-to-the-mean");
    const buckets = 40;
    let fell = 0;
    for (let round = 0; round < 300; round += 1) {
      const before = Array.from({ length: buckets }, () => drawn(random, 200, 0.2));
      const own = before.reduce((a, b) => (b.failures > a.failures ? b : a));
      const all = before.reduce((sum, { failures }) => sum + failures, 0);
      const others = { failures: all - own.failures, trials: 200 * (buckets - 1) };
      const finding = gapFinding({ bucket: "worst", own, others }, drawn(random, 2_000, 0.2), buckets);
      if (finding.state === "closed" || finding.state === "narrowed") fell += 1;
    }
    expect(fell / 300).toBeLessThanOrEqual(0.05);
  });

  it("is as bad as its worst bucket", () => {
    const [closed, open] = [
      gapFinding(GAP, { failures: 60, trials: 600 }, 4),
      gapFinding(GAP, { failures: 180, trials: 600 }, 4),
    ];
    expect(worstGap([closed])).toBe("closed");
    expect(worstGap([closed, open])).toBe("not closed");
    expect(worstGap([])).toBe("inconclusive");
  });
});

describe("an export's record", () => {
  it("comes back as it was, and is refused where it says the impossible", () => {
    const made = testExport();
    expect(parseMissExport(JSON.stringify(made))).toEqual(made);
    for (const wrong of [
      "",
      "[]",
      "null",
      JSON.stringify({ ...made, kind: "train" }),
      JSON.stringify({ ...made, items: -1 }),
      JSON.stringify({ ...made, gaps: [{ ...GAP, own: { failures: 2, trials: 1 } }] }),
    ]) {
      expect(parseMissExport(wrong)).toBeNull();
    }
  });

  it("names the buckets that most was taken from, and counts all others beside each", () => {
    const counts = new Map(
      Array.from({ length: 100 }, (_, i) => [`b${i}`, { failures: i, trials: 100 }] as const),
    );
    const gaps = gapsOf(counts, new Map([...counts.keys()].map((bucket, i) => [bucket, i + 1] as const)));
    expect(gaps).toHaveLength(EXPORT_BUCKETS_MAX);
    expect(gaps.some(({ bucket }) => bucket === "b0")).toBe(false);
    const last = gaps.find(({ bucket }) => bucket === "b99")!;
    expect(last).toEqual({
      bucket: "b99",
      own: { failures: 99, trials: 100 },
      others: { failures: 4_851, trials: 9_900 },
    });
    const unknown = gapsOf(new Map(), new Map([["new", 1]]));
    expect(unknown[0]!.own).toEqual({ failures: 0, trials: 0 });
  });
});

describe("a brief", () => {
  it("names each target before anything is made, the largest shown gap first", () => {
    const made = testExport({
      gaps: [
        { bucket: "chance", own: { failures: 4, trials: 30 }, others: { failures: 316, trials: 2_370 } },
        GAP,
      ],
    });
    const items = [
      testMiss("i1", { complaintType: "tone" }),
      testMiss("i2", { cause: "escalated" }),
      testMiss("i3", { bucket: "chance" }),
    ];
    const { targets } = briefOf(made, items);
    expect(targets.map(({ bucket, shown }) => [bucket, shown])).toEqual([
      ["refund", true],
      ["chance", false],
    ]);
    const [refund] = targets;
    expect(refund).toMatchObject({
      misses: 2,
      causes: { unresolved: 1, escalated: 1 },
      complaints: [["tone", 1]],
      trialsNeeded: trialsNeeded(GAP, 4),
    });
    expect(refund!.rateMax).toBeCloseTo(0.1 + GAP_MARGIN, 12);
    expect(refund!.examples.map(({ request }) => request)).toEqual(["ask i1", "ask i2"]);
  });
});
