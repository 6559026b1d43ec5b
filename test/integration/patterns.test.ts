/** Error patterns and what they cost, in the real engine: the view, and the report over the SQL door. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REFUSED, readTraits } from "../../services/cli/patterns/pattern-history.ts";
import type { PatternReport } from "../../services/cli/patterns/pattern-report.ts";
import { TextAnalyser } from "../../services/core/analysis.ts";
import type { OutcomeCost } from "../../services/core/pattern/pattern-registry.ts";
import { TextWatch } from "../../services/core/pattern/text-watch.ts";
import type { Row } from "../../services/ports.ts";
import { REPOSITORY } from "../../services/print/printed-files.ts";
import { patternOf } from "../support/registry.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const NOW_MS = Date.now();
const HOUR_MS = 3_600_000;
/** The product's own lanes, which declare nothing. */
const LANES = readFileSync(join(REPOSITORY, "infra/policy/lanes.yaml"), "utf8");
const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset, NOW_MS);
}

function interaction(id: string, more: Row = {}): Row {
  const head = { id, lane: "a", bucket: "battery", model_id: "m", model_version: "2" };
  return { ...head, event_time: NOW_MS - HOUR_MS, ...origin("interactions.v1"), ...more };
}

function text(id: string, output: string, more: Row = {}): Row {
  return { id, kind: "interaction", lane: "a", output, ...origin("interactions.v1"), ...more };
}

function outcome(id: string, more: Row = {}): Row {
  return {
    ...{ id: `o-${offset}`, lane: "a", bucket: "battery", model_id: "m", model_version: "2" },
    interaction_id: id,
    interaction_time: NOW_MS - HOUR_MS,
    event_time: NOW_MS - HOUR_MS / 2,
    ...origin("outcomes.v1"),
    ...more,
  };
}

function value(metric: string, generation: number, more: Row): Row {
  return {
    ...{ lane: "grows", stage: "candidate", segment: "generated", window: "generation", metric, generation },
    start_time: NOW_MS - (10 - generation) * HOUR_MS,
    end_time: NOW_MS - (9 - generation) * HOUR_MS,
    status: "ok",
    ...origin("windows.v1"),
    ...more,
  };
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_patterns");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("the view interaction_outcomes", () => {
  it("has one row an interaction with outcomes, of each thing the latest that was said", async () => {
    const lane = { lane: "view" };
    await insertRows(test.store, "interactions", [
      interaction("i1", { ...lane, refused: true, product: "watch", region: "eu", channel: "app" }),
      interaction("i1", { ...lane, refused: false, ...origin("lab-1.interactions.v1") }),
      interaction("silent", lane),
    ]);
    await insertRows(test.store, "outcomes", [
      outcome("i1", { ...lane, resolved: true, complaint_type: "returned", cost: 5, cost_currency: "EUR" }),
      outcome("i1", { ...lane, resolved: false, event_time: NOW_MS, complaint_type: "alarm" }),
      outcome("i1", { ...lane, escalated: true, event_time: NOW_MS - 1_000, complaint_type: "alarm" }),
      outcome("gone", { ...lane, resolved: true }),
    ]);
    const rows = await test.store.query(
      "SELECT interaction_id, bucket, model, product, refused, unresolved, escalated, complaint_types, cost, cost_currency " +
        "FROM interaction_outcomes WHERE lane = 'view' AND run = '' ORDER BY interaction_id",
    );
    const head = { bucket: "battery", model: "m@2" };
    expect(rows).toEqual([
      {
        ...{ interaction_id: "gone", ...head, product: "", refused: null, unresolved: false },
        ...{ escalated: false, complaint_types: [], cost: null, cost_currency: "" },
      },
      {
        ...{ interaction_id: "i1", ...head, product: "watch", refused: true, unresolved: true },
        ...{ escalated: true, complaint_types: ["alarm", "returned"], cost: 5, cost_currency: "EUR" },
      },
    ]);
  });

  it("says what its columns mean", async () => {
    const rows = await test.store.query(
      "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'interaction_outcomes' AND comment != ''",
    );
    expect(rows.map(({ name }) => name)).toContain("escalated");
  });
});

