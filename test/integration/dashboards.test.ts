/**
 * Every query of every dashboard against a real Prometheus that scrapes the running demo, and against the demo's history: all are
 * understood, and none stays empty. The shipped alerts fire for the lane that collapses, and not for the healthy one.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { LAB_LANES } from "../../services/lab/lanes.ts";
import { shippedRules } from "../../services/print/shipped-rules.ts";
import { readCookbook } from "../../services/console/people-sql/cookbook.ts";
import { FIXTURE_LANE, FIXTURE_PANELS, FIXTURE_RUN, insertFixture } from "../support/dashboard-fixture.ts";
import {
  expandPromql,
  expandSql,
  readDashboards,
  type Shown,
  type Target,
} from "../support/dashboard-queries.ts";
import { brokerMissing } from "../support/kafka-broker.ts";
import { type LabRoad, startLabRoad } from "../support/lab-road.ts";
import {
  type PromSeries,
  prometheusMissing,
  startPrometheus,
  type TestPrometheus,
} from "../support/prometheus.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const RULES = join(import.meta.dirname, "../../infra/prometheus/rules");
const PREFIX = "boards.";
const SEED = 7;
const HOUR_MS = 3_600_000;
/** How long after the last verdict the recorder and Prometheus may take to show it, where other tests keep the machine busy. */
const SHOWN_WITHIN_MS_MAX = 240_000;
const STEP_MS = 5_000;

interface Query {
  /** Panel or annotation, and what it is on. */
  readonly name: string;
  readonly title: string;
  readonly target: Target;
}

const QUERIES: readonly Query[] = readDashboards().flatMap(({ uid, panels, annotations }) => [
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ name: `${uid}: ${title} ${target.refId}`, title, target })),
  ),
  ...(annotations.list ?? []).map(({ name, target }) => ({
    name: `${uid}: annotation ${name}`,
    title: name,
    target,
  })),
]);

const missing = (await brokerMissing()) ?? prometheusMissing();

describe.runIf(missing === null)("dashboards over the running demo", () => {
  const rules = shippedRules(new Catalogue(METRICS))!;
  let road: LabRoad;
  let prometheus: TestPrometheus;
  let fixture: TestStore;
  const startedMs = Date.now();

  beforeAll(async () => {
    fixture = await openTestStore("plumbline_dashboards");
    await insertFixture(fixture.store, rules, Date.now());
    road = await startLabRoad(PREFIX, SEED);
    prometheus = await startPrometheus(
      Object.fromEntries(road.run.services.map(({ service, metricsUrl }) => [service, metricsUrl])),
      readdirSync(RULES).map((name) => join(RULES, name)),
    );
    await road.runGenerations();
    // What was concluded is shown until the next window, whoever starts again in between.
    for (const service of ["monitor", "governor"]) process.kill(road.run.pid(service)!, "SIGKILL");
  }, 600_000);

  afterAll(async () => {
    await prometheus?.close();
    await road?.close();
    await fixture?.close();
  }, 60_000);

  // What a starved machine does to services and scrapes shows nowhere else.
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.warn([...road.warnings(), ...(await prometheus.unread())].join("\n")));
  });

  const shown = (lane: string, run: string): Shown => ({
    fromMs: startedMs - HOUR_MS,
    toMs: Date.now(),
    variables: { lane, run, bucket: "__all" },
  });

  async function fillsOnDemo(target: Target): Promise<boolean> {
    for (const lane of LAB_LANES) {
      const here = shown(lane, `run:${PREFIX}`);
      if (target.rawSql !== undefined) {
        if ((await askDoor(road.run.sqlUrl, expandSql(target.rawSql, here))) > 0) return true;
        continue;
      }
      const expr = expandPromql(target.expr!, here);
      const series =
        target.instant === true
          ? await prometheus.query(expr)
          : await prometheus.queryRange(expr, startedMs, Date.now(), STEP_MS);
      if (series.some(hasNumber)) return true;
      // Where no lane is asked for, every lane gives the same answer.
      if (!target.expr!.includes("$lane")) return false;
    }
    return false;
  }

  async function fillsOnFixture({ title, target }: Query): Promise<boolean> {
    if (target.rawSql === undefined) return false;
    if (!(title in FIXTURE_PANELS) && !/\brule = '/.test(target.rawSql)) return false;
    const rows = await fixture.store.query(expandSql(target.rawSql, shown(FIXTURE_LANE, FIXTURE_RUN)));
    return rows.length > 0;
  }

  it("no panel and no annotation stays empty", async () => {
    let open = QUERIES;
    await expect
      .poll(
        async () => {
          const left: Query[] = [];
          for (const query of open) {
            if (!(await fillsOnDemo(query.target)) && !(await fillsOnFixture(query))) left.push(query);
          }
          open = left;
          return left.map(({ name }) => name);
        },
        { timeout: SHOWN_WITHIN_MS_MAX, interval: 1_000 },
      )
      .toEqual([]);
  }, 300_000);

  it("every statement of the cookbook gives rows", async () => {
    const recipes = readCookbook();
    expect(recipes.length).toBeGreaterThanOrEqual(20);
    await expect
      .poll(
        async () => {
          const empty: string[] = [];
          for (const { question, sql } of recipes) {
            if ((await askDoor(road.run.sqlUrl, sql)) === 0) empty.push(question);
          }
          return empty;
        },
        { timeout: SHOWN_WITHIN_MS_MAX, interval: 1_000 },
      )
      .toEqual([]);
  }, 300_000);

  it("the alerts of what breaches fire, and only those", async () => {
    const named = async (): Promise<readonly string[]> =>
      (await prometheus.firing()).map(({ alertname, lane, subject = "" }) =>
        `${alertname} ${lane} ${subject}`.trim(),
      );
    await expect
      .poll(named, { timeout: SHOWN_WITHIN_MS_MAX, interval: 1_000 })
      .toEqual(
        expect.arrayContaining([
          "PlumblineLaneFrozen replace lane:replace",
          "PlumblineTailCoverageCollapse replace",
          "PlumblineSkeletonRepetition replace",
          "PlumblineWordDivergence replace",
        ]),
      );
    const healthy = (await prometheus.firing()).filter(
      ({ severity, rule, lane }) => severity === "page" && rule !== undefined && lane === "fresh",
    );
    expect(healthy).toEqual([]);
    expect(await prometheus.ruleErrors()).toEqual([]);
  }, 300_000);

  it("every variable has values", async () => {
    for (const { templating } of readDashboards()) {
      for (const { name, query } of templating.list) {
        if (typeof query !== "string") {
          expect(await askDoor(road.run.sqlUrl, query.rawSql), name).toBeGreaterThan(0);
        } else if (name === "lane") {
          const [, series] = /^label_values\((\w+), lane\)$/.exec(query) ?? [];
          const lanes = await prometheus.labelValues("lane", series!, startedMs, Date.now());
          expect(new Set(lanes)).toEqual(new Set(LAB_LANES));
        }
      }
    }
  }, 120_000);
});

/** Rows that a statement gives; throws what the engine says against it. */
async function askDoor(url: string, sql: string): Promise<number> {
  const response = await fetch(url, { method: "POST", body: `${sql}\nFORMAT JSON` });
  const text = await response.text();
  if (!response.ok) throw new Error(`${sql}\n${text}`);
  return (JSON.parse(text) as { data: unknown[] }).data.length;
}

function hasNumber({ value, values }: PromSeries): boolean {
  return (values ?? [value!]).some(([, number]) => Number.isFinite(Number(number)));
}
