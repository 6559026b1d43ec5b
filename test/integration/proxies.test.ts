/** Proxies in the real engine: a map learned from history, and what became of alarms, through the SQL door. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../services/ports.ts";
import { dayNumber } from "../../services/recorder/row-origin.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const HOUR_MS = 3_600_000;
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * 24 * HOUR_MS;
const ONLINE = "reply/all/online_success";
const TAIL = "candidate/generated/tail_coverage";
const MAIN = "reply/suite:main/offline_score";
const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function value(segment: string, metric: string, bucket: string, hour: number, own: Row): Row {
  offset += 1;
  return {
    lane: "it's",
    stage: "reply",
    segment,
    window: "decision",
    start_time: START_MS + (hour - 1) * HOUR_MS,
    end_time: START_MS + hour * HOUR_MS,
    metric,
    bucket,
    status: "ok",
    _topic: "series.v1",
    _epoch: 0,
    _partition: 0,
    _offset: offset,
    _append_time: Date.now(),
    _day: dayNumber(Date.now()),
    ...own,
  };
}

const drift = (pair: string, hour: number, sign: number, lag: number): Row[] => [
  value("drift", "drift_concluded", pair, hour, { value: sign, n: 20 + hour }),
  value("drift", "drift_lag", pair, hour, { value: lag, n: 20 + hour }),
  value("drift", "drift_correlation", pair, hour, { value: 0.7, lo: 0.5, hi: 0.84, n: 20 + hour }),
];

const proxy = (...args: string[]) =>
  runCommand(["proxy", ...args], { cwd: dir.path, env: { CLICKHOUSE_URL: test.url } });

beforeAll(async () => {
  test = await openTestDoor("plumbline_proxies");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("proxies", () => {
  it("are learned from history as a section that the lanes file takes", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [
      ...drift(`${TAIL}~${ONLINE}`, i + 1, 1, 3),
      ...drift(`${MAIN}~${ONLINE}`, i + 1, i === 7 ? 1 : 0, 2),
    ]).flat();
    const elsewhere = drift(`${MAIN}~${ONLINE}`, 30, 1, 2).map((row) => ({
      ...row,
      _topic: "demo.series.v1",
    }));
    const unclear = value("drift", "drift_concluded", `${TAIL}~${ONLINE}`, 21, {
      status: "insufficient",
      n: 3,
    });
    await insertRows(test.store, "windows", [...rows, ...elsewhere, unclear]);
    // The product's lanes file without the map that comes with it.
    const lanes = readFileSync(join(import.meta.dirname, "../../infra/policy/lanes.yaml"), "utf8");
    const bare = lanes.replace(/^proxies:\n( .*\n)*/m, "");
    writeFileSync(join(dir.path, "bare.yaml"), bare);
    const { code, stdout, stderr } = await proxy("learn", "--lane", "it's", "--lanes", "bare.yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "# Learned from the history of lane it's. A proposal: what you accept goes into the lanes file.",
      "proxies:",
      `  - symptom: "${ONLINE}"`,
      `    lane: "it's"`,
      "    proxies:",
      "      # together in 20 of 20 windows; correlation 0.7 (95 % 0.5 to 0.84, n 40); offline leads by 3 windows",
      `      - { series: "${TAIL}", moves: down, lagMin: 1, lagMax: 27 }`,
      `# no: ${MAIN}~${ONLINE}: they go together the same way in fewer than 60 % of the windows`,
      "",
    ]);
    writeFileSync(join(dir.path, "lanes.yaml"), `${bare}\n${stdout}`);
    const shown = await proxy("show", "--lanes", "lanes.yaml", "--json");
    expect(shown.stderr).toBe("");
    expect(JSON.parse(shown.stdout).proxies).toEqual([
      {
        lane: "it's",
        symptom: ONLINE,
        bucket: null,
        proxies: [{ series: TAIL, moves: "down", lagMin: 1, lagMax: 27 }],
      },
    ]);
    const again = await proxy("learn", "--lane", "it's", "--lanes", "lanes.yaml");
    expect(again.stdout).toContain("# nothing new\n# mapped already: ");
    expect((await proxy("learn", "--lane", "it's")).stdout).toContain("# mapped already: ");
    expect((await proxy("show", "--lanes", "lanes.yaml")).stdout).toMatch(
      /it's +reply.* any +candidate.* down +1\.\.27/,
    );
  });

  it("of each alarm say which moved first, or that none did", async () => {
    expect((await proxy("status", "--lane", "it's")).stdout).toBe("no online alarm yet\n");
    const hinge = `${ONLINE}[a~b/hinge]`;
    await insertRows(test.store, "windows", [
      value("proxies", "alarm_explained", hinge, 40, { value: 1, n: 2 }),
      value("proxies", "proxy_lead", `${TAIL}~${hinge}`, 40, { value: 6, n: 60 }),
      value("proxies", "uncovered_alarms", "", 40, { value: 0, n: 1, status: "insufficient" }),
      value("proxies", "alarm_explained", ONLINE, 50, { value: 0, n: 2 }),
      value("proxies", "uncovered_alarms", "", 50, { value: 0.2, lo: 0.04, hi: 0.6, n: 5 }),
    ]);
    const { stdout } = await proxy("status", "--lane", "it's", "--json");
    const { alarms, uncovered } = JSON.parse(stdout);
    expect(alarms).toEqual([
      { alarm: ONLINE, endMs: START_MS + 50 * HOUR_MS, explained: 0, looked: 2, lead: null, proxy: "" },
      { alarm: hinge, endMs: START_MS + 40 * HOUR_MS, explained: 1, looked: 2, lead: 6, proxy: TAIL },
    ]);
    expect(uncovered).toMatchObject({ value: 0.2, lo: 0.04, hi: 0.6, n: 5 });
    const text = (await proxy("status", "--lane", "it's", "--last", "1")).stdout;
    expect(text).toMatch(/online_success +uncovered +- +- +2\n/);
    expect(text).toContain("share uncovered: 0.2 (of 5 alarms, 95 % 0.04 to 0.6)");
    expect(text).not.toContain("hinge");
  });
});
