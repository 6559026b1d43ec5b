/** `suite check` on files, and `suite list` against a stand-in for ClickHouse's HTTP interface; the real one is in the integration tests. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visible } from "../../../services/cli/table.ts";
import { Random } from "../../../services/core/random.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { type CommandRun, makeTempDir, runCommand } from "../../support/run-command.ts";
import { SyntheticTexts } from "../../support/synthetic-texts.ts";

const dir = makeTempDir();
const DAY_MS = 86_400_000;
let server: Server;
let address = "";
let versions: readonly object[] = [];
let admitted: readonly object[] = [];

function write(name: string, lines: readonly unknown[]): void {
  writeFileSync(join(dir.path, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const run = (...args: string[]): Promise<CommandRun> => runCommand(["suite", ...args], { cwd: dir.path });
const asked = (...args: string[]): Promise<CommandRun> =>
  runCommand(["suite", ...args], { cwd: dir.path, env: { CLICKHOUSE_URL: address } });

const maker = new SyntheticTexts(new Random("suite check"));
const text = (): { readonly text: string } => ({ text: maker.text(200) });
const ITEMS = Array.from({ length: 60 }, (_, i) => ({ id: `q${i}`, ...text() }));
const REAL = Array.from({ length: 300 }, text);

beforeAll(async () => {
  write("items.jsonl", ITEMS);
  write("real.jsonl", REAL);
  write("clean.jsonl", Array.from({ length: 300 }, text));
  write("leaky.jsonl", [
    ...Array.from({ length: 300 }, text),
    { text: `Well: ${ITEMS[7]!.text.toUpperCase()}!` },
    ITEMS[9],
  ]);
  write("few.jsonl", Array.from({ length: 5 }, text));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const rows = body.includes("FROM suites") ? versions : body.includes("FROM texts") ? admitted : [];
      response.end(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  dir.remove();
});

describe("suite check", () => {
  it("passes a suite that is nowhere in the training texts", async () => {
    const { code, stdout, stderr } = await run(
      "check",
      "items.jsonl",
      "--training",
      "clean.jsonl",
      "--reference",
      "real.jsonl",
    );
    expect(stderr).toBe("");
    expect(stdout).toContain("PASS: 60 items, 300 training texts, 300 real texts");
    expect(stdout).toContain("verbatim   pass: 0 of 60 items (0 %,");
    expect(stdout).toContain("style      pass");
    expect(code).toBe(0);
  });

  it("names the items that leaked, whatever their case and punctuation", async () => {
    const { code, stdout } = await run("check", "items.jsonl", "--training", "leaky.jsonl");
    expect(stdout).toContain("BREACH: 60 items, 302 training texts");
    expect(stdout).toMatch(/verbatim {3}breach: 2 of 60 items \(3\.3 %, .*\) share 13 words in a row/);
    expect(stdout).toMatch(/q7: (\d+) of \1 places, 100 % of its words/);
    expect(stdout).toMatch(/q9: (\d+) of \1 places, 100 % of its words/);
    expect(stdout).toContain("not judged: give --reference");
    expect(code).toBe(1);
    expect((await run("check", "items.jsonl", "--training", "leaky.jsonl", "--share-max", "0.05")).code).toBe(
      0,
    );
  });

  it("says all of it as JSON", async () => {
    const { code, stdout } = await run(
      "check",
      "items.jsonl",
      "--training",
      "leaky.jsonl",
      "--reference",
      "real.jsonl",
      "--json",
    );
    const report = JSON.parse(stdout) as {
      overlap: { named: { id: string }[]; share: number };
      style: { distances: object[] };
    };
    expect(report).toMatchObject({ verdict: "breach", items: 60, trainingTexts: 302, realTexts: 300 });
    expect(report.overlap.named.map(({ id }) => id)).toEqual(["q7", "q9"]);
    expect(report.style.distances).toHaveLength(3);
    expect(code).toBe(1);
  });

  it("is inconclusive about the style of a few texts", async () => {
    const { code, stdout } = await run(
      "check",
      "items.jsonl",
      "--training",
      "few.jsonl",
      "--reference",
      "real.jsonl",
    );
    expect(stdout).toContain("INCONCLUSIVE");
    expect(stdout).toContain("style      inconclusive: 60 items and 5 other texts; 30 of each are needed");
    expect(code).toBe(3);
  });

  it("reads what history says was admitted, prompts as well as outputs", async () => {
    admitted = [
      { input: ITEMS[3]!.text, output: "no" },
      { input: "", output: ITEMS[4]!.text },
    ];
    const { code, stdout } = await asked("check", "items.jsonl", "--lane", "a");
    expect(stdout).toContain("60 items, 3 training texts");
    expect(stdout).toContain("q3:");
    expect(stdout).toContain("q4:");
    expect(code).toBe(1);
    admitted = [];
    const none = await asked("check", "items.jsonl", "--lane", "a");
    expect(none.stderr).toContain("no text of an admitted sample of lane a is in the history");
    expect(none.code).toBe(2);
  });

  it("shows no name as it came", async () => {
    write(
      "hostile.jsonl",
      HOSTILE_NAMES.filter((name) => name.length <= 256).map((id) => ({ id, text: ITEMS[0]!.text })),
    );
    const { code, stdout } = await run("check", "hostile.jsonl", "--training", "hostile.jsonl");
    expect(code).toBe(1);
    for (const line of stdout.split("\n")) expect(line).toBe(visible(line));
  });

  it.each([
    ["no training texts", ["check", "items.jsonl"], "suite check needs training texts"],
    [
      "two sources",
      ["check", "items.jsonl", "--training", "clean.jsonl", "--lane", "a"],
      "suite check needs training texts",
    ],
    [
      "a file that is not there",
      ["check", "nosuch.jsonl", "--training", "clean.jsonl"],
      "nosuch.jsonl cannot be read",
    ],
    [
      "a share that is none",
      ["check", "items.jsonl", "--training", "clean.jsonl", "--share-max", "2"],
      "A share of 0..1",
    ],
    ["too few words", ["check", "items.jsonl", "--training", "clean.jsonl", "--words", "1"], "5..50"],
    ["no lane", ["list"], "suite list needs --lane"],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("suite list", () => {
  const version = (suite: string, own: object) => ({
    suite,
    version: "3",
    madeMs: Date.now() - 400 * DAY_MS,
    origins: ["benchmark"],
    judges: ["strict@4"],
    owners: ["evals"],
    models: 1,
    runs: 2,
    lastRunMs: Date.now() - DAY_MS,
    lastModel: "m@2",
    successes: 90,
    trials: 100,
    ...own,
  });

  it("prints what ran and what is missing", async () => {
    versions = [
      version("main", {}),
      version("shadow", { lastRunMs: Date.now() - 20 * DAY_MS, madeMs: null, judges: [] }),
    ];
    const { code, stdout, stderr } = await asked("list", "--lane", "support");
    expect(stderr).toBe("");
    expect(stdout).toContain(
      "every lane is asked for: long_tail, shadow or external, within 14d, items of at most 365d",
    );
    expect(stdout).toMatch(
      /main +3 +400d +benchmark +strict@4 +evals +2 .*m@2 +0\.9 \(0\.8256 \.\. 0\.9448, n 100\)/,
    );
    expect(stdout).toContain("missing: long_tail, shadow|external");
    expect(stdout).toContain("only legacy suites run");
    expect(code).toBe(1);
  });

  it("ends with 0 where nothing is", async () => {
    versions = ["long_tail", "external"].map((suite) =>
      version(suite, { madeMs: Date.now() - DAY_MS, successes: null, trials: null }),
    );
    const { code, stdout } = await asked("list", "--lane", "support");
    expect(stdout).toContain("nothing is missing");
    expect(code).toBe(0);
  });

  it("holds the lane to its own policy, and says so as JSON", async () => {
    versions = [];
    const lanes = join(import.meta.dirname, "../../../infra/policy/lanes.yaml");
    writeFileSync(
      join(dir.path, "lanes.yaml"),
      readFileSync(lanes, "utf8").replace(
        "lanes: []",
        "lanes: [{ lane: a, suites: { required: [hard], anyOf: [] } }]",
      ),
    );
    const { code, stdout } = await asked("list", "--lane", "a", "--lanes", "lanes.yaml", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      lane: "a",
      declared: true,
      missing: ["hard"],
      versions: [],
      findings: [],
    });
    expect(code).toBe(1);
  });
});
