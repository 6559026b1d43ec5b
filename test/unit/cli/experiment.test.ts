import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import { gradientPlot } from "../../../services/cli/experiment/gradient-plot.ts";
import { planHash, settingsHashOf } from "../../../services/cli/experiment/plan-hash.ts";
import { firstOf, planRecord } from "../../../services/cli/experiment/plan-record.ts";
import { publishPlan } from "../../../services/cli/experiment/publish-plan.ts";
import { readPlan } from "../../../services/cli/experiment/read-plan.ts";
import type { ExperimentResult } from "../../../services/core/experiment/match-results.ts";
import type { Plan } from "../../../services/core/experiment/plan.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";
import { fallingTail, resultsOf, testPlan } from "../../support/experiment.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const run = (...args: string[]) => runCommand(["experiment", ...args], { cwd: dir.path });

/** The file of a plan. JSON is YAML. */
function planText({ id, ablations, notes, ...plan }: Plan): string {
  const metrics = plan.metrics.map(({ delta, ...metric }) => ({
    ...Object.fromEntries(Object.entries(metric).filter(([, value]) => value !== "")),
    ...(delta === null ? {} : { delta }),
  }));
  return JSON.stringify({ experiment: id, ...plan, metrics, ablations, ...(notes === "" ? {} : { notes }) });
}

function write(name: string, text: string): string {
  writeFileSync(join(dir.path, name), text);
  return name;
}

function lines(results: readonly ExperimentResult[], experimentId = "e1"): string {
  return results
    .map(({ madeMs, ...result }) =>
      JSON.stringify({
        ...result,
        eventTime: madeMs,
        experimentId,
        runId: "r",
        modelId: "m",
        modelVersion: "1",
      }),
    )
    .join("\n");
}

const PLAN = testPlan();
const RESULTS = resultsOf(PLAN, fallingTail);

beforeAll(() => {
  write("plan.yaml", planText(PLAN));
  write("results.jsonl", lines(RESULTS));
});

const FILES = ["--plan", "plan.yaml", "--results", "results.jsonl"];

