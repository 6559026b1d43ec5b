/** Online records that are not as they should be: what windows count and what history holds are the same, and each is accounted for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKETS_MAX } from "../../services/core/sketches/bucket-sums.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { evaluationOf, LANE, outcomeOf } from "../support/producers.ts";
import { NOW_MS, testRecorder } from "../support/recorder-fixture.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const FLOOD = 1_000;
const TOPICS: readonly TopicName[] = ["outcomes", "evaluations", "rejected"];

let run: MemoryRun;
let test: TestStore;

/** Two versions answer at once; one hour of interactions. */
const OUTCOMES = [
  ...Array.from({ length: 40 }, (_, i) =>
    outcomeOf(`o${i}`, { interactionId: `nobody-${i}`, modelVersion: i % 4 === 0 ? "3" : "2" }),
  ),
  // Twice, and the second time it says something else: the first one counts.
  outcomeOf("o1", { interactionId: "nobody-1", resolved: false }),
  outcomeOf("o2", { interactionId: "nobody-2" }),
  // Of one interaction, contradicting: each is an outcome of its own.
  outcomeOf("yes", { interactionId: "both", resolved: true }),
  outcomeOf("no", { interactionId: "both", resolved: false, eventTime: RUN_START_MS + 1 }),
  outcomeOf("unsure", { interactionId: "both", resolved: null }),
  // A year after its interaction, told now; and told now as if it had been a year ago.
  outcomeOf("slow", { interactionTime: RUN_START_MS - YEAR_MS }),
  outcomeOf("old", { eventTime: RUN_START_MS - YEAR_MS, interactionTime: RUN_START_MS - YEAR_MS }),
  ...Array.from({ length: FLOOD }, (_, i) =>
    outcomeOf(`f${i}`, { bucket: `b${i}`, segment: `s${i}`, resolved: i % 2 === 0 }),
  ),
];

const EVALUATIONS = [
  evaluationOf("a", { runId: "one", successes: 30, trials: 40 }),
  // Overlapping runs of two versions.
  evaluationOf("b", {
    runId: "two",
    modelVersion: "3",
    successes: 10,
    trials: 40,
    eventTime: RUN_START_MS + 1,
  }),
  evaluationOf("a2", { runId: "one", successes: 20, trials: 20, eventTime: RUN_START_MS + 2 }),
  evaluationOf("b", { runId: "two", successes: 40, trials: 40 }),
  evaluationOf("c", { successes: 41, trials: 40 }),
  evaluationOf("d", { successes: null, trials: 40 }),
  evaluationOf("e", { successes: -1, trials: 40 }),
  evaluationOf("f", { successes: 0, trials: 0 }),
];
const CONTRADICTING = 4;

const one = async (sql: string): Promise<Readonly<Record<string, number>>> => {
  const [row] = await test.store.query(sql);
  return Object.fromEntries(Object.entries(row!).map(([name, value]) => [name, Number(value)]));
};

beforeAll(async () => {
  const lane = { ...testPolicy().defaults, lane: LANE };
  run = new MemoryRun({ policy: testPolicy({ lanes: [lane] }) });
  test = await openTestStore("plumbline_bad_input");
  await run.send("outcomes", OUTCOMES);
  await run.send("evaluations", EVALUATIONS);
  await run.passTime(20_000);
  await run.until("the pane", () => run.windows("pane", "reply", "suite:main").length > 0);
  const recorder = testRecorder(test.store);
  for (const topic of TOPICS) {
    const name = `${topic}.v1`;
    await recorder.resumeOffsets([{ topic: name, partition: 0 }]);
    await recorder.record(run.values(topic).map((own) => ({ ...own, topic: name, appendMs: NOW_MS })));
  }
});
afterAll(async () => {
  await run.kill();
  await test.close();
});

