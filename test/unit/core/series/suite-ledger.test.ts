/** Which suites a lane runs, and what that says, over many decision windows. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { judgeWindow } from "../../../../services/core/governor/judge-window.ts";
import { SUITES_EXPECTED, type SuiteExpectation } from "../../../../services/core/policy.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, okResult } from "../../../../services/core/result.ts";
import { LaneSeries } from "../../../../services/core/series/lane-series.ts";
import {
  SUITE_JUDGES_MAX,
  SUITE_SCORES_MAX,
  SuiteLedger,
} from "../../../../services/core/series/suite-ledger.ts";
import { loadPolicyFiles } from "../../../../services/runtime/policy-files.ts";
import { testPolicy } from "../../../support/policy.ts";

const CATALOGUE = new Catalogue(METRICS);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Run {
  /** By `<model> <metric>`: successes and trials. */
  readonly scores?: Readonly<Record<string, readonly [number, number]>>;
  readonly ageDays?: number;
  readonly judges?: readonly string[];
  readonly madeShare?: number;
}

/** The rows of one hour: generated texts, and a row for each suite that was run in it. */
function hour(at: number, runs: Readonly<Record<string, Run>>): WindowRecord[] {
  const row = (over: Partial<WindowRecord>): WindowRecord => ({
    lane: "a",
    stage: "reply",
    segment: "all",
    window: "decision",
    startMs: at * HOUR_MS,
    endMs: (at + 1) * HOUR_MS,
    generation: 1,
    n: 500,
    late: 0,
    repeated: 0,
    incomplete: false,
    referenceVersion: "",
    policyVersion: "p",
    rowIndex: 0,
    rowCount: 1,
    results: [],
    leftOut: [],
    evidence: [],
    ...over,
  });
  const suites = Object.entries(runs).map(([suite, run]) =>
    row({ segment: `suite:${suite}`, n: 1, results: resultsOf(run) }),
  );
  return [row({ stage: "candidate", segment: "generated" }), ...suites];
}

function resultsOf({ scores = {}, ageDays, judges = [], madeShare }: Run): MetricResult[] {
  const counts = Object.entries(scores);
  const sum = (i: 0 | 1): number => counts.reduce((total, [, pair]) => total + pair[i], 0);
  return [
    rateResult("offline_score", sum(0), sum(1), ""),
    ...counts.map(([name, [successes, trials]]) => rateResult("suite_model_score", successes, trials, name)),
    ...(ageDays === undefined ? [] : [okResult("suite_item_age", 1, ageDays, null)]),
    ...(madeShare === undefined ? [] : [okResult("suite_made_share", 1, madeShare, null)]),
    ...judges.map((judge) => okResult("judge_mix", 1, 1 / judges.length, null, judge)),
  ];
}

/** What the lane shows at the end of the last of the hours, by `<metric>` or `<metric>[<bucket>]`. */
function shown(
  hours: readonly (readonly [number, Readonly<Record<string, Run>>])[],
  expected?: SuiteExpectation,
): ReadonlyMap<string, MetricResult> {
  const ledger = new SuiteLedger();
  let results: readonly MetricResult[] = [];
  for (const [at, runs] of hours) results = ledger.fold(hour(at, runs), expected);
  return new Map(
    results.map((result) => [
      result.bucket === "" ? result.metric : `${result.metric}[${result.bucket}]`,
      result,
    ]),
  );
}

const values = (found: ReadonlyMap<string, MetricResult>, metric: string) =>
  [...found].flatMap(([name, { value, status }]) =>
    name.startsWith(metric) ? [[name.slice(metric.length), status === "ok" ? value : status]] : [],
  );

