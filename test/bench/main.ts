/**
 * `make bench`: what each step of the text path and each metric costs, beside its floor in the same run. Ratios are what to
 * read: absolute figures swing with the machine. `JSON=1` ends with one line of JSON.
 */
import { TextAnalyser } from "../../services/core/analysis.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { rankOfId } from "../../services/core/hash.ts";
import { judge } from "../../services/core/null.ts";
import { Random } from "../../services/core/random.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import { TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";
import { benchTextPath } from "./text-path.ts";

const TEXTS = 5_000;
const REFERENCE_TEXTS = 5_000;
const CHARACTERS = 500;
const ROUNDS = 20;

/** Milliseconds of CPU that a piece of work takes, the least of some rounds. */
function cpuMs(rounds: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

function metricCosts(): Record<string, number> {
  const synthetic = new SyntheticTexts(new Random("bench"));
  const texts = Array.from({ length: TEXTS + REFERENCE_TEXTS }, () => synthetic.text(CHARACTERS));
  const reference = buildReference({
    lane: "bench",
    texts: texts.slice(TEXTS).map((text, i) => ({ id: `r${i}`, text, bucket: "" })),
    seed: 1,
    nullDraws: 20,
    metrics: METRICS,
  });
  const analyser = new TextAnalyser();
  const builder = new TextSampleBuilder();
  texts.slice(0, TEXTS).forEach((text, i) => {
    builder.offer(rankOfId(`t${i}`), `t${i}`, "", "", analyser.analyseString(text));
  });
  const sample = builder.toSample();
  const costs: Record<string, number> = {};
  for (const metric of METRICS) {
    if (metric.kind !== "sample") continue;
    costs[metric.id] = cpuMs(ROUNDS, () => judge(metric, { texts: [...sample.texts] }, reference));
  }
  return costs;
}

const textPath = await benchTextPath();
const atClose = metricCosts();
const ratio = textPath.floorPerSecond / textPath.perSecond;
process.stdout.write("text path, one core\n");
for (const [step, value] of Object.entries(textPath.steps)) {
  process.stdout.write(`  ${step.padEnd(40)} ${value.toFixed(2)} µs a text\n`);
}
process.stdout.write(
  `  ${Math.round(textPath.perSecond)} texts/s, floor (tokenise only) ${Math.round(textPath.floorPerSecond)} texts/s: ${ratio.toFixed(2)}x the floor\n`,
);
process.stdout.write("sample metrics at close, 500 judged texts\n");
for (const [metric, ms] of Object.entries(atClose)) {
  process.stdout.write(`  ${metric.padEnd(40)} ${ms.toFixed(2)} ms a window\n`);
}
if (process.env.JSON === "1") process.stdout.write(`${JSON.stringify({ textPath, atCloseMs: atClose })}\n`);
