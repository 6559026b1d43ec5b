/**
 * Prints rules, their tests and Grafana's alerts from the rules file.
 *
 *   npx tsx services/print/print-alerts.ts                      writes them
 *   npx tsx services/print/print-alerts.ts --check              exits 1 when one on disk differs
 *   npx tsx services/print/print-alerts.ts --runbooks URL/      where your copy of the runbooks is read
 */
import { fileURLToPath } from "node:url";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import type { Rule } from "../core/rule.ts";
import { RUNBOOKS } from "./alerts/alert.ts";
import { grafanaAlerts } from "./alerts/grafana-alerting.ts";
import { OPERATIONS_ALERTS } from "./alerts/operations-alerts.ts";
import { alertRules, recordingRules } from "./alerts/prometheus-rules.ts";
import { ruleTests } from "./alerts/prometheus-tests.ts";
import { RECORDINGS } from "./alerts/recordings.ts";
import { ruleAlerts } from "./alerts/rule-alerts.ts";
import { type PrintedFile, printCommand } from "./printed-files.ts";
import { shippedRules } from "./shipped-rules.ts";

const RULES_DIR = "infra/prometheus/rules";

/** `runbooks`: what stands before the name of a runbook, e.g. `https://wiki.example.org/plumbline/`. */
export function printAlerts(rules: readonly Rule[], runbooks: string = RUNBOOKS): readonly PrintedFile[] {
  const verdicts = ruleAlerts(rules);
  return [
    {
      path: `${RULES_DIR}/recordings.yaml`,
      text: recordingRules("plumbline-recordings", RECORDINGS),
    },
    { path: `${RULES_DIR}/verdicts.yaml`, text: alertRules("plumbline-verdicts", verdicts, runbooks) },
    {
      path: `${RULES_DIR}/operations.yaml`,
      text: alertRules("plumbline-operations", OPERATIONS_ALERTS, runbooks),
    },
    {
      path: "infra/prometheus/tests/verdicts.yaml",
      text: ruleTests(rules, ["../rules/recordings.yaml", "../rules/verdicts.yaml"], runbooks),
    },
    {
      path: "infra/grafana/provisioning/alerting/plumbline.yaml",
      text: grafanaAlerts(
        { "plumbline-verdicts": verdicts, "plumbline-operations": OPERATIONS_ALERTS },
        runbooks,
      ),
    },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rules = shippedRules(new Catalogue(METRICS));
  const at = process.argv.indexOf("--runbooks");
  const runbooks = at === -1 ? RUNBOOKS : (process.argv[at + 1] ?? RUNBOOKS);
  if (rules !== null) printCommand(printAlerts(rules, runbooks), "infra/policy/rules.yaml", process.argv);
}
