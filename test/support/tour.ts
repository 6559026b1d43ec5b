/** What the chapters of the tour share: texts of an imaginary help desk, their reference, and the shipped rules. */
import type { RecordOf } from "../../services/adapters/avro/codec.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { Random } from "../../services/core/random.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import { labPolicy } from "../../services/lab/lab-setup.ts";
import { MemoryRun } from "./memory-run.ts";
import { testPolicy } from "./policy.ts";
import { sampleOf } from "./producers.ts";
import { SyntheticTexts } from "./synthetic-texts.ts";

const REFERENCE_TEXTS = 1_500;
const TEXT_CHARACTERS = 300;
/** Texts of a decision window: a fifth of the reference's second half, and some. */
export const WINDOW_TEXTS = 150;
/** A pane of 5 s closes when the watermark is 5 s past its end. */
export const PANE_AND_LATENESS_MS = 10_000;

/** One writer for the reference and for what is sent: all its texts are of one kind. */
const writer = new SyntheticTexts(new Random("tour"));

export function likeRealTexts(count: number): string[] {
  return Array.from({ length: count }, () => writer.text(TEXT_CHARACTERS));
}

const BASES = likeRealTexts(5);

/** What a collapsed model writes: five texts with two words exchanged. */
export function collapsedTexts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => writer.edited(BASES[i % BASES.length]!, 2));
}

let built: Reference | null = null;

/** The reference of all lanes; built once. */
export function tourReference(): Reference {
  const texts = () =>
    likeRealTexts(REFERENCE_TEXTS).map((text, i) => ({ id: `real-${i}`, text, bucket: "" }));
  built ??= buildReference({ lane: "*", texts: texts(), seed: 1, nullDraws: 30, metrics: METRICS });
  return built;
}

/** A run with the shipped rules, held against the reference; decision windows of `WINDOW_TEXTS`. */
export function tourRun(): MemoryRun {
  const { rules } = labPolicy(new Catalogue(METRICS));
  const policy = testPolicy({}, { decisionTextsMin: WINDOW_TEXTS });
  return new MemoryRun({ policy, rules, reference: tourReference() });
}

let made = 0;

/** Generated samples of now, with these texts. */
export function samplesOf(run: MemoryRun, texts: readonly string[]): RecordOf<"samples">[] {
  return texts.map((output) => {
    made += 1;
    return sampleOf(`tour-${made}`, { output, eventTime: run.nowMs });
  });
}

/** Sends one decision window's samples, lets its pane close, and waits for the verdict. */
export async function judgeWindowOf(run: MemoryRun, texts: readonly string[]) {
  const before = run.values("verdicts").length;
  const judged = run.values("admitted").length + run.values("quarantined").length;
  await run.send("samples", samplesOf(run, texts));
  await run.untilJudged(judged + texts.length);
  await run.passTime(PANE_AND_LATENESS_MS);
  await run.until("the verdict", () => run.values("verdicts").length > before);
  return run.read("verdicts").at(-1)!;
}