const TICKET: OutcomeCost = {
  ...{ name: "ticket", lane: null, owner: "ann", cause: "escalated", complaintType: "" },
  ...{ unitCost: 12, currency: "EUR" },
};

describe("traits of replies in history", () => {
  it("are met where the metrics meet them", async () => {
    const patterns = [
      patternOf("blanket", "not covered", "battery's fault"),
      patternOf("quoted", 'say "no\\" \' twice', "50 %"),
      patternOf("cjk", "不在保修范围"),
    ];
    const replies = [
      "It is NOT\n covered.",
      "It is not, covered",
      "notcovered; not covered5",
      "The battery\u2019s fault!",
      "the BATTERY'S fault",
      'We say \u201cno\u201d; say "no\\" \' twice',
      "5,50 % off",
      "50 % off, uncovered, knot covered",
      "您的电池不在保修范围内",
      "不在 保修范围",
      "\uff2e\uff4f\uff54 covered",
      "",
    ];
    const lane = { lane: "words" };
    await insertRows(
      test.store,
      "texts",
      replies.map((reply, i) => text(`w${i}`, reply, lane)),
    );
    await insertRows(
      test.store,
      "outcomes",
      // Each in a bucket of its own, so that a trait can be told from the bucket.
      replies.map((_reply, i) => outcome(`w${i}`, { ...lane, bucket: `b${i}` })),
    );
    const question = { address: test.url, run: "", lane: "words", controls: [], sinceMs: 0 };
    const strata = await readTraits(question, patterns, [TICKET]);
    const analyser = new TextAnalyser();
    const watch = new TextWatch({ patterns, facts: [], costs: [] });
    const times = (name: string): number =>
      strata.get(name)![0]!.reduce((sum, { exposed }) => sum + exposed.trials, 0);
    const found = replies.flatMap((reply) => watch.read(analyser.analyseString(reply), 0, null).patterns!);
    for (const { name } of patterns) {
      expect([name, times(name)]).toEqual([name, found.filter((own) => own === name).length]);
    }
    expect(times("blanket")).toBeGreaterThan(2);
    expect(times(REFUSED)).toBe(0);
  });
});

