/** Whether a lane may be released, asked of the real engine: each red line alone stops it, and what is not known is no pass. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../services/ports.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.now();
const END_MS = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS;
const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset);
}

function gate(lane: string, own: Row = {}): Row {
  return {
    ...{ subject: `lane:${lane}`, lane, state: "open", share: 1, revision: offset },
    ...{ since: END_MS, valid_until: NOW_MS + HOUR_MS },
    ...origin("gates.v1"),
    ...own,
  };
}

/** What one rule, or for "" the whole window, said. */
function said(lane: string, rule: string, metric: string, own: Row = {}): Row {
  return {
    ...{ lane, window: "decision", start_time: END_MS - HOUR_MS, end_time: END_MS, rule, metric },
    ...{ verdict: "pass", segment: "buckets", arithmetic: `${rule} arithmetic` },
    ...origin("verdicts.v1"),
    ...own,
  };
}

function evaluation(lane: string, suite: string, own: Row = {}): Row {
  const id = `e-${offset}`;
  return {
    ...{ id, lane, suite, run_id: "r", model_id: "m", model_version: "1", event_time: END_MS },
    ...{ suite_time: END_MS - 24 * HOUR_MS, successes: 80, trials: 100 },
    ...origin("evaluations.v1"),
    ...own,
  };
}

function change(lane: string, id: string, own: Row): Row {
  return { id, lane, kind: "ratio", actor: "bob", event_time: END_MS, ...origin("changes.v1"), ...own };
}

const insert = (table: string, ...rows: Row[]): Promise<void> => insertRows(test.store, table, rows);

/** A lane of which everything is known and nothing is wrong. */
async function sound(lane: string): Promise<void> {
  await insert("gates", gate(lane));
  await insert(
    "verdicts",
    said(lane, "", "", { evidence: ["i-1"] }),
    said(lane, "bucket_regression", "bucket_regression"),
    said(lane, "offline_online_decoupled", "decoupled_windows", { segment: "drift" }),
  );
  await insert("evaluations", evaluation(lane, "long_tail"), evaluation(lane, "shadow"));
}

interface Report {
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly checks: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly found: readonly string[];
  }[];
}

