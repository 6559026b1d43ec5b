/**
 * Experiment E7 of the metric specification: on the same 1,319 questions, four models' answers repeat themselves more than
 * people's do. Needs `gsm8k/example_model_solutions.jsonl` (openai/grade-school-math, MIT) under PLUMBLINE_DATA_DIR.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId } from "../../services/core/hash.ts";
import { seqRep4 } from "../../services/core/metrics/seq-rep-4.ts";
import { addNgrams, ngramCount } from "../../services/core/ngrams.ts";
import { skeletonInto } from "../../services/core/skeleton.ts";
import { StampedSet } from "../../services/core/stamped-set.ts";

const DATA = process.env.PLUMBLINE_DATA_DIR ?? new URL("../../../shared/data", import.meta.url).pathname;
const FILE = `${DATA}/gsm8k/example_model_solutions.jsonl`;
const MODELS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];
/** 6-grams of the equal budget. */
const BUDGET = 60_000;

interface Measured {
  readonly seqRep4: number;
  readonly skeletonDistinct6: number;
}

function measure(texts: readonly string[]): Measured {
  const analyser = new TextAnalyser();
  const state = seqRep4.empty();
  const set = new StampedSet();
  set.reset(BUDGET);
  let left = BUDGET;
  let distinct = 0;
  const ordered = texts
    .map((text, i) => ({ text, rank: rankOfId(`answer-${i}`) }))
    .sort((a, b) => a.rank - b.rank);
  for (const { text } of ordered) {
    const analysis = analyser.analyseString(text);
    seqRep4.add(state, { text: analysis, bucket: "" });
    const skeleton = new Uint32Array(analysis.tokenCount);
    const length = skeletonInto(analysis.tokens, analysis.kinds, analysis.tokenCount, skeleton);
    distinct += addNgrams(set, skeleton, length, 6, left);
    left -= Math.min(left, ngramCount(length, 6));
  }
  return { seqRep4: seqRep4.value(state, null)[0]!.value!, skeletonDistinct6: distinct / (BUDGET - left) };
}

/** Answers by author, without the calculator's annotations `<<16-3-4=9>>`. */
function answers(): Map<string, string[]> {
  const rows = readFileSync(FILE, "utf8").trim().split("\n");
  const byAuthor = new Map<string, string[]>();
  for (const row of rows) {
    const parsed = JSON.parse(row) as Record<string, string | { readonly solution?: string }>;
    for (const author of ["ground_truth", ...MODELS]) {
      const answer = parsed[author];
      const text = typeof answer === "string" ? answer : (answer?.solution ?? "");
      const texts = byAuthor.get(author) ?? [];
      texts.push(text.replace(/<<[^>]*>>/g, ""));
      byAuthor.set(author, texts);
    }
  }
  return byAuthor;
}

describe("repetition in people's and models' answers (E7)", () => {
  it("flags all four models by both metrics", (context) => {
    if (!existsSync(FILE)) {
      console.warn(`skipped: ${FILE} is not there; set PLUMBLINE_DATA_DIR to the folder that holds gsm8k/`);
      context.skip("data set absent");
      return;
    }
    const byAuthor = answers();
    const people = measure(byAuthor.get("ground_truth")!);
    expect(people.seqRep4).toBeCloseTo(0.0281, 3);
    expect(people.skeletonDistinct6).toBeCloseTo(0.438, 2);
    for (const model of MODELS) {
      const measured = measure(byAuthor.get(model)!);
      expect(measured.seqRep4).toBeGreaterThan(0.038);
      expect(measured.seqRep4).toBeLessThan(0.046);
      expect(measured.skeletonDistinct6).toBeGreaterThan(0.36);
      expect(measured.skeletonDistinct6).toBeLessThan(0.405);
    }
  });
});
