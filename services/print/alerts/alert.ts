/** An alert as data: printed for Prometheus, for Grafana, and as its own test. */
import { causeOf } from "../../core/diagnosis/causes.ts";
import { signalOf, signalsOfRule } from "../../core/diagnosis/signals.ts";
import type { Rule } from "../../core/rule.ts";
import { OPERATIONS_CAUSES } from "./operations-causes.ts";

/** As in rules: whom it wakes, what can wait for the morning, what is only shown. */
export type Severity = Rule["severity"];

export interface Alert {
  readonly name: string;
  /** Gives a value for each thing to alert on, and nothing where all is well. Every value is above 0. */
  readonly expr: string;
  /** How long it must hold, in Prometheus' notation; "0s" where the verdict has waited already. */
  readonly holdsFor: string;
  readonly severity: Severity;
  readonly owner: string;
  /** The rule of the rules file behind it; absent for alerts on the product itself. */
  readonly rule?: string;
  /** What it asks for by webhook: its label `action`. */
  readonly action?: Rule["asks"];
  /** Templates of Prometheus and Grafana alike; labels are those of `expr`. */
  readonly summary: string;
  readonly description: string;
  /** Page in docs/runbooks, without `.md`. */
  readonly runbook: string;
  /** Dashboard that shows it: `plumbline-<name>`. */
  readonly dashboard: string;
  /** Whether the dashboard is one lane's. */
  readonly ofLane: boolean;
}

/** Causes that an alert names; its page has more of them. */
const CAUSES_MAX = 3;

/** Where pages are, before the name of one. A team that keeps the runbooks elsewhere prints with its own. */
export const RUNBOOKS = "docs/runbooks/";

export function alertLabels(alert: Alert): Readonly<Record<string, string>> {
  const { severity, owner, rule, action } = alert;
  return {
    severity,
    owner,
    ...(rule === undefined ? {} : { rule }),
    ...(action === undefined ? {} : { action }),
  };
}

export function alertAnnotations(alert: Alert, runbooks: string): Readonly<Record<string, string>> {
  const { summary, description, runbook, dashboard, ofLane } = alert;
  const causes = likelyCauses(alert);
  return {
    summary,
    description,
    ...(causes === "" ? {} : { likely_causes: causes }),
    runbook_url: `${runbooks}${runbook}.md`,
    dashboard: `/d/${dashboard}${ofLane ? "?var-lane={{ $labels.lane | urlquery }}" : ""}`,
  };
}

/** Titles, the likeliest first: of a rule's alert from the table of causes. */
function likelyCauses({ rule, runbook }: Alert): string {
  const titles =
    rule === undefined
      ? (OPERATIONS_CAUSES[runbook] ?? []).map(({ title }) => title)
      : [...new Set(signalsOfRule(rule, "").flatMap((signal) => signalOf(signal).causes))].map(
          (cause) => causeOf(cause).title,
        );
  return titles.slice(0, CAUSES_MAX).join("; ");
}