describe("plumbline patterns report", () => {
  const lanes = join(dir.path, "lanes.yaml");
  const report = (...args: string[]) =>
    runCommand(["patterns", "report", "--lanes", lanes, ...args], {
      cwd: dir.path,
      env: { CLICKHOUSE_URL: test.url },
    });

  it("names a pattern that doubles, how the judge lets it pass, and what it costs in needless tickets", async () => {
    writeFileSync(
      lanes,
      `${LANES}
patterns:
  - { name: blanket, owner: ann, since: 2026-01-01, phrases: [not covered by warranty] }
  - { name: steady, owner: bo, since: 2026-01-01, phrases: [as a valued customer] }
costs:
  - { name: ticket, owner: ann, cause: escalated, unitCost: 12, currency: EUR }
  - { name: return, owner: ann, cause: complaint, complaintType: returned, unitCost: 40, currency: EUR }
`,
    );
    const shares = [0.01, 0.02, 0.04, 0.08, 0.16].flatMap((share, i) => {
      const own = (metric: string, name: string, more: Row) =>
        value(metric, i + 1, { bucket: name, ...more });
      return [
        own("error_pattern_share", "", { n: 5_000, value: share + 0.03 }),
        own("error_pattern_share", "blanket", { n: 5_000, value: share }),
        own("error_pattern_share", "steady", { n: 5_000, value: 0.03 }),
        own("error_pattern_accepted", "", { segment: "all", n: 2_000, value: share * 1.5 }),
        own("error_pattern_accepted", "blanket", { segment: "all", n: 2_000, value: share * 1.5 }),
        own("error_pattern_survival", "blanket", {
          segment: "all",
          n: 99,
          value: 1.6,
          lo: 1.4,
          hi: 1.8,
          z: 9,
        }),
      ];
    });
    const rise = value("error_pattern_rise", 5, {
      ...{ bucket: "candidate/blanket", stage: "reply", segment: "patterns", window: "decision" },
      ...{ n: 9_000, value: 0.1, lo: 0.09, hi: 0.11, e: 5_000, ...origin("series.v1") },
    });
    const fact = value("fact_out_of_scope_share", 5, {
      ...{ bucket: "two-years", window: "decision", n: 40, value: 0.25 },
    });
    await insertRows(test.store, "windows", [...shares, rise, fact]);
    // In either bucket a reply with the pattern leads to a ticket 20 points more often; tickets are commoner in one.
    const of = (count: number, name: string, own: (i: number) => Row) =>
      Array.from({ length: count }, (_, i) => ({ id: `${name}${i}`, ...own(i) }));
    const used = [
      ...of(400, "x", (i) => ({
        bucket: "battery",
        says: i < 300,
        ticket: i < 300 ? i % 2 === 0 : i % 10 < 3,
      })),
      ...of(400, "y", (i) => ({ bucket: "refund", says: i < 100, ticket: i < 100 ? i % 5 === 0 : false })),
    ] as { id: string; bucket: string; says: boolean; ticket: boolean }[];
    const lane = { lane: "grows" };
    await insertRows(
      test.store,
      "texts",
      used.map(({ id, says }) => text(id, says ? "It is NOT covered by warranty." : "It is covered.", lane)),
    );
    await insertRows(
      test.store,
      "outcomes",
      used.map(({ id, bucket, ticket }) => outcome(id, { ...lane, bucket, escalated: ticket })),
    );
    const { code, stdout, stderr } = await report("--lane", "grows", "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const found = JSON.parse(stdout) as PatternReport;
    const [blanket, steady] = found.patterns;
    expect(blanket).toMatchObject({ name: "blanket", owner: "ann", verdict: "breach" });
    expect(blanket!.growth.candidate!.factor).toBeCloseTo(2, 1);
    expect(blanket!.generations.map(({ candidate }) => candidate!.found)).toEqual([50, 100, 200, 400, 800]);
    expect(blanket!.generations.at(-1)).toMatchObject({ accepted: { n: 2_000, found: 480 }, reply: null });
    expect(blanket!.survival).toEqual({ generation: 5, value: 1.6, lo: 1.4, hi: 1.8 });
    const [ticket, returned] = blanket!.costs;
    expect(ticket).toMatchObject({ cost: "ticket", withTrait: { successes: 170, trials: 400 } });
    expect(ticket!.excess!.value).toBeCloseTo(0.2, 12);
    expect(ticket!.total!.value).toBeCloseTo(0.2 * 400 * 12, 9);
    expect(returned!.excess!.value).toBe(0);
    expect(steady).toMatchObject({ verdict: "pass", reasons: [], survival: null });
    expect(steady!.growth.candidate!.factor).toBeCloseTo(1, 2);
    expect(found.facts).toEqual([expect.objectContaining({ fact: "two-years", n: 40, found: 10 })]);
    const shown = (await report("--lane", "grows")).stdout;
    expect(shown).toContain("blanket: it grows from generation to generation (candidate)");
    expect(shown).toMatch(/blanket +5 +0\.16 of 5000 +0\.24 of 2000 +- +-/);
    expect(shown).toMatch(/blanket +ticket +400 +\+0\.2 .* 960 EUR/);
  });

  it("cannot tell without patterns or history, and says so", async () => {
    const nothing = await report("--lane", "empty");
    expect(nothing.code).toBe(3);
    expect(nothing.stdout).toContain("no generation has ended in this time");
    writeFileSync(lanes, LANES);
    const { code, stdout } = await report("--lane", "grows");
    expect(code).toBe(3);
    expect(stdout).toContain("no error pattern is declared for lane grows");
  });
});
