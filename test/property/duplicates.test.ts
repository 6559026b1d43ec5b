import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId } from "../../services/core/hash.ts";
import { Random } from "../../services/core/random.ts";
import { DistinctContents } from "../../services/core/sketches/distinct-contents.ts";
import { NEAR_DUPLICATE_BOUNDS, NearDuplicates } from "../../services/core/sketches/near-duplicates.ts";
import { realTexts } from "../support/real-texts.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

interface Item {
  readonly id: string;
  readonly cell: string;
  readonly text: string;
}

const analyser = new TextAnalyser();

/** Texts of many lengths, from one word to a page, with copies and edited copies of a share of them. */
function corpus(seed: string, count: number, characters: (i: number) => number): Item[] {
  const random = new Random(seed);
  const texts = new SyntheticTexts(random);
  const made: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const earlier = made.length > 0 ? made[random.below(made.length)]! : "";
    const choice = random.below(10);
    if (choice === 0 && earlier !== "") made.push(earlier);
    else if (choice <= 3 && earlier !== "") made.push(texts.edited(earlier, 1 + random.below(4)));
    else made.push(texts.text(characters(i)));
  }
  return made.map((text, i) => ({ id: `${seed}-${i}`, cell: `cell-${i % 3}`, text }));
}

/** 5-token shingle sets by the definition; a shorter text is one shingle. */
function shingles(text: string): Set<string> {
  const { tokens, tokenCount } = analyser.analyseString(text);
  const list = [...tokens.subarray(0, tokenCount)];
  if (list.length < 5) return new Set(list.length === 0 ? [] : [list.join(" ")]);
  return new Set(list.slice(4).map((_, i) => list.slice(i, i + 5).join(" ")));
}

/** Who has a neighbour, by comparing all pairs. */
function exactJoin(items: readonly Item[]): boolean[] {
  const sets = items.map(({ text }) => shingles(text));
  const near = items.map(() => false);
  const byShingle = new Map<string, number[]>();
  const shared = new Uint32Array(items.length);
  sets.forEach((set, i) => {
    shared.fill(0);
    for (const shingle of set) {
      const others = byShingle.get(shingle);
      if (others === undefined) byShingle.set(shingle, [i]);
      else {
        for (const j of others) shared[j]! += 1;
        others.push(i);
      }
    }
    for (let j = 0; j < i; j += 1) {
      if (shared[j]! > 0 && shared[j]! * 5 >= 4 * (set.size + sets[j]!.size - shared[j]!)) {
        near[i] = true;
        near[j] = true;
      }
    }
  });
  return near;
}

function closeNear(items: readonly Item[], textsMax?: number, shinglesMax?: number) {
  const bounds = { ...NEAR_DUPLICATE_BOUNDS, ownTextsMax: 0, ownShinglesMax: 0 };
  if (textsMax !== undefined) bounds.textsMax = textsMax;
  if (shinglesMax !== undefined) bounds.shinglesMax = shinglesMax;
  const index = new NearDuplicates(bounds).open();
  for (const { id, cell, text } of items) index.add(1, rankOfId(id), cell, analyser.analyseString(text));
  return new Map([...index.close(1)].sort());
}

/** One cell a text, so that the flags themselves can be compared. */
function nearIds(items: readonly Item[]): Set<string> {
  const counts = closeNear(items.map((item) => ({ ...item, cell: item.id })));
  return new Set([...counts].filter(([, { near }]) => near > 0).map(([id]) => id));
}

function shuffled<T>(items: readonly T[], seed: string): T[] {
  return new Random(seed).shuffle([...items]);
}

