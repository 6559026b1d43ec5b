import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Fields } from "../../../../services/core/json-shape.ts";
import { Random } from "../../../../services/core/random.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import { LaneSeries } from "../../../../services/core/series/lane-series.ts";
import { PatternRise } from "../../../../services/core/series/pattern-rise.ts";
import { BASE_WINDOWS_MIN } from "../../../../services/core/series/rate-evidence.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const PATTERNS = Array.from({ length: 16 }, (_, i) => `p${i}`);
const TEXTS = 500;
const GENERATION = 12;

function drawn(random: Random, rate: number): number {
  let count = 0;
  for (let i = 0; i < TEXTS; i += 1) if (random.below(1_000_000) < rate * 1_000_000) count += 1;
  return count;
}

/** One decision window of candidates; a pattern that is not met has no row. */
function windowOf(counts: ReadonlyMap<string, number>): WindowRecord[] {
  const results = [["", 0] as const, ...counts].flatMap(([bucket, count]) =>
    bucket !== "" && count === 0 ? [] : [okResult("error_pattern_share", TEXTS, count / TEXTS, null, bucket)],
  );
  return windowInputs(0, [["candidate", "generated", results]]).map(({ window }) => window);
}

/** Windows until e reaches 20, null where it never does; `rateOf` by pattern and window. */
function firstAlarm(
  seed: string,
  windows: number,
  rateOf: (pattern: string, window: number) => number,
): { readonly window: number; readonly pattern: string } | null {
  const random = new Random(seed);
  const rise = new PatternRise();
  for (let window = 0; window < windows; window += 1) {
    const counts = new Map(PATTERNS.map((name) => [name, drawn(random, rateOf(name, window))]));
    const found = rise.fold(windowOf(counts), PATTERNS).find(({ bucket, e }) => bucket !== "" && e! >= 20);
    if (found !== undefined) return { window, pattern: found.bucket };
  }
  return null;
}

describe("a rise of error patterns", () => {
  it("is found where one doubles from generation to generation, and named", () => {
    const doubling = (name: string, window: number): number =>
      name === "p3" ? 0.01 * 2 ** Math.floor(window / GENERATION) : 0.01;
    for (let seed = 0; seed < 8; seed += 1) {
      const found = firstAlarm(`doubles ${seed}`, 5 * GENERATION, doubling);
      expect(found?.pattern).toBe("candidate/p3");
      // In the third generation at the latest: from .01 over .02 to .04.
      expect(found?.window).toBeLessThan(3 * GENERATION);
    }
  });

  it("is not found where nothing rises, looking at every window of 20 generations", () => {
    const rates = (name: string): number => 0.002 * Number(name.slice(1));
    const alarms = Array.from({ length: 4 }, (_, seed) => firstAlarm(`same ${seed}`, 20 * GENERATION, rates));
    expect(alarms).toEqual([null, null, null, null]);
  });

  it("counts a declared pattern that was not met as 0, so that a late one rises from there", () => {
    const late = (name: string, window: number): number => (name === "p0" && window >= 20 ? 0.05 : 0);
    expect(firstAlarm("late", 30, late)).toMatchObject({ pattern: "candidate/p0" });
  });

  it("says how much, and begins anew after somebody acted", () => {
    const rise = new PatternRise();
    const fold = (count: number) => rise.fold(windowOf(new Map([["p0", count]])), ["p0"]);
    for (let window = 0; window < BASE_WINDOWS_MIN; window += 1) fold(5);
    for (let window = 0; window < 5; window += 1) fold(50);
    const found = fold(50);
    expect(found.map(({ bucket }) => bucket)).toEqual(["", "candidate/p0"]);
    expect(found[1]).toMatchObject({ n: 6 * TEXTS, status: "ok" });
    expect(found[1]!.value).toBeCloseTo(0.09, 12);
    expect(found[1]!.e!).toBeGreaterThan(1e6);
    rise.restart();
    expect(fold(5)[1]!.e!).toBeLessThan(1);
  });

  it("is part of the lane's checkpoint, which may be one of before there were patterns", () => {
    const catalogue = new Catalogue(METRICS);
    const rows = windowOf(new Map([["p0", 3]]));
    const series = new LaneSeries();
    const fold = (own: LaneSeries) =>
      own.fold(rows, catalogue, undefined, ["p0"]).find(({ segment }) => segment === "patterns");
    for (let window = 0; window < BASE_WINDOWS_MIN + 3; window += 1) fold(series);
    const json = JSON.parse(JSON.stringify(series.toJson())) as Fields;
    const back = LaneSeries.fromJson(json);
    const { patterns: _patterns, ...before } = json;
    expect(fold(LaneSeries.fromJson(before))).toBeUndefined();
    expect(fold(back)).toEqual(fold(series));
    expect(fold(back)?.results).toHaveLength(2);
  });

  it("has nothing to say without texts or declared patterns, and comes back from JSON", () => {
    const rise = new PatternRise();
    expect(rise.fold([], PATTERNS)).toEqual([]);
    expect(rise.fold(windowOf(new Map([["p0", 3]])), [])).toEqual([]);
    const rows = windowOf(new Map([["p0", 3]]));
    for (let window = 0; window < 15; window += 1) rise.fold(rows, PATTERNS);
    const back = PatternRise.fromJson(JSON.parse(JSON.stringify(rise.toJson())), "patterns");
    expect(back.fold(rows, PATTERNS)).toEqual(rise.fold(rows, PATTERNS));
    expect(() => PatternRise.fromJson({ windows: -1 }, "patterns")).toThrow(/patterns/);
  });
});
