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
  const small = { textsMax: 300, shinglesMax: 1_000_000, ownTextsMax: 40, ownShinglesMax: 100_000 };

  it.each([
    ["within the bounds", NEAR_DUPLICATE_BOUNDS],
    ["beyond the texts", small],
    ["beyond the shingles", { ...small, textsMax: 100_000, shinglesMax: 5_000, ownShinglesMax: 700 }],
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
