/** Every rule's alerts as unit tests of promtool: the verdict comes, the alert fires; it goes, the alert goes. */
import type { Rule } from "../../core/rule.ts";
import { type Alert, alertAnnotations, alertLabels } from "./alert.ts";
import { document } from "./prometheus-rules.ts";
import { ruleAlerts } from "./rule-alerts.ts";

/** A lane whose name needs care in texts and links. */
const LANE = 'it\'s "50%" & more';
const GOVERNOR = 'instance="governor:9464"';

/** `ruleFiles` relative to the test file. */
export function ruleTests(rules: readonly Rule[], ruleFiles: readonly string[], runbooks: string): string {
  return document({
    rule_files: ruleFiles,
    evaluation_interval: "1m",
    tests: ruleAlerts(rules).map((alert) => ruleTest(alert, runbooks)),
  });
}

function ruleTest(alert: Alert, runbooks: string): unknown {
  const gauge = alert.name.endsWith("Warns") ? "plumbline_rule_warn" : "plumbline_rule_breach";
  const labels = `${GOVERNOR},lane=${JSON.stringify(LANE)},rule="${alert.rule}"`;
  const fires = {
    exp_labels: { ...alertLabels(alert), lane: LANE },
    exp_annotations: Object.fromEntries(
      Object.entries(alertAnnotations(alert, runbooks)).map(([name, text]) => [name, filled(text)]),
    ),
  };
  const at = (evalTime: string, alerts: readonly unknown[]): unknown => ({
    eval_time: evalTime,
    alertname: alert.name,
    exp_alerts: alerts,
  });
  return {
    name: alert.name,
    interval: "1m",
    input_series: [
      { series: `plumbline_governor_active{${GOVERNOR}}`, values: "1x60" },
      // Passes, then breaches; a governor that starts again says nothing for ten minutes; then passes.
      { series: `${gauge}{${labels}}`, values: "0x2 1x2 _x10 1 0x14" },
    ],
    alert_rule_test: [at("1m", []), at("4m", [fires]), at("14m", [fires]), at("30m", [])],
  };
}

/** What Prometheus makes of a template. */
function filled(text: string): string {
  return text
    .replaceAll(
      "{{ $labels.lane | urlquery }}",
      encodeURIComponent(LANE).replaceAll("%20", "+").replaceAll("'", "%27"),
    )
    .replaceAll("{{ $labels.lane }}", LANE);
}
