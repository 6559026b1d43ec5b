/**
 * Prints `dashboards/*.json` from the catalogue and the rules file.
 *
 *   npx tsx services/print/print-dashboards.ts            writes them
 *   npx tsx services/print/print-dashboards.ts --check    exits 1 when one on disk differs
 */
import { fileURLToPath } from "node:url";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import type { Rule } from "../core/rule.ts";
import { buildBoard } from "./grafana/board.ts";
import { boards } from "./grafana/boards.ts";
import { type PrintedFile, printCommand } from "./printed-files.ts";
import { shippedRules } from "./shipped-rules.ts";

export function printDashboards(rules: readonly Rule[], catalogue: Catalogue): readonly PrintedFile[] {
  return boards(rules, catalogue).map((board) => ({
    path: `dashboards/${board.name}.json`,
    text: `${JSON.stringify(buildBoard(board), null, 2)}\n`,
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const catalogue = new Catalogue(METRICS);
  const rules = shippedRules(catalogue);
  if (rules !== null) {
    const files = printDashboards(rules, catalogue);
    printCommand(files, "the catalogue and infra/policy/rules.yaml", process.argv);
  }
}
