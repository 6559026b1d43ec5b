/** What a printed dashboard must be, panel by panel; each problem in words. */
import { SERIES } from "../../services/adapters/prometheus/metric-spec.ts";
import type { DashboardJson, PanelJson, Target } from "./dashboard-queries.ts";

const GRID_COLUMNS = 24;
/** Of prom-client, and of Prometheus itself. */
const FOREIGN_SERIES = [
  "process_resident_memory_bytes",
  "process_cpu_seconds_total",
  "nodejs_eventloop_lag_p99_seconds",
];
/** Queries over counters that are meant as they stand, with the reason. */
const COUNTERS_AS_THEY_ARE: readonly string[] = [
  // Decisions are few; how many there were says more than how many a second.
  "sum by (decision, rule) (plumbline_gate_decisions_total)",
];
/** Panels whose SQL tells what is, not what was. */
const NOW_PANELS: readonly string[] = [
  "How did each lane's last window end?",
  "Which share does each gate let through?",
  "How far is each topic recorded?",
  "Which bucket has lost most, and how sure is it?",
  "How old and how independent are the suites?",
  "Which suite judges also judge or make the training data?",
];

export function lintDashboard(dashboard: DashboardJson): readonly string[] {
  const problems: string[] = [];
  const panels = dashboard.panels.filter(({ type }) => type !== "row");
  if (!/^plumbline-[a-z]+$/.test(dashboard.uid)) problems.push(`uid ${dashboard.uid}`);
  if (dashboard.editable) problems.push("editable: it is printed");
  if (dashboard.description.length < 20) problems.push("no description");
  problems.push(...lintVariables(dashboard));
  const ids = dashboard.panels.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push("panel ids repeat");
  const titles = panels.map(({ title }) => title);
  if (new Set(titles).size !== titles.length) problems.push("panel titles repeat");
  for (const panel of panels) {
    for (const problem of lintPanel(panel)) problems.push(`${panel.title}: ${problem}`);
  }
  problems.push(...overlaps(dashboard.panels));
  return problems.map((problem) => `${dashboard.uid}: ${problem}`);
}

function lintVariables({ templating, panels, annotations }: DashboardJson): string[] {
  const problems: string[] = [];
  const names = templating.list.map(({ name }) => name);
  const text = JSON.stringify([panels, annotations]);
  const used = new Set([...text.matchAll(/\$\{?([a-z]\w*)/g)].map((match) => match[1]!));
  for (const name of used) if (!names.includes(name)) problems.push(`$${name} is not a variable`);
  for (const { name, type, multi, datasource, includeAll, allValue } of templating.list) {
    if (!used.has(name) && type !== "datasource") problems.push(`variable ${name} is not used`);
    if (multi) problems.push(`variable ${name} takes several values: SQL could not quote them`);
    if (includeAll && allValue !== "__all") problems.push(`variable ${name} has no value for all`);
    if (type === "query" && !isVariable(datasource?.uid))
      problems.push(`variable ${name}: fixed data source`);
  }
  for (const name of ["prometheus", "clickhouse"]) {
    if (!names.includes(name)) problems.push(`no data source variable ${name}`);
  }
  return problems;
}

function lintPanel(panel: PanelJson): string[] {
  const problems: string[] = [];
  const { title, description = "", datasource, fieldConfig, targets = [] } = panel;
  if (!title.endsWith("?")) problems.push("the title is no question");
  if (description.length < 20) problems.push("no description");
  if ((fieldConfig?.defaults.unit ?? "") === "") problems.push("no unit");
  if (!isVariable(datasource?.uid)) problems.push("fixed data source");
  if (targets.length === 0) problems.push("no query");
  if (new Set(targets.map(({ refId }) => refId)).size !== targets.length) problems.push("refIds repeat");
  for (const target of targets) {
    if (target.datasource.uid !== datasource?.uid) problems.push("a query of another data source");
    problems.push(...(target.rawSql === undefined ? lintPromql(target) : lintSql(target, panel)));
  }
  const steps = fieldConfig?.defaults.thresholds?.steps ?? [];
  const values = steps.slice(1).map(({ value }) => value ?? Number.NaN);
  if (steps.length > 0 && steps[0]!.value !== null) problems.push("the first step has a value");
  if (values.some((value, i) => Number.isNaN(value) || (i > 0 && value <= values[i - 1]!))) {
    problems.push(`steps ${values.join(", ")} do not rise`);
  }
  return problems;
}

function isVariable(uid: string | undefined): boolean {
  return uid === "${prometheus}" || uid === "${clickhouse}";
}

function lintPromql({ expr = "" }: Target): string[] {
  const problems: string[] = [];
  const exported = new Set([...SERIES.map(({ name }) => name), ...FOREIGN_SERIES]);
  for (const [name] of expr.matchAll(/\b(?:plumbline|process|nodejs)_\w+/g)) {
    if (!exported.has(name.replace(/_bucket$/, ""))) problems.push(`${name} is not exported`);
  }
  for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g)) {
    if (range !== "$__rate_interval") problems.push(`fixed range ${range}`);
  }
  if (/_total\b/.test(expr) && !/\b(rate|increase)\(/.test(expr) && !COUNTERS_AS_THEY_ARE.includes(expr)) {
    problems.push("a counter without rate");
  }
  if (!/\b(sum|max|min|avg|count|histogram_quantile)\b/.test(expr))
    problems.push("no aggregation over instances");
  return problems;
}

function lintSql({ rawSql = "", format }: Target, { title }: PanelJson): string[] {
  const problems: string[] = [];
  if (!/\$__(timeFilter\(|fromTime)/.test(rawSql) && !NOW_PANELS.includes(title))
    problems.push("no time filter");
  if (format === 0 && !/ORDER BY time\b/.test(rawSql)) problems.push("curves are not in order of time");
  // Everything else could end the string it stands in.
  for (const [use] of rawSql.matchAll(/\$\{?[a-z]\w*(?::\w+)?\}?/g)) {
    if (!/^\$\{\w+:percentencode\}$/.test(use)) problems.push(`${use} is not encoded`);
  }
  return problems;
}

function overlaps(panels: readonly PanelJson[]): string[] {
  const problems: string[] = [];
  panels.forEach(({ title, gridPos: a }, i) => {
    if (a.x < 0 || a.w < 1 || a.h < 1 || a.x + a.w > GRID_COLUMNS)
      problems.push(`${title}: outside the grid`);
    for (const { title: other, gridPos: b } of panels.slice(i + 1)) {
      if (a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h) {
        problems.push(`${title} lies over ${other}`);
      }
    }
  });
  return problems;
}
