/** The collapse lab over the memory log with the real services: the demo's promise, seed by seed. */
import { describe, expect, it } from "vitest";
import { openClock } from "../../services/adapters/clock.ts";
import { openLogger } from "../../services/adapters/logger.ts";
import { loadDefaultCorpus } from "../../services/lab/corpus.ts";
import { type MemoryLabRun, runLabOverMemory } from "../../services/lab/lab-over-memory.ts";
import { labFailures } from "../../services/lab/lab-report.ts";
import { canonicalJson } from "../../services/runtime/canonical-json.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import { describeComparison, replay } from "../../services/runtime/replay/replay.ts";
import { equal } from "../../services/runtime/replay/row-set.ts";

const corpus = loadDefaultCorpus();
const clock = openClock();
const logger = openLogger({ service: "lab", level: "warn" });
const START_MS = Math.floor(clock.nowMs() / 60_000 - 15) * 60_000;

/** Every verdict of a run, as bytes in partition and offset order, without where it stands in the log. */
async function verdicts({ log, dependencies: { names, codec } }: MemoryLabRun): Promise<string[]> {
  const rows: string[] = [];
  const topic = names.full("verdicts");
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition += 1) {
    await readPartition(log, topic, partition, 0, (record) => {
      const decoded = record.value === null ? null : codec.decodeGeneric("verdicts", record.value);
      if (decoded?.ok === true) rows.push(canonicalJson(decoded.record));
    });
  }
  return rows.sort();
}

describe("the collapse lab over the memory log", () => {
  const reports = new Map<number, readonly string[]>();

  it.each([1, 2])(
    "freezes replace, spares fresh, freezes and resumes governed (seed %i)",
    async (seed) => {
      const run = await runLabOverMemory(corpus, seed, clock, logger, START_MS);
      reports.set(seed, await verdicts(run));
      expect(labFailures(run.report)).toEqual([]);
    },
    180_000,
  );

  it("gives the same verdicts for the same seed, byte for byte, and replays equal", async () => {
    const run = await runLabOverMemory(corpus, 2, clock, logger, START_MS);
    const rows = await verdicts(run);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows).toEqual(reports.get(2));
    const comparisons = await replay(run.dependencies, () => {});
    const different = comparisons.filter((comparison) => !equal(comparison));
    expect(different.map((comparison) => [describeComparison(comparison), ...comparison.examples])).toEqual(
      [],
    );
    const compared = comparisons.filter(({ recorded }) => recorded > 0).map(({ what }) => what);
    expect(compared).toEqual([
      "windows",
      "series",
      "verdicts",
      "decisions",
      "admitted and quarantined",
      "gates",
    ]);
  }, 240_000);
});