describe("suites that are missing", () => {
  it("are called so once the lane was watched that long", () => {
    const early = shown([[0, { main: {} }]]);
    expect(values(early, "suite_missing")).toEqual([
      ["[long_tail]", "insufficient"],
      ["[shadow|external]", "insufficient"],
    ]);
    const later = shown([
      [0, { main: {} }],
      [14 * 24, { external: {} }],
    ]);
    expect(values(later, "suite_missing")).toEqual([
      ["", 1],
      ["[long_tail]", 1],
      ["[shadow|external]", 0],
    ]);
  });

  it("are none where all ran lately, at once, and are missed again when they stop", () => {
    const all = { long_tail: {}, shadow: {} };
    expect(values(shown([[0, all]]), "suite_missing")[0]).toEqual(["", 0]);
    const stopped = [[0, all] as const, [200, {}] as const, [14 * 24 + 1, {}] as const];
    expect(values(shown(stopped.slice(0, 2)), "suite_missing")[0]).toEqual(["", 0]);
    expect(values(shown(stopped), "suite_missing")[0]).toEqual(["", 2]);
  });

  it("are those of the lane's own policy, also where nothing was ever run", () => {
    const own = {
      ...SUITES_EXPECTED,
      required: ["hard", "robustness"],
      anyOf: [],
      withinMs: DAY_MS,
    } as const;
    const found = shown(
      [
        [0, {}],
        [23, { hard: {} }],
      ],
      own,
    );
    expect(values(found, "suite_missing")).toEqual([
      ["", 1],
      ["[hard]", 0],
      ["[robustness]", 1],
    ]);
    expect(
      values(
        shown(
          [
            [0, {}],
            [23, {}],
          ],
          own,
        ),
        "suite_missing",
      )[0],
    ).toEqual(["", 2]);
  });

  it("are not asked for in a lane that is never evaluated and whose policy says nothing", () => {
    expect(
      shown([
        [0, {}],
        [400, {}],
      ]).size,
    ).toBe(0);
  });
});

describe("old items", () => {
  it("make a lane of legacy suites when there are no others", () => {
    const old = { main: { ageDays: 400 }, long_tail: { ageDays: 380 } };
    const found = shown([
      [0, old],
      [14 * 24, old],
    ]);
    expect(found.get("suite_legacy")).toMatchObject({ value: 1, n: 2 });
    const fresh = shown([
      [0, old],
      [14 * 24, { ...old, temporal_holdout: { ageDays: 3 } }],
    ]);
    expect(fresh.get("suite_legacy")!.value).toBeCloseTo(2 / 3);
    expect(fresh.get("suite_legacy[temporal_holdout]")!.value).toBe(0);
  });

  it("grow older between runs", () => {
    const found = shown([
      [0, { main: { ageDays: 364 } }],
      [30, {}],
    ]);
    expect(found.get("suite_legacy[main]")!.value).toBe(1);
    expect(found.get("suite_legacy")).toBeUndefined();
  });
});

describe("who made and who judged", () => {
  it("counts judges of the whole lane, lately", () => {
    const one = { main: { judges: ["a@1"] }, hard: { judges: ["a@1"] } };
    expect(shown([[0, one]]).get("suite_judges")).toBeUndefined();
    expect(
      shown([
        [0, one],
        [14 * 24, one],
      ]).get("suite_judges"),
    ).toMatchObject({ value: 1, n: 2 });
    expect(shown([[0, { main: { judges: ["a@1", "b@2"] } }]]).get("suite_judges")!.value).toBe(2);
    const versions = { main: { judges: ["a@1", "a@2", "a"] } };
    expect(shown([[0, versions]]).get("suite_judges")).toBeUndefined();
    expect(
      shown([
        [0, { main: { judges: ["b@2"] } }],
        [15 * 24, one],
      ]).get("suite_judges")!.value,
    ).toBe(1);
    expect(
      shown([
        [0, { main: {} }],
        [14 * 24, { main: {} }],
      ]).get("suite_judges"),
    ).toBeUndefined();
  });

  it("takes the most real suite", () => {
    const made = { main: { madeShare: 0.9 }, shadow: { madeShare: 0.6 } };
    expect(shown([[0, made]]).get("suite_made_least")).toBeUndefined();
    expect(
      shown([
        [0, made],
        [14 * 24, made],
      ]).get("suite_made_least"),
    ).toMatchObject({ value: 0.6, n: 2 });
    expect(shown([[0, { ...made, external: { madeShare: 0 } }]]).get("suite_made_least")!.value).toBe(0);
  });
});

