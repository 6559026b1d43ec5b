/** Alerts, the governor's verdicts and the lines of dashboards come from one rules file; each alert has its page. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SERIES } from "../../../services/adapters/prometheus/metric-spec.ts";
import { observeEffects } from "../../../services/adapters/prometheus/observe-effects.ts";
import { SeriesRegistry } from "../../../services/adapters/prometheus/series-registry.ts";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { judgeWindow } from "../../../services/core/governor/judge-window.ts";
import { okResult } from "../../../services/core/result.ts";
import type { Rule } from "../../../services/core/rule.ts";
import { alertAnnotations, alertLabels } from "../../../services/print/alerts/alert.ts";
import { OPERATIONS_ALERTS } from "../../../services/print/alerts/operations-alerts.ts";
import { RECORDINGS } from "../../../services/print/alerts/recordings.ts";
import { alertName, ruleAlerts } from "../../../services/print/alerts/rule-alerts.ts";
import { printAlerts } from "../../../services/print/print-alerts.ts";
import { printDashboards } from "../../../services/print/print-dashboards.ts";
import { REPOSITORY } from "../../../services/print/printed-files.ts";
import { shippedRules } from "../../../services/print/shipped-rules.ts";
import type { DashboardJson } from "../../support/dashboard-queries.ts";
import { seriesOf } from "../../support/exposition.ts";
import { testPolicy } from "../../support/policy.ts";
import { openTestStore, type TestStore } from "../../support/test-store.ts";

const catalogue = new Catalogue(METRICS);
const rules = shippedRules(catalogue)!;
const alerts = [...ruleAlerts(rules), ...OPERATIONS_ALERTS];
const RULES = `${REPOSITORY}infra/prometheus/rules`;
const TESTS = `${REPOSITORY}infra/prometheus/tests`;
/** Eight simulated hours of every alert take promtool ten seconds; a busy machine takes a while. */
const PROMTOOL_MS_MAX = 240_000;
const RUNBOOKS = `${REPOSITORY}docs/runbooks`;

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { alert?: string; expr: string; annotations: { description: string } }[];
  }[];
}

function filesOf(dir: string): readonly string[] {
  return readdirSync(dir).map((name) => `${dir}/${name}`);
}

