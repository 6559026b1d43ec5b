import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { Policies } from "../../core/policy.ts";
import type { AskRows, LaneSpan } from "../../diagnosis/ask-rows.ts";
import { readDiagnosis } from "../../diagnosis/read-diagnosis.ts";
import { parseDurationMs } from "../../runtime/duration.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { laneName } from "../parse-option.ts";
import type { PolicyFileOptions } from "../policy.ts";
import { IN_FORCE, policyInForce } from "../policy-in-force.ts";
import { Progress } from "../progress.ts";
import { readCharts } from "../report/curve-history.ts";
import { type LaneReport, laneReport } from "../report/lane-report.ts";
import { laneIsKnown, readLaneHistory, readLaneNames, readRunsOf } from "../report/report-history.ts";
import { reportPage } from "../report/report-page.ts";
import { reportLines } from "../report/report-words.ts";
import { sqlRows } from "../sql-client.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";
import { clip } from "../table.ts";

const SINCE_DEFAULT_MS = 7 * 86_400_000;

const HELP = `
One page that stands alone, to attach to a review: the verdict in words, curves, evidence, samples, decisions, likely causes, and what
was not measured. Without -o it says the verdict only. --json prints everything.

Exit codes: 0 pass, 1 something is held or the last window breached, 2 usage or input error, 3 inconclusive: that is no pass.

  plumbline report --lane support --since 7d -o report.html
  plumbline report --lane support --since 2026-01-01T00:00Z --until 2026-01-08T00:00Z -o week.html
`;

const EXIT_OF: Readonly<Record<LaneReport["verdict"], ExitCode>> = {
  pass: EXIT.pass,
  breach: EXIT.breach,
  inconclusive: EXIT.inconclusive,
};

interface ReportOptions extends PolicyFileOptions {
  readonly lane: string;
  readonly since?: TimeOption;
  readonly until?: TimeOption;
  readonly output?: string;
}

/** So long before the end of the time asked for, or a point in time. */
type TimeOption = { readonly agoMs: number } | { readonly atMs: number };

/** `plumbline report`: a lane's story on one page. */
export function registerReport(program: Command, io: Io): void {
  program
    .command("report")
    .summary("a lane's story on one page")
    .description("Writes what is known of a lane in a time as one page.")
    .requiredOption("--lane <name>", "the lane", laneName)
    .option("--since <time>", "from when: a duration such as 7d, or a time (default 7d)", timeOption)
    .option("--until <time>", "to when: a duration ago, or a time (default now)", timeOption)
    .option("-o, --output <file>", "where the page goes; - for the standard output")
    .option("--rules <file>", `rules (${IN_FORCE})`)
    .option("--lanes <file>", `lanes and their policies (${IN_FORCE})`)
    .addHelpText("after", HELP)
    .action((options: ReportOptions, command: Command) => report(options, command, io));
}

async function report(options: ReportOptions, command: Command, io: Io): Promise<void> {
  const given = globalOptions(command, io);
  if (given.json && options.output === "-") {
    throw new CliError("--json and -o - both want the standard output: leave one out");
  }
  const surroundings = await readSurroundings(given, io);
  const address = sqlAddress(surroundings);
  const { policy, rules } = await policyInForce(options, surroundings, io);
  const ask: AskRows = (sql, parameters) => sqlRows(address, sql, parameters);
  const { prefix } = surroundings.names;
  const { sinceMs, untilMs } = spanOf(options, Date.now());
  const { lane } = options;
  const own = new Policies(policy).of(lane);
  const span: LaneSpan = { lane, prefix, sinceMs, untilMs, realOrigins: own.realOrigins };
  const progress = new Progress(io);
  try {
    progress.show("asking for the lane");
    if (!(await laneIsKnown(ask, lane, prefix))) throw await unknownLane(ask, lane, prefix);
    const history = await readLaneHistory(ask, span, (what) => progress.show(`asking for ${what}`));
    progress.show("asking for curves");
    const charts = await readCharts(ask, span);
    progress.show("asking for causes");
    const diagnosis = await readDiagnosis(ask, span);
    const made = laneReport({
      lane,
      prefix,
      sinceMs,
      untilMs,
      policy: own,
      rules,
      history,
      charts,
      diagnosis,
    });
    await deliver(made, options.output, given.json, io);
    io.setExitCode(EXIT_OF[made.verdict]);
  } finally {
    progress.done();
  }
}

async function deliver(made: LaneReport, output: string | undefined, json: boolean, io: Io): Promise<void> {
  if (output === "-") {
    io.stdout.write(reportPage(made));
    return;
  }
  if (output !== undefined) {
    const path = resolve(io.cwd, output);
    try {
      await writeFile(path, reportPage(made));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliError(`the page cannot be written: ${why}`, EXIT.input, error);
    }
  }
  if (json) printJson(io, made);
  else {
    for (const line of reportLines(made)) printLine(io.stdout, line);
    if (output !== undefined) printLine(io.stdout, `page: ${output}`);
  }
}

async function unknownLane(ask: AskRows, lane: string, prefix: string): Promise<CliError> {
  const runs = await readRunsOf(ask, lane);
  if (runs.length > 0) {
    const named = runs.map((run) => (run === "" ? "the live run (no --prefix)" : `--prefix ${clip(run)}`));
    return new CliError(
      `nothing is known of lane ${clip(lane)} in this run; other runs judged it: ${named.join(", ")}`,
    );
  }
  const there = await readLaneNames(ask, prefix);
  const run = prefix === "" ? "" : ` in the run ${clip(prefix)}`;
  const known =
    there.length === 0
      ? "no lane has a verdict yet; samples make them: `plumbline ingest FILE`, or `plumbline demo`"
      : `lanes there are: ${there.map((name) => clip(name)).join(", ")}`;
  return new CliError(`nothing is known of lane ${clip(lane)}${run}; ${known}`);
}

function spanOf(
  { since, until }: Pick<ReportOptions, "since" | "until">,
  nowMs: number,
): { readonly sinceMs: number; readonly untilMs: number } {
  const at = (option: TimeOption, endMs: number): number =>
    "atMs" in option ? option.atMs : Math.max(0, endMs - option.agoMs);
  const untilMs = until === undefined ? nowMs : at(until, nowMs);
  const sinceMs = at(since ?? { agoMs: SINCE_DEFAULT_MS }, untilMs);
  if (sinceMs >= untilMs) throw new CliError("--since is not before --until: no time lies between them");
  return { sinceMs, untilMs };
}

function timeOption(text: string): TimeOption {
  const agoMs = parseDurationMs(text);
  if (agoMs !== null && agoMs > 0) return { agoMs };
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs) || atMs < 0) {
    throw new InvalidArgumentError("A duration such as 7d or a time such as 2026-01-31T12:00Z is expected.");
  }
  return { atMs };
}
