/**
 * Names that break whoever builds text from them, through everything that is asked of history and of Prometheus: labels, recording
 * rules, alerts, and the queries of dashboards as Grafana expands them. And history without a row, or without the lane any more.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenGauges, openGauges } from "../../services/adapters/prometheus/exporter.ts";
import { readCookbook } from "../../services/console/people-sql/cookbook.ts";
import { isLaneName, LANE_CHARS_MAX } from "../../services/core/lane-name.ts";
import { sqlValue } from "../../services/print/grafana/query.ts";
import { expandPromql, expandSql, readDashboards, type Shown } from "../support/dashboard-queries.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { prometheusMissing, startPrometheus, type TestPrometheus } from "../support/prometheus.ts";
import { runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const LANES = [
  ...HOSTILE_NAMES.filter(isLaneName),
  'a", other="b',
  "a' OR '1'='1",
  "%27) OR 1=1 --",
  "$" + "{run}",
  "$__timeFilter(x)",
  "{{ $labels.lane }}",
  "<img src=x onerror=alert(1)>",
  "\u202e".repeat(LANE_CHARS_MAX),
];
const SCRIPT = "</td><script>fetch('//x')</script>";
const HUGE = "b".repeat(65_536);
const NOW_MS = Date.now();
const RUN = "run:";
const RULES = join(import.meta.dirname, "../../infra/prometheus/rules");

const BOARDS = readDashboards();
const TARGETS = BOARDS.flatMap(({ uid, panels, annotations }) => [
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ name: `${uid}: ${title}`, target })),
  ),
  ...(annotations.list ?? []).map(({ name, target }) => ({ name: `${uid}: ${name}`, target })),
]);
const STATEMENTS = TARGETS.flatMap(({ name, target }) =>
  target.rawSql === undefined ? [] : [{ name, sql: target.rawSql }],
);
const EXPRESSIONS = TARGETS.flatMap(({ name, target }) =>
  target.expr === undefined ? [] : [{ name, expr: target.expr }],
);
const LISTS = BOARDS.flatMap(({ templating }) =>
  templating.list.flatMap(({ name, query }) =>
    typeof query === "string" ? [] : [{ name, sql: query.rawSql }],
  ),
);

function shown(lane: string, bucket = "__all"): Shown {
  return { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS + 3_600_000, variables: { lane, run: RUN, bucket } };
}

let offset = 0;
function origin(topic: string) {
  offset += 1;
  return originAt(topic, offset, NOW_MS);
}

async function fill(test: TestStore): Promise<void> {
  const each = <T>(row: (lane: string, i: number) => T): readonly T[] => LANES.map(row);
  const buckets = (lane: string): readonly string[] => [lane, SCRIPT];
  await insertRows(
    test.store,
    "windows",
    LANES.flatMap((lane) =>
      [...buckets(lane), ""].map((bucket) => ({
        lane,
        stage: "reply",
        segment: bucket === "" ? "all" : "buckets",
        window: "decision",
        start_time: NOW_MS - 60_000,
        end_time: NOW_MS,
        metric: "online_success",
        bucket,
        n: 500,
        value: 0.5,
        e: 30,
        status: "ok",
        window_n: 500,
        evidence: [],
        ...origin("windows.v1"),
      })),
    ),
  );
  await insertRows(
    test.store,
    "verdicts",
    each((lane, i) => ({
      lane,
      window: "decision",
      start_time: NOW_MS - 60_000,
      end_time: NOW_MS,
      rule: "",
      verdict: "breach",
      families: ["online"],
      blamed: [],
      evidence: [`i${i}`],
      ...origin("verdicts.v1"),
    })),
  );
  await insertRows(
    test.store,
    "gates",
    each((lane) => ({
      lane,
      subject: `lane:${lane}`,
      state: "frozen",
      since: NOW_MS,
      valid_until: NOW_MS,
      cause: lane,
      ...origin("gates.v1"),
    })),
  );
  await insertRows(
    test.store,
    "outcomes",
    each((lane, i) => ({
      lane,
      id: `o${i}`,
      event_time: NOW_MS,
      bucket: lane,
      interaction_id: `i${i}`,
      interaction_time: NOW_MS - 1_000,
      resolved: false,
      complaint_type: SCRIPT,
      ...origin("outcomes.v1"),
    })),
  );
  await insertRows(
    test.store,
    "texts",
    each((lane, i) => ({
      id: `i${i}`,
      kind: "interaction",
      lane,
      input: SCRIPT,
      output: `${SCRIPT}${lane}`,
      fields: {},
      ...origin("interactions.v1"),
    })),
  );
}

describe("hostile names in the queries of dashboards", () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore("plumbline_hostile");
    await fill(test);
  });
  afterAll(() => test.close());

  it("choose the lane of that name and no other", async () => {
    const own = "SELECT lane, bucket FROM windows WHERE ";
    const condition = `lane = ${sqlValue("lane")}`;
    const oneBucket = `bucket = ${sqlValue("bucket")}`;
    expect(STATEMENTS.filter(({ sql }) => sql.includes(condition)).length).toBeGreaterThan(10);
    for (const lane of LANES) {
      const rows = await test.store.query(expandSql(`${own}${condition}`, shown(lane)));
      expect([lane, ...new Set(rows.map((row) => row.lane))]).toEqual([lane, lane]);
      expect(rows).toHaveLength(3);
      const one = await test.store.query(expandSql(`${own}${condition} AND ${oneBucket}`, shown(lane, lane)));
      expect(one).toEqual([{ lane, bucket: lane }]);
    }
    // A name that can be no lane finds nothing, however long.
    expect(await test.store.query(expandSql(`${own}${condition}`, shown(HUGE)))).toEqual([]);
  });

  it("are understood by every statement, whose rows are of that lane alone", async () => {
    for (const [i, { name, sql }] of STATEMENTS.entries()) {
      // Every statement takes some, and every name comes in some statements: all of each would be an hour.
      for (const lane of [LANES[i % LANES.length]!, LANES[(i * 7 + 3) % LANES.length]!]) {
        const rows = await test.store.query(expandSql(sql, shown(lane, lane)));
        if (!sql.includes("${lane:")) continue;
        const strangers = rows.filter((row) => typeof row.lane === "string" && row.lane !== lane);
        expect([name, strangers]).toEqual([name, []]);
      }
    }
  });

  it("come back as they are: names in lists of variables, words of people in tables", async () => {
    for (const { name, sql } of LISTS) {
      const rows = await test.store.query(expandSql(sql, shown(LANES[0]!)));
      const values = rows.flatMap((row) => Object.values(row));
      if (name === "bucket") expect(values).toContain(SCRIPT);
    }
    const rows = await test.store.query(
      "SELECT lane, request, response, complaint_type FROM bucket_failures",
    );
    expect(new Set(rows.map((row) => row.response))).toEqual(
      new Set(LANES.map((lane) => `${SCRIPT}${lane}`)),
    );
    expect(new Set(rows.map((row) => row.complaint_type))).toEqual(new Set([SCRIPT]));
  });

  it("leave nothing behind when the lane is erased while it is watched", async () => {
    const lane = LANES[0]!;
    const tables = ["windows", "verdicts", "gates", "outcomes", "texts"];
    for (const table of tables) {
      const sql = `ALTER TABLE ${table} DELETE WHERE lane = {lane:String} SETTINGS mutations_sync = 1`;
      await test.store.command(sql, { lane });
    }
    for (const { name, sql } of STATEMENTS.filter((statement) => statement.sql.includes("${lane:"))) {
      const rows = await test.store.query(expandSql(sql, shown(lane)));
      const left = rows.filter((row) => row.lane === lane);
      expect([name, left]).toEqual([name, []]);
    }
  });
});

describe("an empty history", () => {
  let door: TestDoor;
  beforeAll(async () => {
    door = await openTestDoor("plumbline_nothing");
  });
  afterAll(() => door.close());

  it("is no error for any dashboard, list or recipe, and no lane is invented", async () => {
    const recipes = readCookbook().map(({ question, sql }) => ({ name: question, sql }));
    for (const { name, sql } of [...STATEMENTS, ...LISTS, ...recipes]) {
      const rows = await door.store.query(expandSql(sql, shown("support")));
      const invented = rows.filter((row) => typeof row.lane === "string" && row.lane !== "");
      expect([name, invented]).toEqual([name, []]);
    }
  });

  // A lane without the suites that its policy asks for must not be released: a breach, said as one.
  const commands: readonly (readonly [string, number, RegExp])[] = [
    ["sql", 0, /^no rows\n$/],
    ["suite list --lane support", 1, /no evaluation of this lane is in the history/],
    ["judge report --lane support", 3, /^no verdict of a judge on lane support/],
    ["proxy status --lane support", 0, /^no online alarm yet/],
    ["patterns report --lane support", 3, /^no error pattern is declared for lane support/],
    ["misses report --lane support --since-export m1", 2, /has no export m1; it has none/],
    ["release check --lane support", 1, /nothing was ever judged in this lane/],
    ["experiment status e1", 2, /no plan of experiment e1 in the history; publish one/],
  ];
  it.each(commands)("is said in words by `plumbline %s`", async (words, code, said) => {
    const env = { CLICKHOUSE_URL: `${door.url}/?database=plumbline_nothing` };
    const args = words === "sql" ? ["sql", "SELECT * FROM window_values"] : words.split(" ");
    const answer = await runCommand(args, { cwd: door.dataDir, env, screenRows: 40 });
    expect(answer.code).toBe(code);
    expect(answer.stdout + answer.stderr).toMatch(said);
  });
});

const missing = prometheusMissing();
describe.runIf(missing === null)("hostile names in Prometheus", () => {
  let gauges: OpenGauges;
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    gauges = await openGauges({ service: "governor", version: "test", port: 0 });
    gauges.set("plumbline_governor_active", {}, 1);
    for (const lane of LANES) {
      gauges.set("plumbline_rule_breach", { lane, rule: "tail_coverage_collapse" }, 1);
      gauges.set("plumbline_gate_state", { lane, subject: `lane:${lane}`, state: "frozen" }, 1);
    }
    prometheus = await startPrometheus(
      { governor: gauges.url },
      readdirSync(RULES).map((name) => join(RULES, name)),
    );
  }, 60_000);
  afterAll(async () => {
    await prometheus?.close();
    await gauges?.close();
  });

  const lanesOf = (
    series: readonly { readonly metric: Readonly<Record<string, string>> }[],
  ): readonly string[] => [...new Set(series.map(({ metric }) => metric.lane ?? ""))].sort();

  it("pass through scraping and recording rules as they are", async () => {
    const query = async () => lanesOf(await prometheus.query("lane_rule:plumbline_rule_breach:held"));
    await expect.poll(query, { timeout: 30_000, interval: 200 }).toEqual([...LANES].sort());
    expect(await prometheus.ruleErrors()).toEqual([]);
  });

  it("are in the labels of what fires, one alert a lane", async () => {
    const fired = async () =>
      (await prometheus.firing())
        .filter(({ alertname }) => alertname === "PlumblineLaneFrozen")
        .map(({ lane }) => lane!)
        .sort();
    await expect.poll(fired, { timeout: 30_000, interval: 200 }).toEqual([...LANES].sort());
  });

  it("choose their own series in every expression of every dashboard", async () => {
    for (const lane of LANES) {
      const own = await prometheus.query(expandPromql('plumbline_gate_state{lane="$lane"}', shown(lane)));
      expect(lanesOf(own)).toEqual([lane]);
    }
    for (const [i, own] of EXPRESSIONS.entries()) {
      const lane = LANES[(i * 5) % LANES.length]!;
      const series = await prometheus.query(expandPromql(own.expr, shown(lane)));
      if (!own.expr.includes("$lane")) continue;
      const strangers = lanesOf(series).filter((found) => found !== lane && found !== "");
      expect([own.name, strangers]).toEqual([own.name, []]);
    }
  });

  it("end with their lane: nothing is left to show, and nothing fails", async () => {
    const lane = LANES[1]!;
    gauges.drop({ lane });
    const now = async () =>
      lanesOf(await prometheus.query("plumbline_gate_state")).includes(lane) ? "there" : "gone";
    await expect.poll(now, { timeout: 30_000, interval: 200 }).toBe("gone");
    expect(await prometheus.ruleErrors()).toEqual([]);
  });
});
