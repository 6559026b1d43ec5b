/**
 * Items of a suite beside real training data: hardly any of GSM8K's test questions stand in its training questions, and answers that
 * a model wrote are told from people's by style alone. Needs `gsm8k/` (openai/grade-school-math, MIT) under PLUMBLINE_DATA_DIR.
 */
import { existsSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { ItemCheck } from "../../services/cli/suite/check-items.ts";

const DATA = process.env.PLUMBLINE_DATA_DIR ?? new URL("../../../shared/data", import.meta.url).pathname;
const FILES = ["train", "test", "example_model_solutions"].map((name) => `${DATA}/gsm8k/${name}.jsonl`);
const [TRAIN, TEST, SOLUTIONS] = FILES as [string, string, string];

interface Line {
  readonly question: string;
  readonly answer: string;
  readonly "175b_verification": { readonly solution: string };
}

function lines(file: string): Line[] {
  const rows = readFileSync(file, "utf8").trim().split("\n");
  return rows.map((row) => JSON.parse(row) as Line);
}

function check(items: readonly string[], training: readonly string[], real: readonly string[] = []) {
  const checked = new ItemCheck(13);
  items.forEach((text, i) => void checked.addItem(`${i}`, text));
  for (const text of training) checked.addTraining(text);
  for (const text of real) checked.addReal(text);
  return checked.report(0.01);
}

describe("items of a suite beside training data", () => {
  beforeEach((ctx) => {
    const absent = FILES.find((file) => !existsSync(file));
    if (absent === undefined) return;
    console.warn(`skipped: ${absent} is not there; set PLUMBLINE_DATA_DIR to the folder that holds gsm8k/`);
    ctx.skip("the data set is not there");
  });

  it("are hardly ever copied in a benchmark that was cut with care", () => {
    const questions = (file: string): string[] => lines(file).map(({ question }) => question);
    const { overlap, verdict } = check(questions(TEST), questions(TRAIN));
    expect([overlap.items, overlap.found, verdict]).toEqual([1_319, 3, "pass"]);
    expect(overlap.named[0]).toMatchObject({ found: 7, ngrams: 13 });
  });

  it("are told by their style where the model wrote them, and left alone where people did", () => {
    const people = lines(TRAIN).map(({ answer }) => answer);
    const model = lines(SOLUTIONS).map((line) => line["175b_verification"].solution);
    const own = lines(TEST).map(({ answer }) => answer);
    const made = check(model.slice(0, 300), model.slice(300), people);
    expect(made.style!.converged).toBe(true);
    const skeletons = made.style!.distances.find(({ feature }) => feature === "skeletons")!;
    expect(skeletons.lo).toBeGreaterThan(0.03);
    expect(check(own.slice(0, 300), model.slice(300), people).style!.converged).toBe(false);
  });
});