async function check(lane: string, ...more: string[]) {
  const args = ["release", "check", "--lane", lane, ...more];
  const { code, stdout, stderr } = await runCommand([...args, "--json"], {
    cwd: dir.path,
    env: { CLICKHOUSE_URL: test.url },
  });
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as Report;
  const open = report.checks.filter(({ verdict }) => verdict !== "pass");
  return { code, report, open: open.map(({ id, verdict, found }) => [id, verdict, ...found]) };
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_release");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("a release check", () => {
  it("passes a lane of which everything is known and nothing is wrong", async () => {
    await sound("good");
    const { code, report } = await check("good");
    expect(code).toBe(0);
    expect(report).toMatchObject({ lane: "good", verdict: "pass", evidence: ["i-1"] });
    expect(report.checks.map(({ id }) => id)).toEqual([
      ...["gates", "ratio", "suites", "buckets", "decoupling", "alarms"],
    ]);
  });

  it("passes nothing of which nothing is known, or only old things", async () => {
    const unknown = await check("nobody");
    expect(unknown.code).toBe(1);
    expect(unknown.open.map(([id, verdict]) => [id, verdict])).toEqual([
      ["gates", "inconclusive"],
      ["suites", "breach"],
      ["buckets", "inconclusive"],
      ["decoupling", "inconclusive"],
    ]);
    await insert("verdicts", said("unjudged", "", ""));
    await insert("gates", gate("unjudged", { valid_until: NOW_MS - HOUR_MS }));
    await insert("evaluations", evaluation("unjudged", "long_tail"), evaluation("unjudged", "external"));
    const { code, open } = await check("unjudged");
    expect(code).toBe(3);
    expect(open.map(([id, verdict]) => [id, verdict])).toEqual([
      ["gates", "inconclusive"],
      ["buckets", "inconclusive"],
      ["decoupling", "inconclusive"],
    ]);
    expect(open[1]!.slice(2)).toEqual(["no rule judged bucket_regression in the latest window"]);
    const ended = { end_time: END_MS - 10 * 24 * HOUR_MS };
    await insert("gates", gate("old"));
    await insert(
      "verdicts",
      said("old", "", "", ended),
      said("old", "bucket_regression", "bucket_regression", ended),
      said("old", "offline_online_decoupled", "decoupled_windows", ended),
    );
    await insert("evaluations", evaluation("old", "long_tail"), evaluation("old", "shadow"));
    expect((await check("old")).code).toBe(3);
    expect((await check("old", "--within", "30")).code).toBe(0);
  });

  it("stops at a gate that is not open", async () => {
    await sound("held");
    await insert(
      "gates",
      gate("held", { subject: "model:m@1", state: "frozen", cause: "two families", revision: 900 }),
      gate("held", { subject: "model:m@0", state: "frozen", revision: 901 }),
      gate("held", { subject: "model:m@0", state: "open", revision: 902 }),
    );
    const { code, open } = await check("held");
    expect(code).toBe(1);
    expect(open).toEqual([
      ["gates", "breach", `model:m@1 is frozen since ${new Date(END_MS).toISOString()}: two families`],
    ]);
  });

  it("stops at a bucket that is served worse, names it with its users, and at evaluations that came apart", async () => {
    await sound("worse");
    const later = { end_time: END_MS + 1_000, verdict: "breach" };
    const bucket = (own: Row) =>
      said("worse", "bucket_regression", "bucket_regression", { ...later, ...own });
    await insert(
      "verdicts",
      said("worse", "", "", later),
      bucket({ bucket: "" }),
      bucket({ bucket: "hinge", segment: "buckets/user:new" }),
      said("worse", "offline_online_decoupled", "decoupled_windows", later),
    );
    const { code, open } = await check("worse");
    expect(code).toBe(1);
    const ended = `(window ended ${new Date(END_MS + 1_000).toISOString()})`;
    expect(open).toEqual([
      ["buckets", "breach", `bucket_regression in hinge of user:new: bucket_regression arithmetic ${ended}`],
      ["decoupling", "breach", `offline_online_decoupled: offline_online_decoupled arithmetic ${ended}`],
    ]);
  });

  it("stops at suites that do not run, and at alarms that nothing foretold, also where the next window is calm", async () => {
    await insert("gates", gate("blind"));
    await insert(
      "verdicts",
      said("blind", "", ""),
      said("blind", "bucket_regression", "bucket_regression"),
      said("blind", "offline_online_decoupled", "decoupled_windows"),
      said("blind", "alarms_uncovered", "uncovered_alarms", { end_time: END_MS - HOUR_MS, warn: true }),
    );
    await insert("evaluations", evaluation("blind", "main"));
    const { code, open } = await check("blind");
    expect(code).toBe(1);
    expect(open.map(([id, verdict]) => [id, verdict])).toEqual([
      ["suites", "breach"],
      ["alarms", "breach"],
    ]);
    expect(open[0]!.slice(2)).toEqual([
      "no result of long_tail lately",
      "no result of shadow or external lately",
    ]);
  });

  it("stops at an untested increase of the share, until it is taken back", async () => {
    await sound("raised");
    await insert(
      "changes",
      change("raised", "c1", { share_from: 0.2, share_to: 0.4, experiment_id: "nowhere" }),
      // The same record twice is one.
      change("raised", "c1", { share_from: 0.2, share_to: 0.4, experiment_id: "nowhere" }),
      change("raised", "c2", { share_from: 0.4, share_to: 0.3, event_time: END_MS + 1 }),
      change("raised", "elsewhere", { share_from: 0, share_to: 1, _topic: "demo.changes.v1" }),
    );
    const { code, open } = await check("raised");
    expect(code).toBe(1);
    expect(open).toEqual([
      [
        "ratio",
        "breach",
        `c1 of ${new Date(END_MS).toISOString()} by bob, 0.2 to 0.4: the experiment it names is not known`,
      ],
    ]);
    await insert(
      "changes",
      change("raised", "c3", { share_from: 0.3, share_to: 0.2, event_time: END_MS + 2 }),
    );
    expect((await check("raised")).code).toBe(0);
    await insert("changes", change("raised", "c4", { event_time: END_MS + 3 }));
    const unclear = await check("raised");
    expect(unclear.code).toBe(3);
    expect(unclear.open[0]!.slice(0, 2)).toEqual(["ratio", "inconclusive"]);
  });

  it("is said in words, with the reasons and what to look at", async () => {
    const { code, stdout } = await runCommand(["release", "check", "--lane", "held"], {
      cwd: dir.path,
      env: { CLICKHOUSE_URL: test.url },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^check +verdict +asks whether\ngates +breach +every gate is open\n/);
    expect(stdout).toContain("\ngates:\n  model:m@1 is frozen since ");
    expect(stdout).toContain("\nlook at: i-1\n");
    expect(stdout).toMatch(/\nLane held must not be released\.\n$/);
    const wrong = await runCommand(["release", "check", "--lane", "__x"], { cwd: dir.path });
    expect(wrong.code).toBe(2);
  });
});
