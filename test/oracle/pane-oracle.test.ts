/** The services against the oracle: faulty streams, kills, and rows changed on purpose, which it must find. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import type { WindowRecord } from "../../services/core/records.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import {
  commandOf,
  evaluationOf,
  interactionOf,
  LANE,
  manifestOf,
  outcomeOf,
  reportOf,
  sampleOf,
} from "../support/producers.ts";
import { compareWindows } from "./compare-windows.ts";
import { compareVerdicts, decisionDifferences } from "./decision-log.ts";
import { expectedDispositions } from "./dispositions.ts";
import { memoryRecords } from "./memory-records.ts";
import type { OracleRecord } from "./oracle-record.ts";
import { type ExpectedPane, expectedPanes, type OracleOptions, oracleOptions } from "./pane-oracle.ts";

const LANES = [LANE, "billing", "search"];
const POLICY = testPolicy(
  { windows: ["5m"], lanes: [{ ...testPolicy().defaults, lane: "search", enforce: false }] },
  {
    decisionTextsMin: 40,
    decisionMs: 10_000,
    decisionMsMax: 60_000,
    userSegments: ["new"],
    controlSegments: ["people"],
  },
);
const OPTIONS: OracleOptions = { ...oracleOptions(POLICY), reference: false };
const STEPS = 40;
/** What is sent again is one of the last so many: an older one would be late, and no repeat. */
const RECENT = 40;
const WORDS = "the parcel came late so we sent your money back and said sorry again".split(" ");
/** What replies are told apart by: assent, questions, sources, refusals, formulas, and nothing at all. */
const SAYINGS = [
  "Yes.",
  "Which one?",
  "According to the 7 rules.",
  "I can\u2019t help.",
  "Feel free to ask!",
  "…",
];

/** Perplexities by two models, on items of two origins. */
function measured(pick: <T>(some: readonly T[]) => T) {
  return {
    itemOrigin: pick(["model_generated", "human_direct"] as const),
    perplexity: pick([null, 12, 40]),
    perplexityModel: pick(["lm@1", "lm@2"]),
    tokenizerId: "bpe",
  };
}

/** Writes a stream with disorder, late records, repeats and rubbish; kills the services now and then. */
async function play(run: MemoryRun, seed: number): Promise<void> {
  const random = new Random(`oracle ${seed}`);
  const pick = <T>(some: readonly T[]): T => some[random.below(some.length)]!;
  let samples = 0;
  let next = 0;
  const sent: ReturnType<typeof sampleOf>[] = [];
  const head = () => ({
    lane: pick(LANES),
    bucket: pick(["", "refund", "rare"]),
    eventTime: run.nowMs - (random.below(30) === 0 ? 20_000 + random.below(60_000) : random.below(4_900)),
  });
  const words = () => Array.from({ length: 1 + random.below(14) }, () => pick(WORDS)).join(" ");
  const fresh = () => {
    const origin = random.below(3) === 0 ? "human_direct" : "model_generated";
    const over = { origin, output: words(), licence: random.below(20) === 0 ? null : "CC0-1.0" } as const;
    const judge = pick(["strict", "gen"]);
    const judgement = {
      judgeId: judge,
      judgeVerdict: pick(["accept", " Accepted ", "reject", "unsure", null]),
    };
    return sampleOf(`s${next++}`, { ...head(), ...over, ...judgement });
  };
  const reply = () => ({
    request: random.below(4) === 0 ? null : words(),
    response: pick(["", `${pick(SAYINGS)} `]) + pick([words(), "", `${words()}. ${pick(SAYINGS)}`]),
    refused: random.below(20) === 0,
    modelVersion: pick(["1", "2"]),
    turn: pick([null, 0, 1]),
    interrupted: pick([null, true, false]),
  });
  for (let step = 0; step < STEPS; step += 1) {
    run.nowMs += random.below(2_000);
    const batch = Array.from({ length: 5 + random.below(20) }, () =>
      sent.length > 0 && random.below(10) === 0 ? pick(sent.slice(-RECENT)) : fresh(),
    );
    sent.push(...batch);
    await run.send("samples", batch);
    samples += batch.length;
    if (random.below(4) === 0) {
      await run.write("samples", [Uint8Array.of(1, 2, 3), run.codec.encode("samples", fresh()).slice(0, 40)]);
      samples += 2;
    }
    // A topic is now and then silent for several panes.
    if (step % 20 < 14) {
      const some = (count: number) => Array.from({ length: random.below(count) }, () => `r${next++}`);
      await run.send(
        "interactions",
        some(9).map((id) => interactionOf(id, { ...head(), ...reply() })),
      );
      await run.send(
        "outcomes",
        some(6).map((id) =>
          outcomeOf(id, {
            ...head(),
            resolved: pick([true, false, null]),
            segment: pick(["", "new", "old", "people"]),
          }),
        ),
      );
      await run.send(
        "evaluations",
        some(4).map((id) =>
          evaluationOf(id, {
            ...head(),
            suite: pick(["main", "odd"]),
            judgeId: pick([null, "strict", "gen"]),
            ...measured(pick),
          }),
        ),
      );
      await run.send(
        "training",
        some(3).map((id) =>
          reportOf(id, { ...head(), runId: pick(["r1", "r2"]), loss: pick([null, 2.5, 3]) }),
        ),
      );
      await run.write("interactions", [run.codec.encode("interactions", interactionOf("", head()))]);
    }
    if (step === 15) await run.send("commands", [commandOf("freeze", { actor: "bob" })]);
    if (step === 30) await run.send("commands", [commandOf("resume", { kind: "resume" })]);
    if (step % 13 === 5) await run.send("training", [manifestOf(`m${step}`, head())]);
    if (step % 3 === 0) await run.passTime(random.below(3_000));
    if (random.below(12) === 0) {
      await run.kill();
      run.restart();
    }
  }
  await run.untilJudged(samples);
  // Past the end of every pane, and of the five minutes that are under way.
  await run.passTime(310_000);
  // What was unreadable is set aside when a pane closes.
  await run.send("interactions", [interactionOf("last", { eventTime: run.nowMs, response: "the end" })]);
  await run.passTime(20_000);
}

