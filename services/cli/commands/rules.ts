import type { Command } from "commander";
import { loadPolicyFiles } from "../../runtime/policy-files.ts";
import { arithmeticOf } from "../condition-words.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type Io, printJson, printLine } from "../io.ts";
import { policyPaths, productCatalogue } from "../policy.ts";
import { type Column, tableLines, visible } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { title: "rule" },
  { title: "metric" },
  { title: "measured in" },
  { title: "breach when" },
  { title: "warn when" },
  { title: "severity" },
  { title: "owner" },
];

/** `plumbline rules check`: every problem of the rules and lanes files, with its line. */
export function registerRules(program: Command, io: Io): void {
  const rules = program.command("rules").description("Rules and lanes as files.");
  rules
    .command("check")
    .description("Checks a rules file and a lanes file; prints every problem, or the rules.")
    .argument("[rules]", "rules file (default: the product's)")
    .option("--lanes <file>", "lanes file (default: the product's)")
    .action((path: string | undefined, options: { readonly lanes?: string }, command: Command) => {
      const { json } = globalOptions(command, io);
      const paths = policyPaths({ rules: path, lanes: options.lanes }, io);
      const loaded = loadPolicyFiles({ ...paths, catalogue: productCatalogue() });
      if (!loaded.ok) {
        if (json) printJson(io, { ok: false, problems: loaded.problems });
        else {
          for (const { file, line, message } of loaded.problems) {
            printLine(io.stderr, `${file}:${line}: ${visible(message)}`);
          }
        }
        io.setExitCode(EXIT.input);
        return;
      }
      if (json) {
        const { rules: found, rulesVersion, policy } = loaded;
        printJson(io, { ok: true, rulesVersion, policyVersion: policy.version, rules: found, policy });
        return;
      }
      const rows = loaded.rules.map((rule) => [
        rule.id,
        rule.metric,
        `${rule.stage}/${rule.segment}${rule.bucket === "" ? "" : ` [${rule.bucket}]`}`,
        arithmeticOf(rule.breach),
        arithmeticOf(rule.warn),
        rule.severity,
        rule.owner,
      ]);
      for (const line of tableLines(COLUMNS, rows)) printLine(io.stdout, line);
      const lanes = loaded.policy.lanes.length;
      printLine(io.stdout);
      printLine(
        io.stdout,
        `${loaded.rules.length} rules, version ${loaded.rulesVersion}; ${lanes} declared lanes, policy version ${loaded.policy.version}.`,
      );
    });
}
