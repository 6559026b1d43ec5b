/** Stages that share a pane count as if each had one of its own. */
import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { rankOfId } from "../../../../services/core/hash.ts";
import { IdStages } from "../../../../services/core/monitor/id-stages.ts";
import { Random } from "../../../../services/core/random.ts";
import { DistinctContents } from "../../../../services/core/sketches/distinct-contents.ts";
import {
  NEAR_DUPLICATE_BOUNDS,
  type NearDuplicateBounds,
  type NearDuplicateCounts,
  NearDuplicates,
} from "../../../../services/core/sketches/near-duplicates.ts";
import { sortByRank } from "../../../../services/core/sketches/sort-by-rank.ts";
import { SyntheticTexts } from "../../../support/synthetic-texts.ts";

interface Item {
  readonly rank: number;
  readonly owner: number;
  readonly stages: number;
  readonly cell: string;
  readonly text: string;
}

const analyser = new TextAnalyser();

/** Texts of three lanes, the first with most of them, in one stage or both. */
function items(count: number): Item[] {
  const random = new Random("shared stages");
  const texts = new SyntheticTexts(random);
  const made: string[] = [];
  return Array.from({ length: count }, (_, i) => {
    const copied = i > 0 && random.below(3) === 0 ? made[random.below(i)]! : null;
    made.push(copied === null ? texts.text(120) : random.below(2) === 0 ? copied : texts.edited(copied, 1));
    const owner = random.below(20) < 18 ? 0 : 1 + random.below(2);
    return {
      rank: rankOfId(`s${i}`),
      owner,
      stages: 1 + random.below(3),
      cell: `c${random.below(4)}`,
      text: made[i]!,
    };
  });
}

function nearDuplicates(
  list: readonly Item[],
  bounds: NearDuplicateBounds,
  stage: number,
): Map<string, NearDuplicateCounts>[] {
  const pane = new NearDuplicates(bounds);
  const owners = [pane.open(), pane.open(), pane.open()];
  for (const { owner, stages, rank, cell, text } of list) {
    owners[owner]!.add(stages, rank, cell, analyser.analyseString(text));
  }
  return owners.map((owner) => new Map([...owner.close(stage)].sort()));
}

function participants(counts: ReadonlyMap<string, NearDuplicateCounts>): number {
  return [...counts.values()].reduce((sum, cell) => sum + cell.participants, 0);
}

describe("near-duplicates of stages that share a pane", () => {
  const list = items(1_200);
  const small = {
    textsMax: 300,
    shinglesMax: 1_000_000,
    ownTextsMax: 40,
    ownShinglesMax: 100_000,
    allOwnTextsMax: 1_000,
    allOwnShinglesMax: 1_000_000,
  };

  it.each([
    ["within the bounds", NEAR_DUPLICATE_BOUNDS],
    ["beyond the texts", small],
    ["beyond the shingles", { ...small, textsMax: 100_000, shinglesMax: 5_000, ownShinglesMax: 700 }],
    ["beyond the segments' own texts", { ...small, textsMax: 100, allOwnTextsMax: 70 }],
    ["beyond the segments' own shingles", { ...small, textsMax: 100, allOwnShinglesMax: 1_500 }],
  ])("are those of a pane of its own: %s", (_name, bounds) => {
    for (const stage of [1, 2]) {
      const alone = list
        .filter(({ stages }) => (stages & stage) !== 0)
        .map((item) => ({ ...item, stages: stage }));
      const wanted = nearDuplicates(alone, bounds, stage);
      expect(nearDuplicates(list, bounds, stage)).toEqual(wanted);
      expect(nearDuplicates(new Random("order").shuffle([...list]), bounds, stage)).toEqual(wanted);
    }
  });

  it("thin out a large lane, never a small one", () => {
    const [large, ...others] = nearDuplicates(list, small, 1);
    const ofOwner = (owner: number): number =>
      list.filter((item) => item.owner === owner && (item.stages & 1) !== 0).length;
    expect(participants(large!)).toBeLessThan(300);
    others.forEach((counts, i) => {
      expect(participants(counts)).toBeGreaterThanOrEqual(Math.min(40, ofOwner(i + 1)));
    });
  });
});