const isJudged = ({ window }: ExpectedPane) => window === "decision" || window === "generation";

describe("the services over a faulty stream", () => {
  let run: MemoryRun | null = null;
  afterEach(() => run?.kill());

  it.each([1, 2])("give what the oracle counts, seed %i", async (seed) => {
    const own = new MemoryRun({ policy: POLICY });
    run = own;
    await play(own, seed);
    const expected = expectedPanes(memoryRecords(own), OPTIONS);
    await own.until("all windows", () => own.values("windows").length >= expected.length);
    const records = memoryRecords(own);
    expect(compareWindows(expected, own.read("windows"))).toEqual([]);
    expect(expectedDispositions(records, OPTIONS)).toEqual([]);
    const counts = (field: "late" | "repeated") => expected.reduce((sum, row) => sum + row[field], 0);
    expect(Math.min(counts("late"), counts("repeated"))).toBeGreaterThan(10);
    expect(new Set(expected.map(({ window }) => window))).toEqual(
      new Set(["pane", "decision", "generation", "5m"]),
    );
    const windows = new Set(
      expected.filter(isJudged).map(({ lane, window, startMs }) => `${lane} ${window} ${startMs}`),
    );
    await own.until("all verdicts", () => own.values("verdicts").length >= windows.size);
    const log = memoryRecords(own);
    expect(compareVerdicts(expected, log)).toEqual([]);
    expect(decisionDifferences(log)).toEqual([]);
    expect(own.values("decisions").length).toBeGreaterThan(1);
    expect(records.some(({ headers }) => headers.plumbline?.includes("subject_frozen"))).toBe(true);
  });
});

describe("over a broker whose clock is set back", () => {
  const run = new MemoryRun({ policy: POLICY });
  afterEach(() => run.kill());

  it("windows stay exact, and nothing is late that was not", async () => {
    const appended: number[] = [];
    for (let step = 0; step < 12; step += 1) {
      // The broker's clock gives append times; producers' clocks go on.
      const eventMs = RUN_START_MS + step * 3_000;
      run.nowMs = step < 6 ? eventMs : eventMs - 120_000;
      appended.push(run.nowMs);
      await run.send("samples", [sampleOf(`s${step}`, { eventTime: eventMs })]);
      await run.send("outcomes", [outcomeOf(`o${step}`, { eventTime: eventMs })]);
    }
    await run.untilJudged(12);
    expect(Math.min(...appended)).toBeLessThan(RUN_START_MS);
    await run.passTime(180_000);
    const expected = expectedPanes(memoryRecords(run), OPTIONS);
    await run.until("the windows", () => run.values("windows").length >= expected.length);
    expect(compareWindows(expected, run.read("windows"))).toEqual([]);
    expect(expected.reduce((sum, { late }) => sum + late, 0)).toBe(0);
    const panes = expected.filter(
      ({ window, stage, segment }) => window === "pane" && stage === "reply" && segment === "all",
    );
    expect(panes.reduce((sum, { n }) => sum + n, 0)).toBe(12);
  });
});

