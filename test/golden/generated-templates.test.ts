/**
 * Templates of a generator in texts called real, on real texts: none in windows of people's alone, and more of them the more
 * is leaked. The second half needs `gsm8k` (openai/grade-school-math, MIT) under PLUMBLINE_DATA_DIR.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { skeletonLeak } from "../../services/core/metrics/skeleton-leak.ts";
import { BESIDE_TEXTS_MAX, judge } from "../../services/core/null.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import { type RealText, realTexts, sampleOf } from "../support/real-texts.ts";

const DATA = process.env.PLUMBLINE_DATA_DIR ?? new URL("../../../shared/data", import.meta.url).pathname;
const HALF = 1_500;
const N = BESIDE_TEXTS_MAX;

function referenceOf(texts: readonly RealText[]): Reference {
  return buildReference({
    lane: "l",
    texts: { a: texts.slice(0, HALF), b: texts.slice(HALF, 2 * HALF) },
    seed: 1,
    nullDraws: 2,
    metrics: [skeletonLeak],
  });
}

/** Windows of N texts, one after the other. */
function windows(texts: readonly RealText[], most: number): (readonly RealText[])[] {
  const count = Math.min(most, Math.floor(texts.length / N));
  return Array.from({ length: count }, (_, i) => texts.slice(i * N, (i + 1) * N));
}

function leak(real: readonly RealText[], generated: readonly RealText[], reference: Reference): number {
  return judge(skeletonLeak, sampleOf(real), reference, sampleOf(generated)).value!;
}

/** Answers as texts, without the calculator's annotations. */
function answers(name: string, read: (row: Record<string, unknown>) => unknown): RealText[] {
  const rows = readFileSync(`${DATA}/gsm8k/${name}.jsonl`, "utf8").trim().split("\n");
  return rows.map((row, i) => {
    const text = read(JSON.parse(row) as Record<string, unknown>) as string;
    return { id: `${name}-${i}`, text: text.replace(/<<[^>]*>>/g, ""), bucket: "" };
  });
}

describe("templates of a generator in texts called real", () => {
  it("are none in windows that people wrote, one beside another", () => {
    const texts = realTexts();
    const reference = referenceOf(texts);
    const some = windows(texts.slice(2 * HALF), 12);
    const shares = some.slice(1).map((own, i) => leak(own, some[i]!, reference));
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.012);
  });

  it("show the share that a model wrote", (ctx) => {
    if (!existsSync(`${DATA}/gsm8k/train.jsonl`)) {
      console.warn(`no gsm8k under ${DATA}: set PLUMBLINE_DATA_DIR`);
      ctx.skip("PLUMBLINE_DATA_DIR has no gsm8k");
    }
    const people = answers("train", ({ answer }) => answer);
    const model = answers(
      "example_model_solutions",
      (row) => (row["175b_finetuning"] as { readonly solution: string }).solution,
    );
    const reference = referenceOf(people);
    const generated = model.slice(0, N);
    const shareAt = (leaked: number): number => {
      const count = Math.round(N * leaked);
      const real = people.slice(2 * HALF, 2 * HALF + N - count);
      return leak([...real, ...model.slice(N, N + count)], generated, reference);
    };
    const shares = [0, 0.1, 0.5, 1].map(shareAt);
    expect(shares[0]).toBeLessThanOrEqual(0.012);
    expect(shares[1]).toBeGreaterThan(0.05);
    expect(shares[2]).toBeGreaterThan(0.3);
    expect(shares[3]).toBeGreaterThan(0.6);
  });
});
