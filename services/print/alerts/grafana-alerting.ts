/** The same alerts for Grafana's own alerting, as a provisioning file. One of the two should notify, not both. */
import { createHash } from "node:crypto";
import { type Alert, alertAnnotations, alertLabels } from "./alert.ts";
import { document } from "./prometheus-rules.ts";

/** Of the provisioned data source. */
export const PROMETHEUS_UID = "plumbline-prometheus";
export const CLICKHOUSE_UID = "plumbline-clickhouse";
const LOOK_BACK_S = 600;

export function grafanaAlerts(groups: Readonly<Record<string, readonly Alert[]>>, runbooks: string): string {
  return document({
    apiVersion: 1,
    groups: Object.entries(groups).map(([name, alerts]) => ({
      orgId: 1,
      name,
      folder: "Plumbline",
      interval: "1m",
      rules: alerts.map((alert) => grafanaRule(alert, runbooks)),
    })),
  });
}

function grafanaRule(alert: Alert, runbooks: string): unknown {
  const relativeTimeRange = { from: LOOK_BACK_S, to: 0 };
  return {
    // Stays when the file is printed anew; Grafana allows 40 characters.
    uid: `plumbline-${createHash("sha256").update(alert.name).digest("hex").slice(0, 16)}`,
    title: alert.name,
    condition: "firing",
    data: [
      {
        refId: "verdict",
        relativeTimeRange,
        datasourceUid: PROMETHEUS_UID,
        model: { refId: "verdict", expr: alert.expr, instant: true, range: false },
      },
      {
        refId: "firing",
        relativeTimeRange,
        datasourceUid: "__expr__",
        model: {
          refId: "firing",
          type: "threshold",
          expression: "verdict",
          // The expression is there or not; where it is, it is above 0.
          conditions: [{ evaluator: { type: "gt", params: [0] } }],
        },
      },
    ],
    noDataState: "OK",
    execErrState: "Error",
    for: alert.holdsFor,
    labels: alertLabels(alert),
    annotations: dollarsEscaped(alertAnnotations(alert, runbooks)),
  };
}

/** Provisioning files put the environment in place of `$name`; `$$` stands for the sign. */
function dollarsEscaped(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, text]) => [name, text.replaceAll("$", "$$$$")]),
  );
}
