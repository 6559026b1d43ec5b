/** From evaluations on the wire to a warning: the services, killed on the way, over a memory broker. */
import { afterEach, expect, it } from "vitest";
import type { Rule } from "../../services/core/rule.ts";
import { LaneSeries } from "../../services/core/series/lane-series.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { evaluationOf, LANE, sampleOf } from "../support/producers.ts";

const DAY_MS = 86_400_000;
const WINDOWS = 8;
const SUITES = {
  required: ["long_tail"],
  anyOf: ["shadow", "external"],
  withinMs: 20_000,
  itemAgeMsMax: 100 * DAY_MS,
} as const;
const POLICY = testPolicy({}, { decisionTextsMin: 2, suites: SUITES });

function rule(metric: string, threshold: number): Rule {
  return {
    id: metric,
    title: metric,
    metric,
    stage: "reply",
    segment: "suites",
    bucket: "",
    breach: [],
    warn: [{ field: "value", op: "gte", threshold }],
    severity: "ticket",
    owner: "o",
    page: "p",
    source: "s",
  };
}

let run: MemoryRun | null = null;
afterEach(() => run?.kill());

it("suites that are missing, old, judged by one and known by heart are warned of, across restarts", async () => {
  const own = new MemoryRun({
    policy: POLICY,
    rules: [rule("suite_missing", 1), rule("paraphrase_gap", 0.1), rule("suite_legacy", 1)],
  });
  run = own;
  const known = {
    suiteTime: RUN_START_MS - 300 * DAY_MS,
    judgeId: "strict",
    itemOrigin: "benchmark",
  } as const;
  for (let window = 0; window < WINDOWS; window += 1) {
    const eventTime = own.nowMs;
    await own.send(
      "samples",
      ["a", "b", "c"].map((name) => sampleOf(`${name}${window}`, { eventTime })),
    );
    const result = (suite: string, successes: number) =>
      evaluationOf(`${suite}${window}`, {
        ...known,
        eventTime,
        suite,
        successes,
        trials: 100,
        judgeVersion: `${window}`,
      });
    // The tail is asked for at first only, and the two wordings never in one window.
    if (window === 0) await own.send("evaluations", [result("long_tail", 80), result("shadow", 70)]);
    else await own.send("evaluations", [window % 2 === 0 ? result("main", 90) : result("paraphrase", 75)]);
    await own.passTime(5_000);
    if (window === 3) {
      await own.kill();
      own.restart();
    }
  }
  await own.passTime(20_000);
  const rows = () => own.read("series").filter(({ segment }) => segment === "suites");
  await own.until("a row for each window", () => rows().length >= WINDOWS);

  const whole = (metric: string) =>
    rows().map(({ results }) => results.find((result) => result.metric === metric && result.bucket === ""));
  expect(whole("suite_missing").map((result) => result?.value)).toEqual([0, 0, 0, 0, 0, 2, 2, 2]);
  expect(whole("suite_judges").map((result) => result?.value)).toEqual([...Array(3), 1, 1, 1, 1, 1]);
  expect(whole("suite_legacy").at(-1)).toMatchObject({ value: 1, n: 2 });
  expect(whole("paraphrase_gap").map((result) => result?.value ?? null)).toEqual([
    null,
    null,
    ...Array<unknown>(6).fill(expect.closeTo(0.15, 10)),
  ]);
  expect(whole("paraphrase_gap").at(-1)).toMatchObject({ n: 100, nullMean: 0 });

  const verdicts = own.read("verdicts").filter(({ window }) => window === "decision");
  const last = verdicts.at(-1)!;
  expect([last.verdict, last.warn, last.families]).toEqual(["pass", true, []]);
  expect(last.results.map(({ rule: id, warn }) => [id, warn])).toEqual([
    ["suite_missing", true],
    ["paraphrase_gap", true],
    ["suite_legacy", true],
  ]);
  expect(own.read("gates").every(({ state }) => state === "open")).toBe(true);

  // What was written across the restart is what one series makes of the same windows.
  const series = new LaneSeries();
  const decisions = own.read("windows").filter(({ window, lane }) => window === "decision" && lane === LANE);
  const ends = [...new Set(decisions.map(({ endMs }) => endMs))].sort((a, b) => a - b);
  const again = ends.flatMap((end) =>
    series.fold(
      decisions.filter(({ endMs }) => endMs === end),
      own.dependencies.catalogue,
      SUITES,
    ),
  );
  expect(own.read("series")).toEqual(again);
});