describe("printed alerts", () => {
  it("are what the rules file prints", () => {
    for (const { path, text } of printAlerts(rules))
      expect(readFileSync(REPOSITORY + path, "utf8"), path).toBe(text);
  });

  it("name owner and severity, and speak of exported series alone", () => {
    const exported = new Set(SERIES.map(({ name }) => name));
    const names = alerts.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, owner, expr, ofLane } of alerts) {
      expect(owner, name).not.toBe("");
      expect(expr.includes("lane"), name).toBe(ofLane);
    }
    for (const expr of [...alerts, ...RECORDINGS].map((one) => one.expr)) {
      for (const [series] of expr.replaceAll(/\w+:[\w:]+/g, "").matchAll(/\bplumbline_\w+/g)) {
        expect(exported, expr).toContain(series);
      }
    }
  });

  it("cover every rule: its breach, and its warning", () => {
    const printed = (parse(readFileSync(`${RULES}/verdicts.yaml`, "utf8")) as RuleFile).groups[0]!.rules;
    const expected = rules.flatMap(({ id, breach, warn }) => [
      ...(breach.length > 0 ? [alertName(id)] : []),
      ...(warn.length > 0 ? [`${alertName(id)}Warns`] : []),
    ]);
    expect(printed.map(({ alert }) => alert)).toEqual(expected);
  });

  it("are Grafana's, too: the same names, expressions and words", () => {
    const text = readFileSync(`${REPOSITORY}infra/grafana/provisioning/alerting/plumbline.yaml`, "utf8");
    const { groups } = parse(text) as {
      groups: {
        rules: { uid: string; title: string; data: { model: { expr?: string } }[]; annotations: object }[];
      }[];
    };
    const printed = groups.flatMap((group) => group.rules);
    expect(printed.map(({ title, data }) => [title, data[0]!.model.expr])).toEqual(
      alerts.map(({ name, expr }) => [name, expr]),
    );
    expect(new Set(printed.map(({ uid }) => uid)).size).toBe(printed.length);
    for (const { uid, annotations } of printed) {
      expect(uid.length).toBeLessThanOrEqual(40);
      // A single sign would be taken for the environment's.
      expect(JSON.stringify(annotations).replaceAll("$$", "")).not.toContain("$");
    }
  });

  it(
    "are accepted by promtool, and fire and end as their tests say",
    (context) => {
      if (spawnSync("promtool", ["--version"]).error !== undefined) {
        console.warn("promtool is not installed (apt-get install prometheus): alerts were not run");
        context.skip("promtool is not installed");
      }
      execFileSync("promtool", ["check", "rules", ...filesOf(RULES)]);
      execFileSync("promtool", ["check", "config", `${REPOSITORY}infra/prometheus/prometheus.yml`]);
      const run = spawnSync("promtool", ["test", "rules", ...filesOf(TESTS)], { encoding: "utf8" });
      expect(run.stderr + run.stdout).not.toContain("FAILED");
      expect(run.status).toBe(0);
    },
    PROMTOOL_MS_MAX,
  );

  it("have a test each", () => {
    const tested = filesOf(TESTS).flatMap((path) => {
      const { tests } = parse(readFileSync(path, "utf8")) as {
        tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
      };
      return tests
        .flatMap(({ alert_rule_test = [] }) => alert_rule_test)
        .filter(({ exp_alerts }) => exp_alerts.length > 0)
        .map(({ alertname }) => alertname);
    });
    expect([...new Set(tested)].sort()).toEqual(alerts.map(({ name }) => name).sort());
  });

  it("are routed by a file that amtool accepts", (context) => {
    if (spawnSync("amtool", ["--version"]).error !== undefined) {
      console.warn(
        "amtool is not installed (apt-get install prometheus-alertmanager): routes were not checked",
      );
      context.skip("amtool is not installed");
    }
    const file = `${REPOSITORY}infra/alertmanager/alertmanager.yaml`;
    execFileSync("amtool", ["check-config", file]);
    const receiver = (...labels: string[]): string =>
      execFileSync("amtool", ["config", "routes", "test", `--config.file=${file}`, ...labels], {
        encoding: "utf8",
      }).trim();
    expect(receiver("severity=page", "owner=data-quality")).toBe("data-quality-page");
    expect(receiver("severity=page", "owner=model-quality")).toBe("model-quality-page");
    expect(receiver("severity=page", "owner=platform")).toBe("platform-page");
    expect(receiver("severity=page", "owner=somebody-new")).toBe("platform-page");
    expect(receiver("severity=ticket", "owner=platform")).toBe("tickets");
    expect(receiver("severity=info", "owner=platform")).toBe("shown-only");
    // What asks for a freeze is told to people as well.
    expect(receiver("severity=ticket", "owner=platform", "action=freeze")).toBe("plumbline,tickets");
  });
});

describe("a rule that asks for a freeze", () => {
  const base = rules.find(({ id }) => id === "tail_coverage_collapse")!;
  const labelled = (rule: Rule) =>
    ruleAlerts([rule]).map((alert) => [alert.name, alertLabels(alert).action, alert.description] as const);

  it("has it asked by its breach, or, where it only warns, by its warning", () => {
    expect(labelled({ ...base, asks: "freeze" })).toEqual([
      ["PlumblineTailCoverageCollapse", "freeze", expect.stringMatching(/asks for a freeze of the lane\.$/)],
      ["PlumblineTailCoverageCollapseWarns", undefined, expect.stringMatching(/holds nothing back\.$/)],
    ]);
    expect(labelled({ ...base, breach: [], asks: "freeze" })).toEqual([
      [
        "PlumblineTailCoverageCollapseWarns",
        "freeze",
        expect.stringMatching(/asks for a freeze of the lane\.$/),
      ],
    ]);
    const printed = printAlerts([{ ...base, asks: "freeze" }]);
    for (const path of [
      "infra/prometheus/rules/verdicts.yaml",
      "infra/grafana/provisioning/alerting/plumbline.yaml",
    ]) {
      expect(printed.find((file) => file.path === path)!.text).toContain("action: freeze");
    }
  });

  it("does not ship: nothing freezes outside the ladder until somebody says so", () => {
    expect(alerts.filter(({ action }) => action !== undefined)).toEqual([]);
  });
});