describe("near-duplicates of many segments", () => {
  const TEXTS = 6_000;
  const bounds: NearDuplicateBounds = {
    textsMax: 200,
    shinglesMax: 1_000_000,
    ownTextsMax: 40,
    ownShinglesMax: 100_000,
    allOwnTextsMax: 300,
    allOwnShinglesMax: 100_000,
  };
  const texts = new SyntheticTexts(new Random("segments"));
  const text = analyser.analyseString(texts.text(60));

  /** Texts that took part, by segment; segments come up one after the other, as lanes do, or all at once. */
  function takingPart(segments: number, segmentOf: (i: number) => number, from = bounds): number[] {
    const pane = new NearDuplicates(from);
    const open = Array.from({ length: segments }, () => pane.open());
    for (let i = 0; i < TEXTS; i += 1) {
      const segment = segmentOf(i);
      open[segment]!.add(1, rankOfId(`${segment}/${i}`), "cell", text);
    }
    return open.map((segment) => participants(segment.close(1)));
  }

  it.each([10, 60, 400])("hold no more in all than the bounds say: %i segments", (segments) => {
    const counts = takingPart(segments, (i) => i % segments);
    const all = counts.reduce((sum, count) => sum + count, 0);
    expect(all).toBeLessThanOrEqual(bounds.textsMax + bounds.allOwnTextsMax);
    expect(all).toBeGreaterThanOrEqual(bounds.textsMax - 1);
    const share = Math.min(bounds.ownTextsMax, Math.floor(bounds.allOwnTextsMax / segments));
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(share);
  });

  it("are the same whether segments come early or late", () => {
    const list = Array.from({ length: TEXTS }, (_, i) => i % 60);
    const late = [...list].sort((a, b) => a - b);
    const ranked = (order: readonly number[]): number[] => {
      const pane = new NearDuplicates(bounds);
      const open = Array.from({ length: 60 }, () => pane.open());
      const made = new Array<number>(60).fill(0);
      for (const segment of order) {
        made[segment]! += 1;
        open[segment]!.add(1, rankOfId(`${segment}/${made[segment]}`), "cell", text);
      }
      return open.map((segment) => participants(segment.close(1)));
    };
    expect(ranked(late)).toEqual(ranked(list));
  });

  it("keep their full share where they are few", () => {
    const few = takingPart(3, (i) => i % 3);
    const unbounded = takingPart(3, (i) => i % 3, { ...bounds, allOwnTextsMax: 1_000_000 });
    expect(few).toEqual(unbounded);
  });
});

describe("distinct contents of stages that share a pane", () => {
  it("are those of a table of its own, within and beyond the bound", () => {
    const list = items(1_200);
    for (const contentsMax of [100, 10_000]) {
      const counts = (take: readonly Item[], stage: number): [string, number][] => {
        const contents = new DistinctContents(contentsMax);
        for (const { stages, rank, cell, text } of take) {
          const { contentHi, contentLo } = analyser.analyseString(text);
          contents.add(stages, rank, cell, contentHi, contentLo);
        }
        return [...contents.byCell(stage)].sort();
      };
      for (const stage of [1, 2]) {
        const alone = list.filter(({ stages }) => (stages & stage) !== 0);
        expect(counts(list, stage)).toEqual(
          counts(
            alone.map((item) => ({ ...item, stages: stage })),
            stage,
          ),
        );
      }
    }
  });
});

describe("ids of a pane", () => {
  it("are new once in each stage", () => {
    const ids = new IdStages(1_000_000);
    const seen = new Map<number, number>();
    const random = new Random("ids");
    let wrong = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const rank = rankOfId(`id-${random.below(6_000)}`);
      const stages = 1 + random.below(3);
      const before = seen.get(rank) ?? 0;
      if (ids.claim(rank, stages) !== (stages & ~before)) wrong += 1;
      seen.set(rank, before | stages);
    }
    expect(wrong).toBe(0);
  });

  it("are new every time beyond the bound", () => {
    const ids = new IdStages(2);
    expect([ids.claim(1, 1), ids.claim(2, 1), ids.claim(3, 1), ids.claim(3, 1), ids.claim(1, 1)]).toEqual([
      1, 1, 1, 1, 0,
    ]);
  });
});

describe("sorting by rank", () => {
  it.each([10, 5_000])("orders %i rows as comparing does", (count) => {
    const rank = Float64Array.from({ length: count }, (_, i) => rankOfId(`r${i % (count - 3)}`));
    const rows = Uint32Array.from({ length: count }, (_, i) => i);
    sortByRank(rows, rank);
    expect(new Set(rows).size).toBe(count);
    const sorted = [...rows].map((row) => rank[row]!);
    expect(sorted).toEqual([...rank].sort((a, b) => a - b));
  });
});