describe("experiment plan", () => {
  it("reads a plan as it is meant, in whatever order", () => {
    expect(readPlan("p", planText(PLAN))).toEqual({ ok: true, plan: PLAN });
    const turned = { ...PLAN, seeds: PLAN.seeds.toReversed(), metrics: PLAN.metrics.toReversed() };
    expect(readPlan("p", planText(turned))).toEqual({ ok: true, plan: PLAN });
    expect(settingsHashOf(["b", "a"])).toBe(settingsHashOf(["a", "b"]));
  });

  it("names every problem with its line and what is allowed", async () => {
    const text = [
      "experiment: e1",
      "lane: a/b",
      "author: ann",
      "ratios: [0.1, 0.3, 1.5]",
      "seeds: [1, 2, 12345678901234567890]",
      "metrics:",
      "  - {suite: main, role: mian}",
      "  - {suite: long_tail, role: tail}",
      "ablations:",
      "  - {arm: no-judge, remove: [judge_filter], ratio: 0.3}",
      "setings: []",
    ];
    const { code, stdout, stderr } = await run("plan", "--check", write("bad.yaml", text.join("\n")));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("bad.yaml:4: ratios[2] is 1.5, must be within 0..1");
    expect(stderr).toContain("bad.yaml:5: seeds[2] is a number that is not exact; write it in quotes");
    expect(stderr).toMatch(
      /bad\.yaml:7: metrics\[0\]\.role is "mian"; did you mean "main"\? allowed: main, tail/,
    );
    expect(stderr).toMatch(/bad\.yaml:10: unknown key ablations\[0\]\.remove; did you mean "removes"/);
    expect(stderr).toMatch(/bad\.yaml:11: unknown key setings; did you mean "settings"/);
    const whole = planText({ ...PLAN, ratios: [0.1, 0.3, 0.5] }).replace(',"seeds"', '\n,"seeds"');
    const second = await run("plan", "--check", write("bad2.yaml", `\n${whole}`));
    expect(second.stderr).toContain("bad2.yaml:2: ratios has no 0");
  });

  it("prints what every result must carry, with --json as one document", async () => {
    const { code, stdout } = await run("plan", "--check", "plan.yaml", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      outcome: "checked",
      planHash: planHash(PLAN),
      publishedMs: null,
      runs: 25,
      plan: PLAN,
    });
    expect((await run("plan", "plan.yaml")).stderr).toContain("nothing runs in");
    expect((await run("plan", "nosuch.yaml")).stderr).toContain(
      "nosuch.yaml cannot be read: there is no such file",
    );
  });

  it("is published once; the first of an id counts", async () => {
    const broker = new MemoryBroker({ nowMs: () => 5 });
    broker.createDeclaredTopics("t-", 4);
    const planLog = { log: broker.open(), codec: createCodec(), names: new TopicNames("t-") };
    expect(await publishPlan(planLog, PLAN, 1)).toEqual({ outcome: "published" });
    expect(await publishPlan(planLog, PLAN, 2)).toEqual({ outcome: "already_published", publishedMs: 5 });
    const other = await publishPlan(planLog, { ...PLAN, lane: "c", author: "bob" }, 3);
    expect(other).toMatchObject({ outcome: "id_taken", by: { hash: planHash(PLAN), publishedMs: 5 } });
    expect(await publishPlan(planLog, { ...PLAN, id: "e2" }, 4)).toEqual({ outcome: "published" });
  });

  it("from the log is believed only where record, hash and content agree", () => {
    const { details, lane } = planRecord(PLAN, 1);
    const claim = {
      lane,
      experimentId: "e1",
      json: details!.plan!,
      hash: details!.planHash!,
      publishedMs: 7,
    };
    expect(firstOf([claim])).toEqual({
      first: { plan: PLAN, hash: planHash(PLAN), publishedMs: 7 },
      later: [],
      unreadable: 0,
    });
    const changed = testPlan({ author: "bob" });
    const later = { ...claim, json: JSON.stringify(changed), hash: planHash(changed), publishedMs: 9 };
    const forged = [
      { ...claim, hash: "0" },
      { ...claim, lane: "c" },
      { ...claim, experimentId: "e2" },
      { ...claim, json: "{" },
    ];
    const found = firstOf([...forged, claim, later, claim]);
    expect(found).toMatchObject({
      first: { hash: claim.hash },
      later: [{ hash: later.hash }],
      unreadable: 4,
    });
    expect(firstOf(forged).first).toBeNull();
  });
});

describe("experiment status", () => {
  it("ends with 0 when all is there, with 3 and the names of what is not", async () => {
    expect((await run("status", ...FILES)).code).toBe(0);
    const results = [
      ...RESULTS.slice(2),
      { ...RESULTS[2]!, id: "again", value: 0 },
      { ...RESULTS[0]!, id: "other-settings", settingsHash: "ffff" },
    ];
    write("some.jsonl", `${lines(results)}\n{broken\n${lines([RESULTS[0]!], "e9")}`);
    const { code, stdout } = await run("status", "--plan", "plan.yaml", "--results", "some.jsonl");
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ratio-0 +0 +long_tail\/accuracy +missing +0\.\d+/m);
    expect(stdout).toMatch(/^ratio-0 +0 +robustness\/accuracy +contradicts/m);
    expect(stdout).toContain("72 of 75 planned results are there, 2 missing, 1 contradicting");
    expect(stdout).toContain("other-settings: settings_differ, settings ffff, planned 5e77");
    expect(stdout).toContain("again: contradicting, arm ratio-0, seed 1: 2 numbers");
    expect(stdout).toContain("1 lines not used, json_invalid");
    expect(stdout).toContain("1 results of other experiments, or of none, are passed over");
    const json = await run("status", "e1", "--plan", "plan.yaml", "--results", "some.jsonl", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      complete: false,
      publishedMs: null,
      matched: { unusedCounts: { settings_differ: 1, contradicting: 2 } },
    });
  });

  it.each([
    [["status"], "name an experiment, or give --plan"],
    [["status", "e1"], "or set CLICKHOUSE_URL"],
    [["report", "--plan", "plan.yaml"], "--plan and --results go together"],
    [["report", "e2", ...FILES], "plan.yaml is the plan of e1, not of e2"],
    [["report", ...FILES, "--share-to", "30%"], "A share of 0..1 is expected"],
    [["report", ...FILES, "--share-from", "0.1"], "--share-from needs --share-to"],
    [["report", ...FILES, "-o", "nosuch/dir/r.html"], "cannot be written (ENOENT)"],
    [["report", "--plan", "plan.yaml", "--results", "plan.yaml"], "none of its lines can be used"],
  ])("%j ends with 2 and says what to do", async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });
});

