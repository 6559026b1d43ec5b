import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue, GENERATED, REAL } from "../../../../services/core/catalogue.ts";
import { type GeneratorMark, markBit, marksOf } from "../../../../services/core/generator-marks.ts";
import { rankOfId } from "../../../../services/core/hash.ts";
import { hiddenSyntheticShare } from "../../../../services/core/metrics/hidden-synthetic-share.ts";
import { skeletonLeak } from "../../../../services/core/metrics/skeleton-leak.ts";
import { unknownOriginShare } from "../../../../services/core/metrics/unknown-origin-share.ts";
import { judge } from "../../../../services/core/null.ts";
import { Random } from "../../../../services/core/random.ts";
import { buildReference } from "../../../../services/core/reference/build-reference.ts";
import type { SampleView } from "../../../../services/core/sample.ts";
import { commonPieces, repeatedPieces } from "../../../../services/core/sketches/skeleton-pieces.ts";
import { type TextSample, TextSampleBuilder } from "../../../../services/core/sketches/text-sample.ts";
import { SyntheticTexts } from "../../../support/synthetic-texts.ts";

const arrival = (generated: boolean, part: Partial<SampleView>) => ({
  generated,
  tokens: 9,
  sample: { source: "", origin: "human_direct", marks: [], ...part } as unknown as SampleView,
});

describe("hidden synthetic data", () => {
  it("are what is called real and carries a mark, by kind of mark", () => {
    const state = hiddenSyntheticShare.empty();
    const marks: readonly GeneratorMark[][] = [["watermark"], ["watermark", "teacher"], [], [], []];
    for (const own of marks) hiddenSyntheticShare.add(state, arrival(false, { marks: own }));
    hiddenSyntheticShare.add(state, arrival(true, { marks: ["ai_generated"] }));
    const results = hiddenSyntheticShare.value(state, null);
    const shares = Object.fromEntries(results.map(({ bucket, value }) => [bucket, value]));
    expect(shares).toMatchObject({ "": 0.4, watermark: 0.4, teacher: 0.2, ai_generated: 0, depth: 0 });
    expect(results[0]).toMatchObject({ n: 5, status: "ok" });
    expect(results[0]!.hi).toBeGreaterThan(0.6);
  });

  it("are not asked about where nothing is called real", () => {
    const state = hiddenSyntheticShare.empty();
    hiddenSyntheticShare.add(state, arrival(true, { marks: ["teacher"] }));
    expect(hiddenSyntheticShare.value(state, null)).toEqual([]);
  });

  it("have sets of marks that samples share", () => {
    const set = markBit("depth") | markBit("ai_generated");
    expect(marksOf(set)).toEqual(["ai_generated", "depth"]);
    expect(marksOf(set)).toBe(marksOf(set));
    expect(marksOf(0)).toEqual([]);
  });
});

it("arrivals of unknown origin are a share of all, with what each source adds to it", () => {
  const state = unknownOriginShare.empty();
  for (const source of ["feed/a", "feed/a", "feed/b", ""]) {
    unknownOriginShare.add(state, arrival(true, { origin: "unknown", source }));
  }
  for (let i = 0; i < 6; i += 1) unknownOriginShare.add(state, arrival(false, { source: "feed/a" }));
  const results = unknownOriginShare.value(state, null);
  expect(results.map(({ bucket, n, value }) => [bucket, n, value])).toEqual([
    ["", 10, 0.4],
    ["feed/a", 10, 0.2],
    ["feed/b", 10, 0.1],
  ]);
});

describe("templates of the generator in texts called real", () => {
  const random = new Random("skeleton-leak");
  const texts = new SyntheticTexts(random);
  const analyser = new TextAnalyser();
  const filled = (): string =>
    `Thank you for your ${texts.word()}x, and as we have said before, the ${texts.word()}x of it is with us until ${random.below(90)}.`;
  const sampleOf = (count: number, textOf: (i: number) => string, prefix: string): TextSample => {
    const builder = new TextSampleBuilder();
    for (let i = 0; i < count; i += 1) {
      const id = `${prefix}${i}`;
      builder.offer(rankOfId(id), id, "", "", analyser.analyseString(textOf(i)));
    }
    return builder.toSample();
  };
  const referenceOf = (textOf: (i: number) => string) =>
    buildReference({
      lane: "l",
      texts: Array.from({ length: 800 }, (_, i) => ({ id: `r${i}`, text: textOf(i), bucket: "" })),
      seed: 1,
      nullDraws: 2,
      metrics: [skeletonLeak],
    });
  const reference = referenceOf(() => texts.text(300));
  const generated = sampleOf(120, (i) => (i % 3 === 0 ? filled() : texts.text(300)), "g");

  it("stand out where the reference does not know them", () => {
    const clean = judge(
      skeletonLeak,
      sampleOf(120, () => texts.text(300), "c"),
      reference,
      generated,
    );
    expect(clean.status).toBe("ok");
    expect(clean.value).toBeLessThan(0.03);
    const leaking = sampleOf(120, (i) => (i % 4 === 0 ? filled() : texts.text(300)), "l");
    const found = judge(skeletonLeak, leaking, reference, generated);
    expect(found).toMatchObject({ n: 120, z: null, nullMean: null });
    expect(found.value).toBeGreaterThanOrEqual(0.25);
    expect(found.value).toBeLessThan(0.28);
    expect(found.lo).toBeGreaterThan(0.15);
  });

  it("are no leak where real texts of the reference hold them, too", () => {
    const knowing = referenceOf((i) => (i % 10 === 0 ? filled() : texts.text(300)));
    const real = sampleOf(120, (i) => (i % 4 === 0 ? filled() : texts.text(300)), "k");
    expect(judge(skeletonLeak, real, knowing, generated).value).toBeLessThan(0.03);
  });

  it("are looked for in as many texts of each, and not in too few", () => {
    const real = sampleOf(400, () => texts.text(200), "m");
    expect(judge(skeletonLeak, real, reference, generated).n).toBe(120);
    const few = sampleOf(40, filled, "f");
    expect(judge(skeletonLeak, real, reference, few)).toMatchObject({ status: "insufficient", n: 40 });
    expect(judge(skeletonLeak, real, reference)).toMatchObject({ status: "insufficient", n: 0 });
    expect(judge(skeletonLeak, real, null, generated).status).toBe("no_reference");
    const older = { ...reference, realPieces: [] };
    expect(judge(skeletonLeak, real, older, generated).status).toBe("no_reference");
  });

  it("are measured in the segment of real texts alone", () => {
    const plan = (segment: string) =>
      new Catalogue(METRICS).plan("candidate", segment).samples.map(({ id }) => id);
    expect(plan(REAL)).toContain("skeleton_leak");
    expect(plan(GENERATED)).not.toContain("skeleton_leak");
  });

  it("are pieces of six elements that several texts hold", () => {
    const of = (...own: readonly string[]) =>
      repeatedPieces(sampleOf(own.length, (i) => own[i]!, "p").texts, []);
    const line = "we are sorry that it is not with you, and have sent";
    expect(of(line, line).size).toBe(0);
    expect(of(line, line, line).size).toBeGreaterThan(0);
    expect(of("too short", "too short", "too short").size).toBe(0);
    const kept = commonPieces(sampleOf(2, () => line, "q").texts);
    expect(repeatedPieces(sampleOf(3, () => line, "p").texts, kept).size).toBe(0);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(commonPieces(sampleOf(1, () => line, "q").texts)).toEqual([]);
  });
});