describe("the oracle finds", () => {
  let run: MemoryRun;
  let records: OracleRecord[];
  let expected: readonly ExpectedPane[];
  let rows: readonly WindowRecord[];

  beforeAll(async () => {
    run = new MemoryRun({ policy: POLICY });
    const at = (s: number) => ({ eventTime: RUN_START_MS + s * 1_000 });
    await run.send("samples", [
      sampleOf("a", at(1)),
      sampleOf("b", at(2)),
      sampleOf("c", at(7)),
      sampleOf("b", at(8)),
    ]);
    await run.send("outcomes", [outcomeOf("o", at(3)), outcomeOf("p", at(4))]);
    await run.untilJudged(4);
    await run.passTime(20_000);
    await run.send("training", [manifestOf("m", at(20))]);
    await run.send("outcomes", [outcomeOf("late", at(5))]);
    await run.passTime(20_000);
    const panes = expectedPanes(memoryRecords(run), OPTIONS).length;
    await run.until("the panes", () => run.values("windows").length >= panes);
    await run.until("the verdict", () => run.values("verdicts").length > 0);
    await run.kill();
    records = memoryRecords(run);
    expected = expectedPanes(records, OPTIONS);
    rows = run.read("windows");
  });

  const index = (stage: string, segment: string) =>
    rows.findIndex((row) => row.stage === stage && row.segment === segment && row.window === "pane");

  it("nothing wrong with rows that are right", () => {
    expect(expected.length).toBeGreaterThan(8);
    expect(compareWindows(expected, rows)).toEqual([]);
  });

  it.each([
    ["n", { n: 3 }, /n 3, expected 2/],
    ["late", { late: 1 }, /late 1, expected 0/],
    ["repeated", { repeated: 1 }, /repeated 1, expected 0/],
    ["the generation", { generation: 2 }, /generation 2, expected 1/],
    ["the end", { endMs: RUN_START_MS + 10_000 }, /endMs \d+, expected \d+/],
    ["incomplete", { incomplete: true }, /incomplete true, expected false/],
    ["its results", { results: [] }, /volume: 0 results, expected 1/],
  ])("a row that is off in %s", (_what, over, message) => {
    const at = index("candidate", "all");
    const differences = compareWindows(expected, rows.with(at, { ...rows[at]!, ...over }));
    expect(differences.join("\n")).toMatch(message);
    expect(differences.every((difference) => difference.startsWith(`${LANE} candidate all pane`))).toBe(true);
  });

  it("a value that is off by a millionth of one", () => {
    const at = index("reply", "all");
    const row = rows[at]!;
    const results = row.results.map((result) => ({ ...result, value: result.value! - 2e-6 }));
    expect(compareWindows(expected, rows.with(at, { ...row, results })).join()).toMatch(
      /online_success 0.99/,
    );
  });

  it("evidence of a text that is not in the window", () => {
    const at = index("candidate", "generated");
    const evidence = ["a", "stranger"];
    expect(compareWindows(expected, rows.with(at, { ...rows[at]!, evidence })).join()).toMatch(
      /evidence of others: stranger/,
    );
  });

  it("a row that is missing, one that is there twice, and one too many", () => {
    const at = index("candidate", "all");
    expect(compareWindows(expected, rows.toSpliced(at, 1))).toEqual([
      expect.stringMatching(/candidate all pane .*: 0 rows, expected 1/),
    ]);
    expect(compareWindows(expected, [...rows, rows[at]!])).toEqual([
      expect.stringMatching(/candidate all pane .*: 2 rows, expected 1 and no more/),
    ]);
    const late = { ...rows[at]!, startMs: RUN_START_MS + 60_000, endMs: RUN_START_MS + 65_000 };
    expect(compareWindows(expected, [...rows, late])).toEqual([
      expect.stringMatching(/candidate all pane .*: 1 rows, expected none/),
    ]);
  });

  it("a late record that was booked in the pane of its event time", () => {
    const panes = rows.filter(
      (row) => row.stage === "reply" && row.window === "pane" && row.segment === "all",
    );
    expect(panes.map(({ n, late }) => [n, late])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    const moved = rows.flatMap((row) =>
      row === panes[0] ? [{ ...row, late: 1, incomplete: true }] : row === panes[1] ? [] : [row],
    );
    expect(compareWindows(expected, moved)).toHaveLength(3);
  });

  it("a late record that was booked twice", () => {
    const at = rows.findIndex((row) => row.stage === "reply" && row.late === 1 && row.window === "pane");
    expect(compareWindows(expected, rows.with(at, { ...rows[at]!, late: 2 }))).toEqual([
      expect.stringMatching(/late 2, expected 1/),
    ]);
  });

  it("a sample that got lost, and one that came out twice", () => {
    const at = records.findIndex(({ topic, value }) => topic === "admitted" && value?.id === "c");
    expect(expectedDispositions(records.toSpliced(at, 1), OPTIONS)).toEqual([
      "samples/0/2 came out 0 times, expected once",
    ]);
    const copy = { ...records[at]!, topic: "quarantined" as const, offset: 1_000 };
    expect(expectedDispositions([...records, copy], OPTIONS)).toContain(
      "samples/0/2 came out 2 times, expected once (admitted, quarantined)",
    );
  });

  it("a verdict that is missing, and one that is there twice", () => {
    expect(compareVerdicts(expected, records)).toEqual([]);
    const at = records.findIndex(({ topic, value }) => topic === "verdicts" && value !== null);
    expect(compareVerdicts(expected, records.toSpliced(at, 1))).toEqual([
      expect.stringMatching(/0 verdicts, expected 1/),
    ]);
    expect(compareVerdicts(expected, [...records, { ...records[at]!, offset: 9_999 }])).toEqual([
      expect.stringMatching(/2 verdicts, expected 1/),
    ]);
  });
});