describe("online records that are not as they should be, counted and recorded", () => {
  it("outcomes: every one that windows count, repeat or call late is in history, and no other", async () => {
    const [row] = run.windows("pane", "reply", "all");
    const success = row!.results.find(({ metric, bucket }) => metric === "online_success" && bucket === "")!;
    const first = `SELECT * FROM outcomes WHERE event_time >= fromUnixTimestamp64Milli(${RUN_START_MS}) ORDER BY _offset LIMIT 1 BY id`;
    const told = await one(
      `SELECT count() AS n, countIf(resolved) AS won, countIf(isNull(resolved)) AS unsure FROM (${first})`,
    );
    expect({ n: success.n, won: Math.round(success.value! * success.n) }).toEqual({
      n: told.n! - told.unsure!,
      won: told.won!,
    });
    const all = await one("SELECT count() AS n, uniqExact(id) AS ids FROM outcomes");
    expect(all.n).toBe(OUTCOMES.length);
    expect(row).toMatchObject({ n: told.n, repeated: all.n! - all.ids!, late: all.ids! - told.n! });
    expect(row).toMatchObject({ repeated: 2, late: 1 });
  });

  it("outcomes: history tells interactions apart that windows cannot, and says how late each was", async () => {
    const cohorts = (where: string) =>
      one(`SELECT sum(outcomes) AS n, sum(outcomes_later) AS later, uniqExact(model) AS models FROM outcome_cohorts
           WHERE bucket = 'refund' AND ${where}`);
    const lately = `cohort >= fromUnixTimestamp64Milli(${RUN_START_MS - 2 * HOUR_MS})`;
    // The three that contradict each other are one interaction, the latest of them counts.
    expect(await cohorts(lately)).toEqual({ n: 41, later: 0, models: 2 });
    expect(await cohorts(`NOT (${lately})`)).toEqual({ n: 2, later: 1, models: 1 });
    const both = await test.store.query("SELECT interaction_id FROM misses WHERE interaction_id = 'both'");
    expect(both).toHaveLength(1);
  });

  it("buckets and segments by the thousand: windows keep as many as they may and the rest in one, history has all", async () => {
    const [row] = run.windows("pane", "reply", "all");
    const buckets = row!.results.filter(({ metric, bucket }) => metric === "online_success" && bucket !== "");
    expect(buckets).toHaveLength(BUCKETS_MAX + 1);
    const [whole] = row!.results.filter(({ metric }) => metric === "online_success");
    expect(buckets.reduce((sum, { n }) => sum + n, 0)).toBe(whole!.n);
    const told = await one(
      "SELECT uniqExact(bucket) AS buckets, uniqExact(segment) AS segments FROM outcomes",
    );
    expect(told).toEqual({ buckets: FLOOD + 1, segments: FLOOD + 1 });
    expect(run.read("windows").map(({ segment }) => segment)).not.toContain("user:s1");
  });

  it("evaluations: what contradicts itself is set aside by both; overlapping runs are added up, and told apart in SQL", async () => {
    const [row] = run.windows("pane", "reply", "suite:main");
    const score = row!.results.find(({ metric, bucket }) => metric === "offline_score" && bucket === "")!;
    const first = "SELECT * FROM evaluations ORDER BY _offset LIMIT 1 BY id";
    const told = await one(
      `SELECT count() AS results, sum(successes) AS won, sum(trials) AS n FROM (${first})`,
    );
    expect({ n: score.n, won: Math.round(score.value! * score.n) }).toEqual({ n: told.n, won: told.won });
    expect(told).toEqual({ results: 3, won: 60, n: 100 });
    expect(row).toMatchObject({ n: told.results, repeated: 1 });
    const all = await one("SELECT count() AS n FROM evaluations");
    expect(all.n).toBe(EVALUATIONS.length - CONTRADICTING);
    const refused = await one(
      "SELECT countIf(code = 'counts_contradict') AS n, count() AS all FROM rejected",
    );
    expect(refused).toEqual({ n: CONTRADICTING, all: CONTRADICTING });
    const runs = await test.store.query(
      `SELECT run_id, toFloat64(sum(successes)) AS won FROM (${first}) GROUP BY run_id ORDER BY run_id`,
    );
    expect(runs).toEqual([
      { run_id: "one", won: 50 },
      { run_id: "two", won: 10 },
    ]);
  });
});
