import type { Command } from "commander";
import { type Check, runChecks } from "../doctor/checks.ts";
import { clusterChecks } from "../doctor/cluster-checks.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { readSurroundings, type Surroundings } from "../surroundings.ts";
import { visible } from "../table.ts";

/** `plumbline doctor`: one line a part. */
export function registerDoctor(program: Command, io: Io): void {
  program
    .command("doctor")
    .summary("what is here, what is missing, how to get it")
    .description(
      "Says what is present and missing on this machine, what that costs, and how to get it; of a cluster that is named or runs, " +
        "whether its topics are as declared and its decisions still chained.",
    )
    .action(async (_options: unknown, command: Command) => {
      const given = globalOptions(command, io);
      const { home, json } = given;
      const surroundings = await settled(readSurroundings(given, io));
      const checks = [
        ...(await runChecks({ home, env: io.env })),
        ...(surroundings === null ? [] : await clusterChecks(surroundings)),
      ];
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

/** null where settings are wrong, which a check says of its own. */
async function settled(surroundings: Promise<Surroundings>): Promise<Surroundings | null> {
  try {
    return await surroundings;
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
}

function checkLine({ name, required, present, detail, cost, fix }: Check): string {
  const mark = present ? "ok" : required ? "MISSING" : "absent";
  const words = [visible(detail), cost, fix === "" ? "" : `get it: ${fix}`].filter((part) => part !== "");
  return `${mark.padEnd(8)}${name.padEnd(20)}${words.join("; ")}`;
}
