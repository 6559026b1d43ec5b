/** A panel for each rule of the rules file: what it judged, and the lines it judges by. */
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Catalogue } from "../../core/catalogue.ts";
import type { Condition, ConditionField, Rule } from "../../core/rule.ts";
import { conditionsText } from "../condition-text.ts";
import { type PanelSpec, UNITS } from "./panel.ts";
import { OF_LANE, sqlCurve } from "./query.ts";

/** Columns of `verdicts` by what conditions look at; effects come before significance. */
const COLUMNS: readonly (readonly [ConditionField, string])[] = [
  ["value", "value"],
  ["ratio", "ratio"],
  ["anchorRatio", "anchor_ratio"],
  ["z", "z"],
];

export function rulePanel(rule: Rule, catalogue: Catalogue): PanelSpec {
  const metric = catalogue.byId.get(rule.metric)!;
  const [field, column] = shownField(rule);
  const steps = ruleSteps(rule, field);
  const words = [
    rule.breach.length > 0 ? `Breach when ${conditionsText(rule.breach)}.` : "",
    rule.warn.length > 0 ? `Warns when ${conditionsText(rule.warn)}.` : "",
  ].filter((text) => text !== "");
  return {
    kind: "series",
    title: `Is it so that ${rule.title[0]!.toLowerCase()}${rule.title.slice(1)}?`,
    description: `${metric.title}, as rule ${rule.id} judged it in each decision window. ${words.join(" ")} ${metric.why} Runbook: docs/runbooks/${rule.id}.md.`,
    unit: field === "value" ? UNITS[metric.unit] : "none",
    width: 8,
    height: 7,
    ...(steps.length > 0 ? { steps } : {}),
    queries: [
      sqlCurve(`
        SELECT end_time AS time, if(bucket = '', 'whole', toString(bucket)) AS place, ${column}
        FROM verdicts
        WHERE rule = '${rule.id}' AND window = 'decision' AND isNotNull(${column}) AND $__timeFilter(end_time) AND ${OF_LANE}
        ORDER BY time`),
    ],
  };
}

function shownField(rule: Rule): readonly [ConditionField, string] {
  const conditions = [...rule.breach, ...rule.warn];
  return COLUMNS.find(([field]) => conditions.some((condition) => condition.field === field)) ?? COLUMNS[0]!;
}

/** The lines of the first rule that judges a metric by `field`; none where no rule does. */
export function linesOf(
  rules: readonly Rule[],
  metric: string,
  field: ConditionField,
): { readonly steps?: readonly Threshold[] } {
  const rule = rules.find(
    (one) =>
      one.metric === metric && [...one.breach, ...one.warn].some((condition) => condition.field === field),
  );
  return rule === undefined ? {} : { steps: ruleSteps(rule, field) };
}

/** Lines of `field`, the lowest first. Only conditions of that field have one: a rule may ask for more. */
function ruleSteps(rule: Rule, field: ConditionField): readonly Threshold[] {
  const at = (conditions: readonly Condition[]): Condition | undefined =>
    conditions.find((condition) => condition.field === field);
  const breach = at(rule.breach);
  const warn = at(rule.warn);
  const first = breach ?? warn;
  if (first === undefined) return [];
  if (first.op === "gt" || first.op === "gte") {
    return [
      { value: null, color: "green" },
      ...(warn === undefined ? [] : [{ value: warn.threshold, color: "yellow" }]),
      ...(breach === undefined ? [] : [{ value: breach.threshold, color: "red" }]),
    ];
  }
  const bounds = [
    ...(breach === undefined ? [] : [{ color: "red", upTo: breach.threshold }]),
    ...(warn === undefined ? [] : [{ color: "yellow", upTo: warn.threshold }]),
  ];
  return [...bounds.map(({ color }) => color), "green"].map((color, i) => ({
    value: i === 0 ? null : bounds[i - 1]!.upTo,
    color,
  }));
}
