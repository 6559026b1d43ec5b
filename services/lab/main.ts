/** `make lab`: many seeds of the collapse lab over the memory log. Exit 1 when one does not show what it must. */
import { parseArgs } from "node:util";
import { openClock } from "../adapters/clock.ts";
import { openLogger } from "../adapters/logger.ts";
import { loadCorpusFile, loadDefaultCorpus } from "./corpus.ts";
import { runLabOverMemory } from "./lab-over-memory.ts";
import { labFailures } from "./lab-report.ts";
import { LAB_LANES } from "./lanes.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    first: { type: "string", default: "1" },
    corpus: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const count = Number(values.seeds);
const first = Number(values.first);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(first)) {
  process.stderr.write("usage: make lab SEEDS=N, with N a whole number from 1\n");
  process.exit(2);
}
const corpus = values.corpus === undefined ? loadDefaultCorpus() : await loadCorpusFile(values.corpus);
const clock = openClock();
const logger = openLogger({ service: "lab", level: "error" });
let failed = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const { report } = await runLabOverMemory(corpus, seed, clock, logger);
  const failures = labFailures(report);
  if (failures.length > 0) failed += 1;
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const lanes = LAB_LANES.map((lane) => {
      const { frozenAtGeneration, resumedAtGeneration, generations } = report.lanes[lane];
      const coverage = generations.map((g) => g.tailCoverage?.toFixed(2) ?? "?").join(" ");
      const resumed = resumedAtGeneration === null ? "" : `, resumed ${resumedAtGeneration}`;
      return `${lane}: frozen ${frozenAtGeneration ?? "never"}${resumed} [${coverage}]`;
    });
    process.stdout.write(`seed ${seed}  ${lanes.join("  ")}  ${report.seconds.toFixed(1)} s\n`);
  }
  for (const failure of failures) process.stdout.write(`  FAILED seed ${seed}: ${failure}\n`);
}
process.stdout.write(`${count - failed} of ${count} seeds as they must be\n`);
process.exitCode = failed > 0 ? 1 : 0;
