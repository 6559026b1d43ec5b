/**
 * Prints `docs/metrics.md` from the catalogue and `docs/rules.md` from the rules file.
 *
 *   npx tsx services/print/print-docs.ts            writes both
 *   npx tsx services/print/print-docs.ts --check    exits 1 when one on disk differs
 */
import { fileURLToPath } from "node:url";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import type { Metric, Unit } from "../core/metric.ts";
import type { Rule } from "../core/rule.ts";
import { conditionsText } from "./condition-text.ts";
import { printCommand } from "./printed-files.ts";
import { shippedRules } from "./shipped-rules.ts";

const UNITS: Readonly<Record<Unit, string>> = {
  ratio: "ratio",
  bits: "bits",
  nats: "nats",
  count: "count",
  psi: "PSI (nats)",
  days: "days",
};

/** The ladder of `services/core/gate.ts` in words. */
const LADDER: readonly (readonly [string, string])[] = [
  ["one family breaches in a decision window", "`watch`: shown, the owner is told"],
  [
    "one family breaches in two decision windows running",
    "`throttled`: the lane's share of generated samples goes down to `throttleShare`",
  ],
  [
    "two families breach in two decision windows running, or in one generation window",
    "`frozen`: the smallest set of subjects that restores the null, else the lane",
  ],
  ["any family breaches on probation", "`frozen` again"],
  ["`relaxCleanWindows` clean decision windows", "one state down, never out of `frozen`"],
  [
    "`resumeCleanWindows` clean decision windows of trial batches, and a named approver who did not freeze it, with a reason",
    "`probation`, by the steps of `probationShares`",
  ],
  ["a clean window on every step of probation", "`open`"],
];

/** The whole text of `docs/metrics.md`. */
export function printMetrics(metrics: readonly Metric[]): string {
  const sorted = metrics.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [
    "# Metrics",
    "",
    "<!-- Printed from services/core/metrics/ by `make generate`; not edited by hand. -->",
    "",
    "Every value comes with the number of texts, trials or arrivals behind it, a 95 % interval where there is one, and,",
    "for metrics of a sample, the mean and deviation of the same metric on real windows of the same size.",
    "",
    "| metric | what it is | unit | better | family | stages |",
    "|---|---|---|---|---|---|",
    ...sorted.map((metric) => {
      const { id, title, unit, better, family, stages } = metric;
      return row([`[\`${id}\`](#${id})`, title, UNITS[unit], better, familyText(family), stages.join(", ")]);
    }),
    "",
    ...sorted.flatMap(metricSection),
  ].join("\n");
}

function metricSection(metric: Metric): readonly string[] {
  const { id, title, why, unit, better, family, basis, stages, source } = metric;
  return [
    `## ${id}`,
    "",
    `**${title}.** ${why}`,
    "",
    `- unit: ${UNITS[unit]}; better: ${better}`,
    `- family: ${familyText(family)}; counts: ${basis}`,
    `- measured on: ${measuredOn(metric)}; stages: ${stages.join(", ")}`,
    // The name of the specification would be read as this page's own.
    `- source: ${source}`,
    "",
  ];
}

function measuredOn(metric: Metric): string {
  if (metric.kind === "counts") return `every ${metric.input} of a window`;
  if (metric.kind === "series") return "the lane's decision windows, one after the other";
  const scale = metric.scale === "to_null" ? ", shown relative to real windows of that size" : "";
  return `the window's sample of texts${scale}`;
}

function familyText(family: string): string {
  return family === "none" ? "none: shown, never judged" : family;
}

/** The whole text of `docs/rules.md`. Headings are the rules' ids: their `page` points here. */
export function printRules(rules: readonly Rule[], catalogue: Catalogue): string {
  return [
    "# Rules",
    "",
    "<!-- Printed from infra/policy/rules.yaml by `make generate`; not edited by hand. -->",
    "",
    "A rule says when a metric of a decision window breaches. All conditions of a rule must hold: an effect that matters and",
    "evidence that it is no accident. *Real* is what windows of real texts of the same size show, *anchor* the lane's first",
    "clean window. A value that cannot be told makes a rule inconclusive, which is never a pass.",
    "",
    "| rule | breach when | warn when | family | severity | owner |",
    "|---|---|---|---|---|---|",
    ...rules.map((rule) => {
      const family = catalogue.byId.get(rule.metric)!.family;
      const cells = [
        conditionsText(rule.breach) + (rule.holds === undefined ? "" : `; holds the ${rule.holds} at once`),
        conditionsText(rule.warn) + (rule.asks === undefined ? "" : `; its alert asks for a ${rule.asks}`),
        family,
        rule.severity,
        rule.owner,
      ];
      return row([`[\`${rule.id}\`](#${rule.id})`, ...cells]);
    }),
    "",
    "## What follows",
    "",
    "Breaches are counted by family, so that one cause measured twice does not weigh double; two metrics made of the same",
    "counts are one piece of evidence. A warning is shown and has no consequence. Where a lane's policy says",
    "`enforce: false`, all of this is decided and recorded, and nothing is held back.",
    "",
    "| when | then |",
    "|---|---|",
    ...LADDER.map((step) => row(step)),
    "",
    ...rules.flatMap((rule) => ruleSection(rule, catalogue)),
  ].join("\n");
}

function ruleSection(rule: Rule, catalogue: Catalogue): readonly string[] {
  const metric = catalogue.byId.get(rule.metric)!;
  const bucket = rule.bucket === "" ? "" : `, bucket \`${rule.bucket}\``;
  const warn = rule.warn.length === 0 ? [] : [`- warn when: ${conditionsText(rule.warn)}`];
  return [
    `## ${rule.id}`,
    "",
    `**${rule.title}.** ${metric.why}`,
    "",
    `- metric: [\`${metric.id}\`](metrics.md#${metric.id}), stage ${rule.stage}, segment \`${rule.segment}\`${bucket}`,
    `- breach when: ${rule.breach.length === 0 ? "never, it only warns" : conditionsText(rule.breach)}`,
    ...warn,
    `- then: ${rule.breach.length === 0 ? "shown, no action" : `one step up the ladder for the family *${metric.family}*`}`,
    `- owner: ${rule.owner}; severity: ${rule.severity}; page: \`${rule.page}\``,
    `- source of the thresholds: ${rule.source}`,
    "",
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const catalogue = new Catalogue(METRICS);
  const rules = shippedRules(catalogue);
  if (rules !== null) {
    const files = [
      { path: "docs/metrics.md", text: printMetrics(METRICS) },
      { path: "docs/rules.md", text: printRules(rules, catalogue) },
    ];
    printCommand(files, "the catalogue and infra/policy/rules.yaml", process.argv);
  }
}
