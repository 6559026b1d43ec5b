/** `plumbline report` over the SQL door of the real engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LaneReport } from "../../services/cli/report/lane-report.ts";
import { insertLaneHistory, SCRIPT, WINDOW_MS } from "../support/lane-history.ts";
import { type CommandRun, makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const END_MS = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
const LANE = "support/after-sales";
const HELD_ONLY = "held/by-hand";
const HOSTILE = `<script>alert('lane')</script> "&`;
const dir = makeTempDir();
let test: TestDoor;

function report(...args: string[]): Promise<CommandRun> {
  return runCommand(["report", ...args], { cwd: dir.path, env: { CLICKHOUSE_URL: test.url } });
}

function written(name: string): string {
  return readFileSync(join(dir.path, name), "utf8");
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_report");
  await insertLaneHistory(test.store, { lane: LANE, endMs: END_MS });
  await insertLaneHistory(test.store, { lane: HOSTILE, endMs: END_MS });
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("a report", () => {
  it("says the verdict in words, who must do what, and fills every section of the page", async () => {
    const { code, stdout, stderr } = await report("--lane", LANE, "-o", "report.html");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain(`Lane ${LANE} is frozen since`);
    expect(stdout).toContain("Left out, template:qa@3 alone restores what real text shows.");
    expect(stdout).toContain("rare events lost since");
    expect(stdout).toContain(`plumbline gate resume lane:${LANE}`);
    expect(stdout).toContain("A template has grown rigid (likely)");
    const page = written("report.html");
    for (const section of [
      "What is to be done",
      "Curves",
      "Evidence",
      "Samples behind the last breach",
      "Decisions and changes",
      "Likely causes",
      "The loop, and the stage of loss",
      "What was not measured",
    ]) {
      expect(page).toContain(`<h2>${section}</h2>`);
    }
    for (const title of [
      "Where samples come from",
      "Tail coverage",
      "Distinct sentence templates",
      "Suites beside users",
    ]) {
      expect(page).toContain(`<figcaption>${title}</figcaption>`);
    }
    expect(page).toContain('class="gate-frozen"');
    expect(page).toContain("ref-1");
    expect(page).toContain("value 0.3 &lt; 0.7 and z -21.3 &lt; -4");
    expect(page).toContain("_ you for _ out about _ &lt;N&gt; . the _ of the _ is on its _ to you .");
    expect(page).toMatch(/Nearest, s-4-\d+: \d+ % of their phrases are shared/);
    // What nobody measured is named, and nowhere a pass.
    expect(page).toContain("share of reviews that say template feel");
  });

  it("shows hostile names, reasons and samples as text", async () => {
    const { code } = await report("--lane", HOSTILE, "-o", "hostile.html");
    expect(code).toBe(1);
    for (const page of [written("hostile.html"), written("report.html")]) {
      expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>(?!&)/i);
      expect(page).toContain("&lt;script&gt;");
    }
    expect(SCRIPT).toContain("<script>");
  });

  it("prints the same as JSON", async () => {
    const { code, stdout } = await report("--lane", LANE, "--json");
    expect(code).toBe(1);
    const found = JSON.parse(stdout) as LaneReport;
    expect(found).toMatchObject({
      lane: LANE,
      verdict: "breach",
      history: { windows: { judged: 5, breaches: 4 } },
    });
    expect(found.history.events.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([
      "change: template",
      "decision: open to watch: watch for a reason",
      "decision: watch to throttled: throttled for a reason",
      "decision: throttled to frozen: frozen for a reason",
    ]);
    expect(found.samples.map(({ id }) => id)).toEqual(["s-4-0", "s-4-1"]);
    expect(found.charts.find(({ id }) => id === "offline_online")!.curves.map(({ name }) => name)).toEqual([
      "users",
      "long_tail",
      "main",
    ]);
  });

  it("speaks of the time asked for alone", async () => {
    const early = new Date(END_MS - 4 * WINDOW_MS + 1).toISOString();
    const first = await report("--lane", LANE, "--until", early, "--json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ verdict: "pass", history: { windows: { judged: 1 } } });
    const before = await report("--lane", LANE, "--until", "2020-01-02", "--since", "1d", "-o", "empty.html");
    expect(before.code).toBe(3);
    expect(before.stdout).toContain("was not judged in this time");
    expect(written("empty.html")).toContain("there is nothing to draw");
  });

  it("names the lanes there are where a lane has no history", async () => {
    const { code, stderr } = await report("--lane", "suport");
    expect(code).toBe(2);
    expect(stderr).toContain("nothing is known of lane suport; lanes there are: ");
    expect(stderr).toContain(LANE);
    const other = await report("--lane", LANE, "--prefix", "lab-1.");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("other runs judged it: the live run");
  });

  it("tells of a lane that somebody froze before anything of it was measured", async () => {
    const gate = {
      lane: HELD_ONLY,
      subject: `lane:${HELD_ONLY}`,
      state: "frozen",
      share: 0,
      since: END_MS,
      valid_until: END_MS + WINDOW_MS,
      revision: 9,
      rule: "",
      cause: "frozen by hand",
      decision_id: "d9",
      ...originAt("gates.v1", 1_000, END_MS),
    };
    await insertRows(test.store, "gates", [gate]);
    const { code, stdout } = await report("--lane", HELD_ONLY);
    expect(code).toBe(1);
    expect(stdout).toContain(`Lane ${HELD_ONLY} is frozen since`);
  });

  it("refuses times and files that cannot be", async () => {
    const turned = await report("--lane", LANE, "--since", "2026-01-02", "--until", "2026-01-01");
    expect(turned).toMatchObject({ code: 2 });
    expect(turned.stderr).toContain("no time lies between");
    expect((await report("--lane", LANE, "--since", "soon")).code).toBe(2);
    const nowhere = await report("--lane", LANE, "-o", "no/such/dir/x.html");
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain("the page cannot be written");
    expect((await report("--lane", LANE, "--json", "-o", "-")).code).toBe(2);
  });
});