describe("a suite at its ceiling", () => {
  it("shows its score with interval, against .95", () => {
    const found = shown([
      [0, { main: { scores: { "m@1 accuracy": [297, 300] } }, hard: { scores: { x: [200, 300] } } }],
    ]);
    const { value, lo, z, nullMean, bucket } = found.get("suite_ceiling")!;
    expect([value, nullMean, bucket]).toEqual([0.99, 0.95, ""]);
    expect(z).toBeCloseTo(0.04 / Math.sqrt((0.95 * 0.05) / 300), 10);
    expect(lo).toBeGreaterThan(0.95);
    expect(found.get("suite_ceiling[hard]")!.z).toBeLessThan(0);
  });

  it("is not told from a few trials, nor from many runs of the same few", () => {
    const few = { main: { scores: { "m@1 accuracy": [20, 20] as const } } };
    const found = shown(Array.from({ length: 50 }, (_, i) => [i, few] as const));
    expect(found.get("suite_ceiling")).toBeUndefined();
  });
});

describe("the gap to paraphrases", () => {
  const gap = (main: readonly [number, number], paraphrase: readonly [number, number]) =>
    shown([
      [0, { main: { scores: { "m@1 accuracy": main, "m@1 f1": [90, 100] } } }],
      [5, { paraphrase: { scores: { "m@1 accuracy": paraphrase, "m@2 accuracy": [10, 100] } } }],
    ]);

  it("is that of one version and metric, with Newcombe's interval", () => {
    const found = gap([56, 70], [48, 80]);
    expect([...found.keys()].filter((name) => name.startsWith("paraphrase_gap"))).toEqual([
      "paraphrase_gap",
      "paraphrase_gap[m@1 accuracy]",
    ]);
    const { value, lo, hi, n, z } = found.get("paraphrase_gap")!;
    expect(value).toBeCloseTo(0.2, 12);
    expect(lo).toBeCloseTo(0.0524, 4);
    expect(hi).toBeCloseTo(0.3339, 4);
    expect(n).toBe(70);
    expect(z).toBeGreaterThan(2);
  });

  it("is the latest pair's", () => {
    const found = shown([
      [0, { main: { scores: { old: [90, 100] } }, paraphrase: { scores: { old: [50, 100] } } }],
      [9, { main: { scores: { "new": [90, 100] } }, paraphrase: { scores: { "new": [89, 100] } } }],
    ]);
    expect(found.get("paraphrase_gap")!.value).toBeCloseTo(0.01, 12);
    expect(found.get("paraphrase_gap[old]")!.value).toBeCloseTo(0.4, 12);
  });

  it("needs 30 trials of both, lately", () => {
    expect(gap([56, 70], [12, 29]).get("paraphrase_gap")).toBeUndefined();
    const old = shown([
      [0, { main: { scores: { x: [90, 100] } } }],
      [15 * 24, { main: {}, paraphrase: { scores: { x: [50, 100] } } }],
    ]);
    expect(old.get("paraphrase_gap")).toBeUndefined();
  });

  it("is none between two perfect scores", () => {
    expect(gap([70, 70], [80, 80]).get("paraphrase_gap")).toMatchObject({ value: 0, z: 0 });
  });
});

