import type { Command } from "commander";
import { Policies } from "../../core/policy.ts";
import { globalOptions } from "../global-options.ts";
import { type Io, printJson, printLine } from "../io.ts";
import { laneName, wholeNumber } from "../parse-option.ts";
import type { PolicyFileOptions } from "../policy.ts";
import { IN_FORCE, policyInForce } from "../policy-in-force.ts";
import { releaseExitCode, releaseReport } from "../release/release-checks.ts";
import { readRelease } from "../release/release-history.ts";
import { releaseLines } from "../release/release-lines.ts";
import { readSuiteRegistry } from "../suite/suite-registry.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";

const DAY_MS = 86_400_000;
const WITHIN_DAYS_DEFAULT = 7;
const WITHIN_DAYS_MAX = 365;

const HELP = `
Asks history: gates that are not open, raises of the generated share that no experiment supports and nothing took back, suites that
the lane's policy asks for and that do not run, buckets that users are served worse in, evaluations that have come apart from users,
and alarms that nothing offline foretold. What is not known is no pass.

Exit codes: 0 pass, 1 a red line, 2 usage or input error, 3 inconclusive.

  plumbline release check --lane support/after-sales
`;

interface CheckOptions extends PolicyFileOptions {
  readonly lane: string;
  readonly within: number;
}

/** `plumbline release`: what a person asks before a model of a lane goes out. */
export function registerRelease(program: Command, io: Io): void {
  const release = program
    .command("release")
    .summary("whether a lane may be released")
    .description("Release: the red lines of a lane, asked at once.");
  release
    .command("check")
    .description("Says whether anything known speaks against releasing what a lane made.")
    .requiredOption("--lane <name>", "the lane", laneName)
    .option(
      "--within <days>",
      "how old the lane's latest judged window may be",
      wholeNumber(1, WITHIN_DAYS_MAX),
      WITHIN_DAYS_DEFAULT,
    )
    .option("--rules <file>", `rules (${IN_FORCE})`)
    .option("--lanes <file>", `lanes and their policies (${IN_FORCE})`)
    .addHelpText("after", HELP)
    .action((options: CheckOptions, command: Command) => check(options, command, io));
}

async function check(options: CheckOptions, command: Command, io: Io): Promise<void> {
  const { lane, within } = options;
  const given = globalOptions(command, io);
  const surroundings = await readSurroundings(given, io);
  const { names } = surroundings;
  const address = sqlAddress(surroundings);
  const { policy } = await policyInForce(options, surroundings, io);
  const nowMs = Date.now();
  const expected = new Policies(policy).of(lane).suites;
  const registry = await readSuiteRegistry(address, names, lane, expected, nowMs);
  const history = await readRelease(address, names, lane);
  const report = releaseReport(lane, history, registry, nowMs, within * DAY_MS);
  if (given.json) printJson(io, report);
  else for (const line of releaseLines(report)) printLine(io.stdout, line);
  io.setExitCode(releaseExitCode(report));
}