describe("one threshold", () => {
  const base = rules.find(({ id }) => id === "tail_coverage_collapse")!;
  const withThreshold = (threshold: number): Rule => ({
    ...base,
    breach: base.breach.map((condition) =>
      condition.field === "value" ? { ...condition, threshold } : condition,
    ),
  });

  async function exportedBreach(rule: Rule): Promise<number | undefined> {
    const result = { ...okResult("tail_coverage", 512, 0.6, null), z: -20 };
    const row = {
      lane: "a",
      stage: "candidate" as const,
      segment: "generated",
      window: "decision" as const,
      startMs: 0,
      endMs: 60_000,
      generation: 1,
      n: 512,
      late: 0,
      repeated: 0,
      incomplete: false,
      referenceVersion: "r",
      policyVersion: "p",
      rowIndex: 0,
      rowCount: 1,
      results: [result],
      leftOut: [],
      evidence: [],
    };
    const group = {
      lane: "a",
      partition: 0,
      window: "decision" as const,
      startMs: 0,
      endMs: 60_000,
      generation: 1,
      rows: [row],
    };
    const { verdict } = judgeWindow(group, [rule], "v", catalogue, testPolicy().defaults, new Map());
    const registry = new SeriesRegistry({ strict: true });
    observeEffects(registry, [
      { type: "publish", topic: "verdicts", partition: 0, key: "a", record: verdict },
    ]);
    return (await seriesOf(registry)).get('plumbline_rule_breach{lane="a",rule="tail_coverage_collapse"}');
  }

  const alertOf = (rule: Rule): string => {
    const file = printAlerts([rule]).find(({ path }) => path.endsWith("rules/verdicts.yaml"))!;
    return (parse(file.text) as RuleFile).groups[0]!.rules[0]!.annotations.description;
  };
  const lineOf = (rule: Rule): readonly (number | null)[] => {
    const file = printDashboards([rule], catalogue).find(({ path }) => path.endsWith("/lane.json"))!;
    const { panels } = JSON.parse(file.text) as DashboardJson;
    const panel = panels.find(({ targets }) =>
      targets?.some(({ rawSql }) => rawSql?.includes(`rule = '${rule.id}'`)),
    )!;
    return panel.fieldConfig!.defaults.thresholds!.steps.map(({ value }) => value);
  };

  it("moves the verdict, the alert and the line together", async () => {
    const [strict, loose] = [withThreshold(0.7), withThreshold(0.5)];
    expect([await exportedBreach(strict), await exportedBreach(loose)]).toEqual([1, 0]);
    expect(alertOf(strict)).toContain("value < 0.7 and z < -4");
    expect(alertOf(loose)).toContain("value < 0.5 and z < -4");
    expect(lineOf(strict)).toEqual([null, 0.7, 0.85]);
    expect(lineOf(loose)).toEqual([null, 0.5, 0.85]);
  });
});

describe("runbooks", () => {
  const HEADINGS = ["What it means", "Look here", "Do this", "Undo", "Likely causes"];
  const LINES_MAX = 60;
  const names = new Set(alerts.map(({ runbook }) => runbook));
  let store: TestStore | null = null;
  afterAll(async () => {
    await store?.close();
  });
  const page = (name: string): string => readFileSync(`${RUNBOOKS}/${name}.md`, "utf8");

  it("exist for every rule and every alert, and for nothing else", () => {
    const pages = readdirSync(RUNBOOKS).map((name) => name.replace(/\.md$/, ""));
    expect(pages.sort()).toEqual([...names].sort());
    for (const { id } of rules) expect(pages).toContain(id);
  });

  it("are short, in four parts and their likely causes, and say what to type", () => {
    for (const name of names) {
      const text = page(name);
      expect(text.match(/^## .*$/gm), name).toEqual(HEADINGS.map((heading) => `## ${heading}`));
      expect(text.split("\n").length, name).toBeLessThan(LINES_MAX);
      expect(text, name).toMatch(/`plumbline [a-z]+|```sql/);
    }
  });

  it("name causes, and so does every alert", () => {
    for (const name of names) expect(page(name).split("## Likely causes")[1], name).toMatch(/^1\. .+$/m);
    for (const alert of alerts)
      expect(alertAnnotations(alert, "").likely_causes, alert.name).toMatch(/^\w.+/);
  });

  it("ask only what the history answers", async () => {
    store = await openTestStore("plumbline_runbooks");
    for (const name of names) {
      const text = page(name);
      const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1]!);
      const inline = [...text.matchAll(/`plumbline sql "([^"]+)"`/g)].map((match) => match[1]!);
      for (const sql of [...blocks, ...inline])
        await expect(store.store.query(sql), `${name}: ${sql}`).resolves.toBeDefined();
    }
  }, 60_000);
});
