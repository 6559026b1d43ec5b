import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { Random } from "../../../../services/core/random.ts";
import {
  STYLE_TEXTS_MIN,
  type StyleText,
  styleConvergence,
  styleText,
} from "../../../../services/core/suite/style-convergence.ts";

const analyser = new TextAnalyser();
const WORDS = Array.from({ length: 400 }, (_, i) => `w${String.fromCharCode(97 + (i % 26))}${i}x`);

/** Texts of words by Zipf's law, from a place in the vocabulary on; `opener` before each of a share of them. */
function texts(
  random: Random,
  n: number,
  { shift = 0, opener = "", share = 1, length = 20 } = {},
): StyleText[] {
  return Array.from({ length: n }, () => {
    const own = Array.from({ length: length + random.below(10) }, () => {
      const rank = Math.floor(WORDS.length ** random.nextFloat()) - 1;
      return WORDS[(rank + shift) % WORDS.length]!;
    });
    const opened = random.nextFloat() < share ? `${opener} ` : "";
    return styleText(analyser.analyseString(`${opened}${own.join(" ")}.`));
  });
}

describe("style of items, beside training data and real texts", () => {
  it("has converged where the items come from the generator", () => {
    const random = new Random("style/words");
    const made = { shift: 5 };
    const found = styleConvergence(texts(random, 80, made), texts(random, 300, made), texts(random, 300));
    const [words] = found.distances;
    expect(words).toMatchObject({ feature: "words", converged: true });
    expect(words!.lo).toBeGreaterThan(0);
    expect(words!.toTraining).toBeLessThan(words!.toReal);
    expect([found.status, found.items, found.others, found.converged]).toEqual(["ok", 80, 300, true]);
  });

  it("has converged by skeletons where only the frame of the sentences is the generator's", () => {
    const random = new Random("style/skeletons");
    const made = { opener: "1) yes, of the (and) with 2:" };
    const found = styleConvergence(texts(random, 80, made), texts(random, 200, made), texts(random, 300));
    expect(found.distances.find(({ feature }) => feature === "skeletons")!.converged).toBe(true);
    expect(found.others).toBe(200);
  });

  it("has not where the items are real, or like neither", () => {
    const random = new Random("style/real");
    const made = texts(random, 300, { shift: 5, opener: "well ," });
    const real = texts(random, 300);
    expect(styleConvergence(texts(random, 80), made, real).converged).toBe(false);
    expect(styleConvergence(texts(random, 80, { shift: 200 }), made, real).converged).toBe(false);
  });

  it("shows lengths, and never judges by them alone", () => {
    const random = new Random("style/lengths");
    const long = { length: 60 };
    const found = styleConvergence(texts(random, 80, long), texts(random, 200, long), texts(random, 200));
    expect(found.distances.find(({ feature }) => feature === "lengths")!.converged).toBe(true);
    expect(found.converged).toBe(found.distances.some((d) => d.converged && d.feature !== "lengths"));
  });

  it("is seldom called converged where all three are alike", () => {
    let converged = 0;
    for (let round = 0; round < 20; round += 1) {
      const random = new Random(`style/alike/${round}`);
      const found = styleConvergence(texts(random, 40), texts(random, 80), texts(random, 80));
      if (found.converged) converged += 1;
    }
    expect(converged).toBeLessThanOrEqual(1);
  });

  it("is not told from a few texts", () => {
    const random = new Random("style/few");
    const few = texts(random, STYLE_TEXTS_MIN - 1);
    const many = texts(random, 50);
    for (const sets of [
      [few, many, many],
      [many, few, many],
      [many, many, few],
    ] as const) {
      expect(styleConvergence(...sets)).toMatchObject({
        status: "insufficient",
        distances: [],
        converged: false,
      });
    }
  });

  it("makes nothing of texts without words", () => {
    const empty = Array.from({ length: 40 }, () => styleText(analyser.analyseString("")));
    const found = styleConvergence(empty, empty, empty);
    expect(found.distances.map(({ toTraining, toReal, nearer }) => [toTraining, toReal, nearer])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(found.converged).toBe(false);
  });
});
