/** The printed dashboards: up to date, sound, and with the lines that the rules draw. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { printDashboards } from "../../../../services/print/print-dashboards.ts";
import { REPOSITORY } from "../../../../services/print/printed-files.ts";
import { shippedRules } from "../../../../services/print/shipped-rules.ts";
import { lintDashboard } from "../../../support/dashboard-lint.ts";
import {
  type DashboardJson,
  expandPromql,
  expandSql,
  type PanelJson,
  readDashboards,
  type Target,
} from "../../../support/dashboard-queries.ts";

const catalogue = new Catalogue(METRICS);
const rules = shippedRules(catalogue)!;

describe("printed dashboards", () => {
  it("are what the catalogue and the rules file print, and nothing else", () => {
    const printed = printDashboards(rules, catalogue);
    for (const { path, text } of printed) expect(readFileSync(REPOSITORY + path, "utf8"), path).toBe(text);
    const names = readdirSync(`${REPOSITORY}dashboards`).filter((name) => name.endsWith(".json"));
    expect(names.map((name) => `dashboards/${name}`).sort()).toEqual(printed.map(({ path }) => path).sort());
  });

  it.each(readDashboards().map((dashboard) => [dashboard.title, dashboard] as const))(
    "%s is sound",
    (_, dashboard) => {
      expect(lintDashboard(dashboard)).toEqual([]);
    },
  );

  it("show every rule with its lines, where the rule draws any", () => {
    const { panels } = readDashboards().find(({ uid }) => uid === "plumbline-lane")!;
    for (const { id } of rules) {
      const panel = panels.find(({ targets }) =>
        targets?.some(({ rawSql }) => rawSql?.includes(`rule = '${id}'`)),
      );
      expect(panel, id).toBeDefined();
      expect(panel!.fieldConfig?.defaults.thresholds?.steps.length, id).toBeGreaterThan(1);
    }
  });
});

describe("the lint", () => {
  const [sound] = readDashboards();
  const broken = (change: (dashboard: DashboardJson) => void): readonly string[] => {
    const copy = structuredClone(sound!);
    change(copy);
    return lintDashboard(copy);
  };
  const panelOf = (dashboard: DashboardJson): PanelJson =>
    dashboard.panels.find(({ type }) => type !== "row")!;
  const targetOf = (dashboard: DashboardJson): Target => panelOf(dashboard).targets![0]!;

  it.each<[string, (dashboard: DashboardJson) => void]>([
    ["the title is no question", (d) => Object.assign(panelOf(d), { title: "Rates" })],
    ["no unit", (d) => Object.assign(panelOf(d).fieldConfig!.defaults, { unit: "" })],
    ["no description", (d) => Object.assign(panelOf(d), { description: "" })],
    ["fixed data source", (d) => Object.assign(panelOf(d).datasource!, { uid: "abc" })],
    ["panel ids repeat", (d) => Object.assign(panelOf(d), { id: 1 })],
    ["outside the grid", (d) => Object.assign(panelOf(d).gridPos, { x: 20 })],
    ["lies over", (d) => Object.assign(panelOf(d).gridPos, { y: 3 })],
    [
      "$nobody is not a variable",
      (d) => Object.assign(targetOf(d), { rawSql: "SELECT '${nobody:percentencode}'" }),
    ],
    ["$lane is not encoded", (d) => Object.assign(targetOf(d), { rawSql: "SELECT '$lane'" })],
    ["no time filter", (d) => Object.assign(panelOf(d), { title: "Why?" })],
  ])("finds: %s", (problem, change) => {
    expect(broken(change).join("\n")).toContain(problem);
  });
});

describe("names of lanes and buckets", () => {
  const hostile = `it's "a" \\ '; DROP TABLE gates; -- \${x} $__timeFilter(y) \u202e中`;
  const shown = { fromMs: 0, toMs: 1_000, variables: { lane: hostile } };

  it("cannot end the string they stand in", () => {
    const sql = expandSql("SELECT decodeURLComponent('${lane:percentencode}')", shown);
    expect(sql).toMatch(/^SELECT decodeURLComponent\('[A-Za-z0-9%._~-]+'\)$/);
    const promql = expandPromql('up{lane="$lane"}', shown);
    expect(JSON.parse(promql.slice("up{lane=".length, -1))).toBe(hostile);
  });

  it("are refused where a macro or variable is not known", () => {
    expect(() => expandPromql("rate(x[$interval])", shown)).toThrow("$interval");
    expect(() => expandSql("SELECT $lane", shown)).toThrow("$lane");
  });
});
