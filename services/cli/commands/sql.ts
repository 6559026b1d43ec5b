import { type Command, InvalidArgumentError } from "commander";
import { globalOptions } from "../global-options.ts";
import { type Io, printLine } from "../io.ts";
import { PagedOutput } from "../paged-output.ts";
import { askSql } from "../sql-client.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";

const HELP = `
Asks the history of the running \`plumbline up\`, or the server in CLICKHOUSE_URL. Reading only, within limits of time and size.
On a terminal, what is longer than the screen goes through $PAGER (less; an empty PAGER turns that off).

  plumbline sql "SELECT lane, verdict, start_time FROM verdicts WHERE rule = '' ORDER BY start_time DESC LIMIT 10"
  plumbline sql "SELECT * FROM window_values WHERE lane = {lane:String} LIMIT 5" --param lane=support --format JSON
  plumbline sql "SHOW TABLES"
`;

interface SqlOptions {
  readonly format?: string;
  readonly param: Readonly<Record<string, string>>;
}

/** `plumbline sql`: one statement against the history. */
export function registerSql(program: Command, io: Io): void {
  program
    .command("sql")
    .summary("ask the history with SQL")
    .description("Asks the history with one SQL statement.")
    .argument("<statement>", "one statement of ClickHouse's SQL that reads")
    .option("--format <name>", "ClickHouse's output format (default: a table; JSON with --json)")
    .option("--param <name=value>", "value of {name:Type} in the statement; repeatable", addParameter, {})
    .addHelpText("after", HELP)
    .action(async (statement: string, options: SqlOptions, command: Command) => {
      const given = globalOptions(command, io);
      const address = sqlAddress(await readSurroundings(given, io));
      const format = options.format ?? (given.json ? "JSON" : "PrettyCompactMonoBlock");
      const output = new PagedOutput(io);
      try {
        await askSql(address, { sql: statement, parameters: options.param, format }, (chunk) =>
          output.write(chunk),
        );
      } finally {
        await output.end();
      }
      // For whoever looks at a screen; a program reads an empty output.
      if (output.bytes === 0 && io.screenRows !== undefined) printLine(io.stderr, "no rows");
    });
}

function addParameter(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    throw new InvalidArgumentError("name=value is expected; a name has letters, digits and _.");
  }
  return { ...before, [name]: text.slice(at + 1) };
}
