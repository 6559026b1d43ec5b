import type { Command } from "commander";
import type { Verdict } from "../../core/records.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { readJudges } from "../judge/judge-history.ts";
import { judgeLines } from "../judge/judge-lines.ts";
import { judgeReport } from "../judge/judge-report.ts";
import { durationMs, laneName } from "../parse-option.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";

const SINCE_DEFAULT_MS = 30 * 86_400_000;

const HELP = `
Judges are held against the reviews that people wrote of the same samples (topic reviews); docs/judges.md says how.

Exit codes: 0 every judge of weight agrees with people, 1 one does not, 2 usage or input error, 3 too few reviews.
`;

const EXIT_OF: Readonly<Record<Verdict, ExitCode>> = {
  pass: EXIT.pass,
  breach: EXIT.breach,
  inconclusive: EXIT.inconclusive,
  error: EXIT.inconclusive,
};

/** `plumbline judge`: what judges are worth. */
export function registerJudge(program: Command, io: Io): void {
  const judge = program
    .command("judge")
    .summary("hold judges against people")
    .description("Judges: how far they agree with people, who decides how much, and what they let through.");
  judge
    .command("report")
    .description("Prints, for each judge version of a lane, its agreement with the people who reviewed.")
    .requiredOption("--lane <lane>", "the lane", laneName)
    .option("--since <duration>", "samples of the last so long, e.g. 7d (default 30d)", durationMs)
    .addHelpText("after", HELP)
    .action((options: ReportOptions, command: Command) => report(options, command, io));
}

interface ReportOptions {
  readonly lane: string;
  readonly since?: number;
}

async function report(
  { lane, since = SINCE_DEFAULT_MS }: ReportOptions,
  command: Command,
  io: Io,
): Promise<void> {
  const given = globalOptions(command, io);
  const surroundings = await readSurroundings(given, io);
  const question = { lane, sinceMs: Math.max(0, Date.now() - since), prefix: surroundings.names.prefix };
  const found = judgeReport(await readJudges(sqlAddress(surroundings), question));
  if (given.json) printJson(io, { lane, since: new Date(question.sinceMs).toISOString(), ...found });
  else for (const line of judgeLines(lane, found)) printLine(io.stdout, line);
  io.setExitCode(EXIT_OF[found.verdict]);
}
