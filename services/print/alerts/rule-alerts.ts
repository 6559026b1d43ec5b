/**
 * Alerts of the rules file: on the verdicts that the governor exports. Nothing is computed again here, so that an alert, the
 * governor's decision and the line on a dashboard cannot disagree (law 7).
 */
import type { Rule } from "../../core/rule.ts";
import { conditionsText } from "../condition-text.ts";
import type { Alert } from "./alert.ts";
import { HELD_BREACH, HELD_WARN } from "./recordings.ts";

/** One for a rule's breach, one for its warning, where it has them. */
export function ruleAlerts(rules: readonly Rule[]): readonly Alert[] {
  return rules.flatMap((rule) => [
    ...(rule.breach.length > 0 ? [breachAlert(rule)] : []),
    ...(rule.warn.length > 0 ? [warnAlert(rule)] : []),
  ]);
}

/** E.g. `PlumblineWordDivergence` for `word_divergence`. */
export function alertName(rule: string): string {
  const words = rule.split("_").map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `Plumbline${words.join("")}`;
}

function breachAlert(rule: Rule): Alert {
  const held = rule.holds === undefined ? "" : ` The governor holds the ${rule.holds} at once.`;
  const then = rule.asks === undefined ? held : `${held} This alert asks for a freeze of the lane.`;
  return {
    ...shared(rule),
    ...asked(rule),
    name: alertName(rule.id),
    expr: `${HELD_BREACH}{rule="${rule.id}"} == 1`,
    severity: rule.severity,
    description: `Rule ${rule.id} breached in the last conclusive decision window of lane {{ $labels.lane }}: ${conditionsText(rule.breach)}.${then}`,
  };
}

function warnAlert(rule: Rule): Alert {
  return {
    ...shared(rule),
    ...(rule.breach.length > 0 ? {} : asked(rule)),
    name: `${alertName(rule.id)}Warns`,
    expr: `${HELD_WARN}{rule="${rule.id}"} == 1`,
    // What may breach, too, wakes nobody before it does.
    severity: rule.breach.length > 0 ? "info" : rule.severity,
    description: `Rule ${rule.id} warned in the last conclusive decision window of lane {{ $labels.lane }}: ${conditionsText(rule.warn)}. A warning holds nothing back${rule.breach.length === 0 && rule.asks === "freeze" ? " by itself; its alert asks for a freeze of the lane" : ""}.`,
  };
}

function asked({ asks }: Rule): Pick<Alert, "action"> {
  return asks === undefined ? {} : { action: asks };
}

function shared(
  rule: Rule,
): Pick<Alert, "holdsFor" | "owner" | "rule" | "summary" | "runbook" | "dashboard" | "ofLane"> {
  return {
    holdsFor: "0s",
    owner: rule.owner,
    rule: rule.id,
    summary: `${rule.title} (lane {{ $labels.lane }})`,
    runbook: rule.id,
    dashboard: "plumbline-lane",
    ofLane: true,
  };
}
