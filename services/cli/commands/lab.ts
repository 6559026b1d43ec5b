import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { openClock } from "../../adapters/clock.ts";
import { openLogger } from "../../adapters/logger.ts";
import { loadCorpusFile, loadDefaultCorpus } from "../../lab/corpus.ts";
import { runSplit, splitReference } from "../../lab/split/run-split.ts";
import { splitLines } from "../../lab/split/split-lines.ts";
import {
  drawSplitPlan,
  SPLIT_SCENARIOS,
  SPLIT_SIZES,
  type SplitScenario,
} from "../../lab/split/split-plan.ts";
import { type SplitReport, worstCheck } from "../../lab/split/split-report.ts";
import { prepareSplit } from "../../lab/split/split-task.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { wholeNumber } from "../parse-option.ts";
import { Progress } from "../progress.ts";

const SEEDS_MAX = 1_000;
const FIRST_SEED_MAX = 1_000_000;
const ALL = "all";

const HELP = `
A model narrows while its main suite stays flat, and users notice windows later than the suite long_tail. Three scenarios look
alike and are no collapse: mix (users ask harder things more often), season (all questions get harder, for people too) and
judge (the suites' judge becomes stricter). The real services watch over a log in memory; needs no server.

Exit codes: 0 what must hold holds, 1 it does not, 2 usage or input error, 3 something cannot be told.

  plumbline lab split --scenario collapse --seeds 3
`;

interface SplitOptions {
  readonly seeds: number;
  readonly first: number;
  readonly scenario: SplitScenario | typeof ALL;
  readonly corpus?: string;
}

/** `plumbline lab`: scenarios with a planted truth, on real text, that the engine is held against. */
export function registerLab(program: Command, io: Io): void {
  const lab = program
    .command("lab")
    .summary("scenarios with a planted truth, to hold the engine against")
    .description(
      "Plays scenarios on real text whose truth is known, and holds what the engine says against it.",
    );
  lab
    .command("split")
    .summary("offline says fine, users say otherwise")
    .description(
      "A split of offline and online with a known lag, and three scenarios that only look like it.",
    )
    .addOption(
      new Option("--scenario <name>", "scenario to play").choices([...SPLIT_SCENARIOS, ALL]).default(ALL),
    )
    .addOption(new Option("--seeds <n>", "seeds to play").argParser(wholeNumber(1, SEEDS_MAX)).default(1))
    .addOption(
      new Option("--first <n>", "the first seed").argParser(wholeNumber(0, FIRST_SEED_MAX)).default(1),
    )
    .option("--corpus <file>", "texts to play on, as JSON lines (default: State of the Union addresses)")
    .addHelpText("after", HELP)
    .action(async (options: SplitOptions, command: Command) => {
      const { json } = globalOptions(command, io);
      const reports = await playSplits(options, io, (report) => {
        if (!json) for (const line of splitLines(report)) printLine(io.stdout, line);
      });
      const holds = worstCheck(reports);
      if (json) printJson(io, { holds, reports });
      else printLine(io.stdout, summary(reports));
      io.setExitCode(exitCode(holds));
    });
}

async function playSplits(
  options: SplitOptions,
  io: Io,
  onReport: (report: SplitReport) => void,
): Promise<SplitReport[]> {
  const clock = openClock();
  const logger = openLogger({ service: "lab", level: "error" });
  const corpus =
    options.corpus === undefined
      ? loadDefaultCorpus()
      : await loadCorpusFile(resolve(io.cwd, options.corpus));
  const scenarios = options.scenario === ALL ? SPLIT_SCENARIOS : [options.scenario];
  const progress = new Progress(io);
  const reports: SplitReport[] = [];
  try {
    for (let seed = options.first; seed < options.first + options.seeds; seed += 1) {
      progress.show(`seed ${seed}: models, questions and reference`);
      const task = prepareSplit(corpus, seed);
      const reference = splitReference(task);
      for (const scenario of scenarios) {
        const { report } = await runSplit({
          task,
          plan: drawSplitPlan(seed, scenario),
          reference,
          clock,
          logger,
          onWindow: (window) =>
            progress.update(() => `seed ${seed}, ${scenario}: window ${window} of ${SPLIT_SIZES.windows}`),
        });
        progress.done();
        reports.push(report);
        onReport(report);
      }
    }
  } finally {
    progress.done();
  }
  return reports;
}

function summary(reports: readonly SplitReport[]): string {
  const counts = { holds: 0, fails: 0, open: 0 };
  for (const report of reports) {
    const holds = worstCheck([report]);
    if (holds === true) counts.holds += 1;
    else if (holds === false) counts.fails += 1;
    else counts.open += 1;
  }
  return `${counts.holds} of ${reports.length} runs as they must be, ${counts.fails} not, ${counts.open} cannot be told`;
}

function exitCode(holds: boolean | null): ExitCode {
  if (holds === null) return EXIT.inconclusive;
  return holds ? EXIT.pass : EXIT.breach;
}