describe("experiment report", () => {
  it("ends with 0 for a cap, 3 where something is missing, 1 for an increase it does not support", async () => {
    const found = await run("report", ...FILES);
    expect(found.code).toBe(0);
    expect(found.stdout).toContain("cap 0.3: the largest tested share");
    write("short.jsonl", lines(RESULTS.slice(1)));
    const short = await run("report", "--plan", "plan.yaml", "--results", "short.jsonl");
    expect(short.code).toBe(3);
    expect(short.stdout).toContain("inconclusive: 1 of 75 planned results are missing");
    const raised = await run("report", ...FILES, "--share-to", "0.5", "--json");
    expect(raised.code).toBe(1);
    expect(JSON.parse(raised.stdout)).toMatchObject({
      verdict: "pass",
      cap: { ratio: 0.3 },
      changes: [{ verdict: "breach", reasons: ["experiment_unpublished", "above_cap"] }],
    });
    expect((await run("report", ...FILES, "--share-from", "0.5", "--share-to", "0.3")).code).toBe(0);
  });

  it("keeps hostile names names, on the terminal and on the page", async () => {
    const names = HOSTILE_NAMES.filter((name) => /^[^\p{Cc}\p{Cs}\uFFFD]{1,64}$/u.test(name));
    const suites = names.filter((name) => /^['"<_\u05e9]/.test(name));
    expect(suites).toContain("<script>alert(1)</script>");
    const plan = testPlan({
      id: "<b onload='x'>&",
      author: "\u202eann</title>",
      metrics: [
        ...testPlan().metrics,
        ...suites.map((suite) => ({ ...testPlan().metrics[0]!, suite, role: "main" as const, delta: null })),
      ],
      seeds: ["<u>", "__proto__", "constructor"],
    });
    write("hostile.yaml", planText(plan));
    const results = resultsOf(plan, fallingTail);
    const stray = { ...results[0]!, id: '"><img src=x onerror=alert(1)>', seed: "<i>" };
    write("hostile.jsonl", lines([...results, stray], plan.id));
    const { code, stdout, stderr } = await run(
      "report",
      "--plan",
      "hostile.yaml",
      "--results",
      "hostile.jsonl",
      "-o",
      "h.html",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toMatch(/[\u202a-\u202e]/);
    const page = readFileSync(join(dir.path, "h.html"), "utf8");
    expect(page.match(/<script|<img|<[iub]\b|<\/title>ann|[\u202a-\u202e]/)).toBeNull();
    for (const shown of [
      "&lt;script&gt;alert(1)&lt;/script&gt;",
      "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;",
    ]) {
      expect(page.includes(shown)).toBe(true);
    }
  });

  it("draws nothing where there is nothing, and a flat curve as one", () => {
    const metric = PLAN.metrics[0]!;
    const none = { ratio: 0, n: 0, mean: null, interval: null, gain: null };
    const base = { metric, quadratic: null, break: { status: "insufficient" } } as const;
    expect(gradientPlot("x", { ...base, points: [none] }, null)).toBe("");
    const flat = [0, 0.5, 1].map((ratio) => ({ ...none, ratio, n: 1, mean: 0 }));
    const plot = gradientPlot("x", { ...base, points: flat }, 0.5);
    expect(plot.match(/<circle/g)?.length).toBe(3);
    expect(plot).not.toContain("NaN");
  });
});
