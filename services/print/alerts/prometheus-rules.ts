/** Alerts as rule files of Prometheus. */
import { stringify } from "yaml";
import { type Alert, alertAnnotations, alertLabels } from "./alert.ts";
import type { Recording } from "./recordings.ts";

/** How long an alert stays after its cause is gone: longer than a service needs to start again. */
const KEEP_FIRING_FOR = "5m";

export function alertRules(group: string, alerts: readonly Alert[], runbooks: string): string {
  const rules = alerts.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    ...(alert.holdsFor === "0s" ? {} : { for: alert.holdsFor }),
    keep_firing_for: KEEP_FIRING_FOR,
    labels: alertLabels(alert),
    annotations: alertAnnotations(alert, runbooks),
  }));
  return document({ groups: [{ name: group, rules }] });
}

export function recordingRules(group: string, recordings: readonly Recording[]): string {
  return document({ groups: [{ name: group, rules: recordings }] });
}

export function document(content: unknown): string {
  return `# Printed by \`make generate\` from services/print/alerts and infra/policy/rules.yaml; not edited by hand.\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
