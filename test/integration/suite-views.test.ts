/** Suites as history knows them: every version that ran, pairs of questions in two wordings, and the command that prints them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../services/ports.ts";
import { type CommandRun, makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A whole hour, lately. */
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * DAY_MS;

const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset);
}

function evaluation(suite: string, over: Row = {}): Row {
  return {
    id: `e-${offset}`,
    event_time: START_MS,
    lane: "a",
    run_id: "r1",
    model_id: "m",
    model_version: "1",
    suite,
    suite_version: "3",
    item_origin: "unknown",
    metric: "accuracy",
    successes: 8,
    trials: 10,
    ...origin("evaluations.v1"),
    ...over,
  };
}

const list = (lane: string): Promise<CommandRun> =>
  runCommand(["suite", "list", "--lane", lane], { cwd: dir.path, env: { CLICKHOUSE_URL: test.url } });

beforeAll(async () => {
  test = await openTestDoor("plumbline_suites");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("the view of suites", () => {
  it("has a row for each version, with the score of its latest run", async () => {
    await insertRows(test.store, "evaluations", [
      evaluation("main", {
        suite_time: START_MS - 30 * DAY_MS,
        suite_owner: "evals",
        judge_id: "j",
        judge_version: "2",
      }),
      // The same result again, and a later run with two results, one of which contradicts itself.
      evaluation("main", {
        id: "twice",
        successes: 1,
        run_id: "r2",
        event_time: START_MS + HOUR_MS,
        item_origin: "benchmark",
      }),
      evaluation("main", {
        id: "twice",
        successes: 1,
        run_id: "r2",
        event_time: START_MS + HOUR_MS,
        item_origin: "benchmark",
      }),
      evaluation("main", {
        successes: 99,
        run_id: "r2",
        model_version: "2",
        event_time: START_MS + 2 * HOUR_MS,
        judge_id: "k",
      }),
      evaluation("main", {
        suite_version: "4",
        successes: null,
        trials: null,
        value: 0.5,
        event_time: START_MS + HOUR_MS,
      }),
      evaluation("mine", { suite_version: "", lane: "b" }),
      evaluation("main", { _topic: "other.evaluations.v1" }),
    ]);
    const rows = await test.store.query(
      "SELECT * REPLACE (toInt64(runs) AS runs, toInt64(results) AS results, toInt64(models) AS models, toInt64(successes) AS successes, toInt64(trials) AS trials) FROM suites WHERE _topic = 'evaluations.v1' ORDER BY lane, suite_version",
    );
    expect(rows).toHaveLength(3);
    const [third, fourth, mine] = rows;
    expect(third).toMatchObject({
      lane: "a",
      suite: "main",
      suite_version: "3",
      item_origins: ["benchmark"],
      judges: ["j@2", "k"],
      owners: ["evals"],
      last_model: "m@2",
    });
    expect([third!.runs, third!.results, third!.models].map(Number)).toEqual([2, 3, 2]);
    expect([third!.successes, third!.trials].map(Number)).toEqual([1, 10]);
    expect(Number(third!.age_days)).toBeGreaterThanOrEqual(31.9);
    expect(Number(third!.age_days)).toBeLessThan(32.2);
    expect(fourth).toMatchObject({
      items_made: null,
      age_days: null,
      judges: [],
      successes: null,
      trials: null,
    });
    expect(mine).toMatchObject({ lane: "b", suite: "mine", suite_version: "" });
  });

  it("says what its columns are", async () => {
    const rows = await test.store.query(
      "SELECT name FROM system.columns WHERE database = currentDatabase() AND table IN ('suites', 'paraphrase_pairs') AND comment != ''",
    );
    expect(rows.length).toBeGreaterThanOrEqual(15);
  });
});

describe("the view of paraphrases", () => {
  it("pairs items with those that put them in other words, of one version and metric", async () => {
    const item = (suite: string, itemId: string, pairId: string, right: boolean, over: Row = {}): Row =>
      evaluation(suite, {
        lane: "p",
        item_id: itemId,
        pair_id: pairId,
        successes: right ? 1 : 0,
        trials: 1,
        ...over,
      });
    const pairs = [
      [true, true],
      [true, false],
      [true, false],
      [true, false],
      [false, true],
      [false, false],
    ] as const;
    await insertRows(test.store, "evaluations", [
      ...pairs.flatMap(([original, reworded], i) => [
        item("main", `q${i}`, "", original),
        item("paraphrase", `q${i}-p`, `q${i}`, reworded),
      ]),
      // Another version's answer, and a question that nobody put first, are no pairs.
      item("paraphrase", "q0-p", "q0", false, { model_version: "2" }),
      item("paraphrase", "q9-p", "q9", false),
    ]);
    const [row, ...more] = await test.store.query("SELECT * FROM paraphrase_pairs WHERE lane = 'p'");
    expect(more).toEqual([]);
    const counts = ["pairs", "both_right", "only_original", "only_paraphrase"].map((name) =>
      Number(row![name]),
    );
    expect(counts).toEqual([6, 1, 3, 1]);
    expect(row).toMatchObject({ suite: "paraphrase", model: "m@1", metric: "accuracy", gap: 2 / 6, z: 1 });
    const { stdout } = await list("p");
    expect(stdout).toMatch(/paraphrase +m@1 +accuracy +6 +3 +1 +0\.3333 +1\n/);
  });
});

describe("judges that are at home in the training data", () => {
  it("are named with what they do there, in the same run", async () => {
    const sample = (own: Row): Row => ({
      id: `s-${offset}`,
      event_time: START_MS,
      lane: "k",
      decision: "admitted",
      ...origin("admitted.v1"),
      ...own,
    });
    await insertRows(test.store, "samples", [
      sample({ judge_id: "strict", judge_version: "1", teacher_id: "gen" }),
      sample({ judge_id: "strict", judge_version: "2", teacher_id: "gen" }),
      sample({ judge_id: "own", decision: "quarantined" }),
      sample({ judge_id: "far", _topic: "other.admitted.v1" }),
    ]);
    await insertRows(test.store, "evaluations", [
      ...["strict", "gen", "own", "far", ""].map((judge) =>
        evaluation("main", { lane: "k", judge_id: judge }),
      ),
      evaluation("hard", { lane: "k", judge_id: "strict", judge_version: "9" }),
    ]);
    const rows = await test.store.query("SELECT * FROM suite_kin WHERE lane = 'k'");
    expect(rows.map((row) => [row.judge_id, row.suites, Number(row.judged), Number(row.taught)])).toEqual([
      ["gen", ["main"], 0, 2],
      ["strict", ["hard", "main"], 2, 0],
    ]);
    const { stdout } = await list("k");
    expect(stdout).toContain(
      "not independent: strict scores hard, main, and judged 2 of the admitted samples",
    );
    expect(stdout).toContain("not independent: gen scores main, and made 2 of the admitted samples");
  });
});

describe("suite list", () => {
  it("prints the lane's suites, what is missing, and what the governor found last", async () => {
    const found = (metric: string, bucket: string, own: Row, end: number): Row => ({
      lane: "a",
      stage: "reply",
      segment: "suites",
      window: "decision",
      start_time: START_MS,
      end_time: START_MS + end,
      metric,
      bucket,
      status: "ok",
      n: 100,
      ...origin("series.v1"),
      ...own,
    });
    await insertRows(test.store, "windows", [
      found("paraphrase_gap", "", { value: 0.9 }, HOUR_MS),
      found("paraphrase_gap", "", { value: 0.146, lo: 0.1, hi: 0.2, z: 4 }, 2 * HOUR_MS),
    ]);
    const { code, stdout, stderr } = await list("a");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/main +3 +3\dd +benchmark +j@2, k +evals +2 .* m@2 +0\.1 \(.*, n 10\)/);
    expect(stdout).toMatch(/main +4 +- +- +- +- +1 .* m@1 +-/);
    expect(stdout).toContain("missing: long_tail, shadow|external");
    expect(stdout).toMatch(/paraphrase_gap +all +0\.146 \(0\.1 \.\. 0\.2\) +100 +4 +ok/);
    expect(stdout).not.toContain("0.9");
    expect(code).toBe(1);
  });
});
