import type { Command } from "commander";
import { type Check, runChecks } from "../doctor/checks.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type Io, printJson, printLine } from "../io.ts";
import { visible } from "../table.ts";

/** `plumbline doctor`: one line a part. */
export function registerDoctor(program: Command, io: Io): void {
  program
    .command("doctor")
    .summary("what is here, what is missing, how to get it")
    .description("Says what is present and missing on this machine, what that costs, and how to get it.")
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = globalOptions(command, io);
      const checks = await runChecks({ home, env: io.env });
      const missing = checks.filter((check) => check.required && !check.present);
      if (json) printJson(io, { ok: missing.length === 0, checks });
      else {
        for (const check of checks) printLine(io.stdout, checkLine(check));
        printLine(io.stdout);
        printLine(
          io.stdout,
          missing.length === 0
            ? "Everything that is required is here. Next: plumbline demo"
            : `Missing and required: ${missing.map(({ name }) => name).join(", ")}. \`make setup\` installs what it can.`,
        );
      }
      io.setExitCode(missing.length === 0 ? EXIT.pass : EXIT.breach);
    });
}

function checkLine({ name, required, present, detail, cost, fix }: Check): string {
  const mark = present ? "ok" : required ? "MISSING" : "absent";
  const words = [visible(detail), cost, fix === "" ? "" : `get it: ${fix}`].filter((part) => part !== "");
  return `${mark.padEnd(8)}${name.padEnd(20)}${words.join("; ")}`;
}
