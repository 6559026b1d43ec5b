/** Ratio experiments over the real history: published plan and results through the recorder, asked for through the SQL door. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../services/adapters/memory/memory-broker.ts";
import { planRecord } from "../../services/cli/experiment/plan-record.ts";
import { publishPlan } from "../../services/cli/experiment/publish-plan.ts";
import type { ExperimentResult } from "../../services/core/experiment/match-results.ts";
import type { WireChange } from "../../services/core/wire-types.generated.ts";
import type { LogRecord } from "../../services/ports.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { fallingTail, resultsOf, testPlan } from "../support/experiment.ts";
import { NOW_MS, record, testRecorder } from "../support/recorder-fixture.ts";
import { type CommandRun, makeTempDir, runCommand } from "../support/run-command.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const PLAN = testPlan({ id: "it's \\ e1" });
const MINUTE_MS = 60_000;
/** All lies in the past: an increase that is asked about is made now. */
const PUBLISHED_MS = NOW_MS - 20 * MINUTE_MS;
const dir = makeTempDir();
let test: TestDoor;

const experiment = (...args: string[]): Promise<CommandRun> =>
  runCommand(["experiment", ...args], {
    cwd: dir.path,
    env: { CLICKHOUSE_URL: test.url },
  });

/** The plan as the command writes it, read back from the log. */
async function publishedRecord(): Promise<LogRecord> {
  const broker = new MemoryBroker({ nowMs: () => PUBLISHED_MS });
  broker.createDeclaredTopics("", 1);
  const log = broker.open();
  await publishPlan({ log, codec: createCodec(), names: new TopicNames("") }, PLAN, PUBLISHED_MS);
  const records: LogRecord[] = [];
  await readPartition(log, "changes.v1", 0, 0, (written) => void records.push(written));
  expect(records.length).toBe(1);
  return records[0]!;
}

function evaluation({ madeMs, ...result }: ExperimentResult, offset: number): LogRecord {
  const value = {
    ...result,
    eventTime: madeMs,
    experimentId: PLAN.id,
    runId: "r",
    modelId: "m",
    modelVersion: "1",
    itemId: null,
    successes: offset % 2 === 0 ? 600 : null,
    trials: offset % 2 === 0 ? 1_000 : null,
    value: offset % 2 === 0 ? null : result.value,
  };
  return record("evaluations.v1", 0, offset, value, { appendMs: PUBLISHED_MS + 2 * MINUTE_MS });
}

function change(offset: number, more: Partial<WireChange>): LogRecord {
  const eventTime = PUBLISHED_MS + 3 * MINUTE_MS;
  const value = { id: `c${offset}`, eventTime, lane: PLAN.lane, kind: "ratio", actor: "bob", ...more };
  return record("changes.v1", 0, offset, value, { appendMs: PUBLISHED_MS + 3 * MINUTE_MS });
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_experiments");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("an experiment in history", () => {
  const recorded = async (records: readonly LogRecord[]): Promise<void> => {
    const recorder = testRecorder(test.store);
    for (const topic of ["changes.v1", "evaluations.v1"]) {
      const own = records.filter((entry) => entry.topic === topic);
      if (own.length === 0) continue;
      await recorder.resumeOffsets([{ topic, partition: 0 }]);
      await recorder.record(own);
    }
  };
  const results = resultsOf(PLAN, fallingTail).map((result) => ({
    ...result,
    madeMs: PUBLISHED_MS + MINUTE_MS,
  }));

  it("is not known before it is published", async () => {
    const { code, stderr } = await experiment("status", PLAN.id);
    expect(code).toBe(2);
    expect(stderr).toContain("no plan of experiment it's \\ e1 in the history");
  });

  it("fills, and is complete when every planned result is there", async () => {
    await recorded([await publishedRecord()]);
    expect(await experiment("status", PLAN.id)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("0 of 75 planned results are there, 75 missing"),
    });
    const early = { ...results[0]!, id: "early", madeMs: PUBLISHED_MS - 1 };
    const foreign = record("evaluations.v1", 0, 1_000, {
      id: "foreign",
      eventTime: PUBLISHED_MS,
      lane: PLAN.lane,
      experimentId: "e2",
      runId: "r",
      modelId: "m",
      modelVersion: "1",
      suite: "main",
    });
    // Offsets that are odd carry values, even ones counts.
    const odd = results.map((result, i) => evaluation(result, 2 * i + 1));
    await recorded([...odd, evaluation(early, 901), foreign]);
    const { code, stdout, stderr } = await experiment("status", PLAN.id, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      plan: PLAN,
      publishedMs: PUBLISHED_MS,
      complete: true,
      matched: { orderShown: true, unused: [{ reason: "before_plan", id: "early" }] },
    });
  });

  it("has a cap that supports what stays below it, and draws a red line for the rest", async () => {
    expect((await experiment("report", PLAN.id)).code).toBe(0);
    expect((await experiment("report", PLAN.id, "--share-from", "0", "--share-to", "0.3")).code).toBe(0);
    await recorded([
      change(10, { shareFrom: 0, shareTo: 0.3, experimentId: PLAN.id }),
      change(11, { shareFrom: 0.3, shareTo: 0.6, experimentId: "e2" }),
      change(12, { shareFrom: 0.6, shareTo: 0.1 }),
      change(13, { shareTo: 0.9, lane: "another" }),
      change(14, { kind: "template", shareTo: 0.9 }),
    ]);
    const supported = await experiment("report", PLAN.id);
    expect(supported.code).toBe(0);
    expect(supported.stdout).toContain("pass: share 0 to 0.3 (c10, bob)");
    await recorded([
      change(15, { shareFrom: 0.1, shareTo: 0.2 }),
      change(16, { kind: "mixture", shareFrom: 0.3, shareTo: 0.5, experimentId: PLAN.id }),
    ]);
    const { code, stdout } = await experiment("report", PLAN.id);
    expect(code).toBe(1);
    expect(stdout).toContain("red line: share 0.1 to 0.2 (c15, bob): it names no experiment");
    expect(stdout).toContain("red line: share 0.3 to 0.5 (c16, bob): the share is above the cap");
    expect(stdout).not.toContain("c11");
    // The release check asks the same of all changes that stand: 0.1 took back what e2 was to support, not the first raise.
    const release = await runCommand(["release", "check", "--lane", PLAN.lane, "--json"], {
      cwd: dir.path,
      env: { CLICKHOUSE_URL: test.url },
    });
    const { checks } = JSON.parse(release.stdout) as { checks: { id: string; found: string[] }[] };
    expect(checks.find(({ id }) => id === "ratio")).toMatchObject({
      verdict: "breach",
      found: [
        expect.stringMatching(/^c15 of .* by bob, 0.1 to 0.2: it names no experiment$/),
        expect.stringMatching(/^c16 of .* by bob, 0.3 to 0.5: the share is above the cap$/),
      ],
    });
  });

  it("reads counts as it reads values, and names a plan that came second", async () => {
    const second = testPlan({ id: PLAN.id, author: "mallory" });
    const again = planRecord(second, PUBLISHED_MS);
    await recorded([record("changes.v1", 0, 20, again, { appendMs: PUBLISHED_MS + 9 * MINUTE_MS })]);
    await recorded([evaluation({ ...results[0]!, id: "counted" }, 1_002)]);
    const { code, stdout } = await experiment("status", PLAN.id);
    expect(code).toBe(3);
    expect(stdout).toContain("1 other plans were published under this id later; the first one counts");
    expect(stdout).toContain("counted: contradicting, arm ratio-0, seed 1: 2 numbers, 0.6,");
  });
});
