import { expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { rankOfId } from "../../services/core/hash.ts";
import { tailCoverage } from "../../services/core/metrics/tail-coverage.ts";
import { judge } from "../../services/core/null.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import { type TextSample, TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { collapsedTexts, likeRealTexts, tourReference, WINDOW_TEXTS } from "../support/tour.ts";

/** What a window keeps of its texts: those whose ids have the smallest hashes, whoever read them in which order. */
function sampleOf(texts: readonly string[]): TextSample {
  const analyser = new TextAnalyser();
  const sample = new TextSampleBuilder();
  texts.forEach((text, i) => {
    sample.offer(rankOfId(`t${i}`), `t${i}`, "", "", analyser.analyseString(text));
  });
  return sample.toSample();
}

it("3. A reference and its null", () => {
  // A reference is a frozen picture of real texts of a lane. One half says which words are common and which are the tail;
  // the other, of other documents, says how much real windows differ among themselves.
  const reference = tourReference();
  expect(reference.tailWords.length).toBeGreaterThan(1_000);

  // Its version is the hash of its content. The same texts give the same version, in whatever order they come.
  const texts = likeRealTexts(60).map((text, i) => ({ id: `r${i}`, text, bucket: "" }));
  const build = (list: typeof texts) =>
    buildReference({ lane: "l", texts: list, seed: 1, nullDraws: 5, metrics: METRICS }).version;
  expect(build(texts.toReversed())).toBe(build(texts));

  // "Sixty percent of the tail words came up" says nothing by itself: a small window always shows few of them. So a value
  // is held against its null, the same metric on real windows of the same number of texts.
  const real = judge(tailCoverage, sampleOf(likeRealTexts(WINDOW_TEXTS)), reference);
  expect(real.status).toBe("ok");
  expect(Math.abs(real.z!)).toBeLessThan(4);
  expect(real.value).toBeGreaterThan(0.85);

  // A collapsed model's texts look well one by one. Together they lack the tail, many times further from real windows
  // than real windows are from each other.
  const collapsed = judge(tailCoverage, sampleOf(collapsedTexts(WINDOW_TEXTS)), reference);
  expect(collapsed.value).toBeLessThan(0.5);
  expect(collapsed.z).toBeLessThan(-20);

  // With too few texts the answer is that there is none.
  const few = judge(tailCoverage, sampleOf(likeRealTexts(20)), reference);
  expect(few).toMatchObject({ status: "insufficient", value: null, z: null });
});
