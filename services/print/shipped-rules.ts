/** The rules file of the repository, for printers. */
import type { Catalogue } from "../core/catalogue.ts";
import type { Rule } from "../core/rule.ts";
import { loadPolicyFiles } from "../runtime/policy-files.ts";
import { REPOSITORY } from "./printed-files.ts";

/** Null where it has problems: they are on standard error, and the process will end with 1. */
export function shippedRules(catalogue: Catalogue): readonly Rule[] | null {
  const loaded = loadPolicyFiles({
    rulesPath: `${REPOSITORY}infra/policy/rules.yaml`,
    lanesPath: `${REPOSITORY}infra/policy/lanes.yaml`,
    catalogue,
  });
  if (loaded.ok) return loaded.rules;
  for (const { file, line, message } of loaded.problems) {
    process.stderr.write(`${file.replace(REPOSITORY, "")}:${line}: ${message}\n`);
  }
  process.exitCode = 1;
  return null;
}