describe("the ledger", () => {
  it("comes back from a checkpoint as it was, inside the lane's series", () => {
    const whole = new LaneSeries();
    let restored = new LaneSeries();
    for (let at = 0; at < 30; at += 1) {
      const score = { "m@1 accuracy": [80 + (at % 15), 100] as const, [`m@${at}`]: [40, 60] as const };
      const rows = hour(at * 24, {
        main: { scores: score, ageDays: 300 + at, judges: [`j@${at % 3}`] },
        ...(at % 4 === 0 ? { paraphrase: { scores: score, madeShare: 0.5 } } : {}),
      });
      expect(restored.fold(rows, CATALOGUE)).toEqual(whole.fold(rows, CATALOGUE));
      restored = LaneSeries.fromJson(JSON.parse(JSON.stringify(restored.toJson())));
    }
    expect(restored.toJson()).toEqual(whole.toJson());
  });

  it("is bounded, whatever comes", () => {
    const ledger = new SuiteLedger();
    for (let at = 0; at < 100; at += 1) {
      const judges = Array.from({ length: 50 }, (_, i) => `j${at}-${i}`);
      const scores = Object.fromEntries(
        Array.from({ length: 50 }, (_, i) => [`m${at}-${i}`, [40, 60] as const]),
      );
      ledger.fold(hour(at, { main: { scores, judges }, [`own${at}`]: { scores } }), undefined);
    }
    const { judges, suites } = ledger.toJson() as { judges: unknown[]; suites: [string, ...unknown[]][] };
    expect(judges).toHaveLength(SUITE_JUDGES_MAX);
    expect(suites.map(([name]) => name)).toEqual(["main"]);
    expect(suites[0]!.at(-1)).toHaveLength(SUITE_SCORES_MAX);
  });

  it.each([
    [{ sinceMs: "x", judges: [], suites: [] }, "sinceMs"],
    [{ sinceMs: 0, judges: [["a"]], suites: [] }, "judges[0]"],
    [{ sinceMs: 0, judges: [], suites: [["nobody's", 0, null, null, null, []]] }, "suites[0]"],
    [{ sinceMs: 0, judges: [], suites: [["main", 0, null, 2, null, []]] }, "suites[0]"],
  ])("refuses a checkpoint that is not its own: %j", (json, field) => {
    expect(() => SuiteLedger.fromJson(json, "suites")).toThrow(field);
  });
});

describe("the rules that ship", () => {
  const policyFile = (name: string): string => join(import.meta.dirname, "../../../../infra/policy", name);
  const loaded = loadPolicyFiles({
    rulesPath: policyFile("rules.yaml"),
    lanesPath: policyFile("lanes.yaml"),
    catalogue: CATALOGUE,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const rules = loaded.rules.filter(({ segment }) => segment === "suites");

  function judged(hours: readonly (readonly [number, Readonly<Record<string, Run>>])[]) {
    const lane = new LaneSeries();
    let rows: WindowRecord[] = [];
    for (const [at, runs] of hours) {
      const own = hour(at, runs);
      rows = [...own, ...lane.fold(own, CATALOGUE)];
    }
    const { startMs, endMs } = rows[0]!;
    const group = {
      lane: "a",
      window: "decision",
      startMs,
      endMs,
      generation: 1,
      partition: 0,
      rows,
    } as const;
    return judgeWindow(group, rules, "v", CATALOGUE, testPolicy().defaults, new Map());
  }
  const bad: Run = { scores: { "m@1 accuracy": [297, 300] }, ageDays: 500, judges: ["a@1"], madeShare: 1 };
  const worse: Run = { ...bad, scores: { "m@1 accuracy": [240, 300] } };

  it("warn of everything, and hold nothing back", () => {
    const runs = { main: bad, paraphrase: worse };
    const { verdict, ladder } = judged([
      [0, runs],
      [14 * 24, runs],
    ]);
    expect(verdict.results.map(({ rule, warn, verdict: own }) => [rule, warn, own])).toEqual([
      ["suite_missing", true, "pass"],
      ["suite_legacy_only", true, "pass"],
      ["suite_saturated", true, "pass"],
      ["suites_made_by_models", true, "pass"],
      ["suite_single_judge", true, "pass"],
      ["paraphrase_gap", true, "pass"],
    ]);
    expect([verdict.verdict, verdict.families, ladder]).toEqual([
      "pass",
      [],
      { families: 0, conclusive: true, generation: false },
    ]);
  });

  it("say nothing of a lane that was just begun, so that its windows can be clean", () => {
    const { verdict, ladder } = judged([[0, { main: { ...worse, ageDays: 500 } }]]);
    expect(verdict.results.map(({ rule, warn }) => [rule, warn])).toEqual([["suite_saturated", false]]);
    expect(ladder.conclusive).toBe(true);
  });
});
