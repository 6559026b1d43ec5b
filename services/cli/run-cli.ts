/** From arguments to a finished command: the program, its global options, and what an error looks like. */
import { Command, CommanderError } from "commander";
import { productVersion } from "../runtime/version.ts";
import { COMMANDS } from "./commands.ts";
import { CliError, EXIT, type Io, printLine } from "./io.ts";

const DESCRIPTION =
  "Watches synthetic training data against reality, live, and stops it before the tail disappears.";

const AFTER_HELP = `
Exit codes: 0 pass, 1 breach, 2 something to correct first (usage, input, surroundings), 3 inconclusive.

First steps:
  plumbline doctor                                what is here, what is missing, how to get it
  plumbline scan FILE --reference REAL.jsonl      hold a file of texts against real ones; needs no server
  plumbline demo                                  see a model collapse and be stopped
`;

/** The program with every command. Parsing it runs the command named by the arguments. */
export function buildProgram(io: Io): Command {
  const program = new Command("plumbline")
    .description(DESCRIPTION)
    .version(productVersion(), "-V, --version", "print the version")
    .option("--json", "print one JSON document instead of text")
    .option("--home <dir>", "state directory", io.env.PLUMBLINE_HOME || ".plumbline")
    .option("--prefix <prefix>", "prefix of the run's topics", io.env.PLUMBLINE_PREFIX ?? "")
    .option("--debug", "print the stack of an error")
    .addHelpText("after", AFTER_HELP)
    .showSuggestionAfterError(true)
    .showHelpAfterError("Add --help to see what is possible.")
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(io.columns, 110) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.columns, 110),
      getErrHelpWidth: () => Math.min(io.columns, 110),
    })
    .exitOverride();
  for (const register of COMMANDS) register(program, io);
  return program;
}

/** Runs one command and sets the exit code. Never rejects: a failure is printed, with its stack only under `--debug`. */
export async function runCli(args: readonly string[], io: Io): Promise<void> {
  const program = buildProgram(io);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed what there is to say. Help and version end with 0, the rest is usage.
      io.setExitCode(error.exitCode === 0 ? EXIT.pass : EXIT.input);
      return;
    }
    printError(error, program.opts<{ debug?: boolean }>().debug === true, io);
    io.setExitCode(error instanceof CliError ? error.exitCode : EXIT.input);
  }
}

function printError(error: unknown, debug: boolean, io: Io): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof CliError || debug ? "" : " (add --debug for the stack)";
  printLine(io.stderr, `plumbline: ${message}${hint}`);
  if (debug && error instanceof Error) printLine(io.stderr, error.stack ?? "");
}