describe("near-duplicates against the exact join", () => {
  const shapes: readonly (readonly [string, (i: number) => number])[] = [
    ["short", (i) => 5 + (i % 12) * 10],
    ["around where keys change", (i) => 180 + (i % 20) * 8],
    ["500 characters", () => 500],
    ["mixed", (i) => 5 + (i % 50) * 40],
  ];
  it.each(shapes)("%s texts: precision 1, recall at least .98", (name, characters) => {
    const items = corpus(`near-${name}`, 4_000, characters);
    const truth = exactJoin(items);
    const found = nearIds(items);
    const wanted = items.filter((_, i) => truth[i]).map(({ id }) => id);
    const hits = wanted.filter((id) => found.has(id)).length;
    expect(wanted.length).toBeGreaterThan(300);
    expect(found.size - hits).toBe(0);
    expect(hits / wanted.length).toBeGreaterThanOrEqual(0.98);
  });

  it("finds what was planted between J .8 and 1 in real texts", () => {
    const random = new Random("planted");
    const pieces = realTexts().slice(0, 1_500);
    const words = pieces.slice(1_200).flatMap(({ text }) => text.split(" "));
    const planted = pieces.slice(0, 1_200).flatMap(({ id, text }, i): Item[] => {
      const original = { id, cell: "", text };
      if (i % 3 !== 0) return [original];
      // A word replaced in the middle takes five shingles, so an edit in fifty words leaves J near .8.
      const edited = text.split(" ");
      const edits = 1 + random.below(Math.max(1, Math.floor(edited.length / 50)));
      for (let e = 0; e < edits; e += 1)
        edited[random.below(edited.length)] = words[random.below(words.length)]!;
      return [original, { id: `${id}/edited`, cell: "", text: edited.join(" ") }];
    });
    const truth = exactJoin(planted);
    const found = nearIds(planted);
    const wanted = planted.filter((_, i) => truth[i]).map(({ id }) => id);
    const hits = wanted.filter((id) => found.has(id)).length;
    expect(wanted.length).toBeGreaterThan(300);
    expect(found.size - hits).toBe(0);
    expect(hits / wanted.length).toBeGreaterThanOrEqual(0.98);
  });

  it("does not depend on order of arrival, within and beyond its bounds", () => {
    const items = corpus("near-order", 1_500, (i) => 20 + (i % 40) * 20);
    for (const [textsMax, shinglesMax] of [
      [undefined, undefined],
      [500, undefined],
      [undefined, 20_000],
    ]) {
      const one = closeNear(items, textsMax, shinglesMax);
      for (const seed of ["a", "b", "c"])
        expect(closeNear(shuffled(items, seed), textsMax, shinglesMax)).toEqual(one);
    }
  });

  it("lets the texts of smallest rank take part where not all can", () => {
    const items = corpus("near-bound", 1_000, () => 300);
    const byRank = [...items].sort((a, b) => rankOfId(a.id) - rankOfId(b.id));
    expect(closeNear(items, 200)).toEqual(closeNear(byRank.slice(0, 200)));
    const participants = [...closeNear(items, 200).values()].reduce((sum, c) => sum + c.participants, 0);
    expect(participants).toBe(200);
  });

  it("stays linear in one large cluster and in texts that share much without being alike", () => {
    const random = new Random("near-cluster");
    const texts = new SyntheticTexts(random);
    const base = texts.text(600);
    const half = texts.text(400);
    const cluster = Array.from({ length: 6_000 }, () => texts.edited(base, 2));
    const boilerplate = Array.from({ length: 6_000 }, () => `${half} ${texts.text(300)}`);
    const items = [...cluster, ...boilerplate].map((text, i) => ({
      id: `c${i}`,
      cell: i < 6_000 ? "near" : "not",
      text,
    }));
    const counts = closeNear(items);
    expect(counts.get("near")!.near).toBeGreaterThanOrEqual(0.98 * 6_000);
    expect(counts.get("not")!.near).toBeLessThan(10);
  });

  it("takes texts without tokens, of one token, and of the largest size", () => {
    const items = ["", " ", "a", "a", "b", "x y", "x  Y", "! ".repeat(300_000)].map((text, i) => ({
      id: `e${i}`,
      cell: "",
      text,
    }));
    expect(closeNear(items).get("")).toEqual({ participants: 6, near: 4 });
    expect(closeNear([]).size).toBe(0);
  });
});

describe("distinct contents", () => {
  function byCell(items: readonly Item[], contentsMax?: number): [string, number][] {
    const contents = new DistinctContents(contentsMax);
    for (const { id, cell, text } of items) {
      const { contentHi, contentLo } = analyser.analyseString(text);
      contents.add(1, rankOfId(id), cell, contentHi, contentLo);
    }
    return [...contents.byCell(1)].sort();
  }

  it("counts each content in the cell of its text of smallest rank, in any order", () => {
    const items = corpus("exact", 2_000, () => 60);
    const first = new Map<string, Item>();
    for (const item of items) {
      const known = first.get(item.text);
      if (known === undefined || rankOfId(item.id) < rankOfId(known.id)) first.set(item.text, item);
    }
    const wanted = new Map<string, number>();
    for (const { cell } of first.values()) wanted.set(cell, (wanted.get(cell) ?? 0) + 1);
    expect(byCell(items)).toEqual([...wanted].sort());
    for (const seed of ["a", "b"]) expect(byCell(shuffled(items, seed))).toEqual([...wanted].sort());
    for (const seed of ["a", "b"]) expect(byCell(shuffled(items, seed), 100)).toEqual(byCell(items, 100));
  });

  it("estimates beyond its bound within four standard errors", () => {
    const contents = new DistinctContents(1_024);
    const random = new Random("estimate");
    const distinct = 50_000;
    for (let i = 0; i < distinct; i += 1) contents.add(1, i, "", random.nextU32(), random.nextU32());
    expect(contents.level(1)).toBeGreaterThan(0);
    const estimate = contents.byCell(1).get("")!;
    expect(Math.abs(estimate / distinct - 1)).toBeLessThan((4 * 1.2) / Math.sqrt(1_024));
  });

  it("forgets the cells that no content is attributed to any more", () => {
    const contents = new DistinctContents(1_024);
    for (let i = 20_000; i > 0; i -= 1) contents.add(1, i, `cell-${i}`, 7, 7);
    expect([...contents.byCell(1)]).toEqual([["cell-1", 1]]);
  });
});
