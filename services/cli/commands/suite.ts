import { type Command, InvalidArgumentError } from "commander";
import { Policies } from "../../core/policy.ts";
import { OVERLAP_ORDER_DEFAULT } from "../../core/suite/verbatim-overlap.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { DEFAULT_FIELDS } from "../lines/text-line.ts";
import { wholeNumber } from "../parse-option.ts";
import type { PolicyFileOptions } from "../policy.ts";
import { IN_FORCE, policyInForce } from "../policy-in-force.ts";
import { Progress } from "../progress.ts";
import { checkExitCode, ItemCheck } from "../suite/check-items.ts";
import { checkLines } from "../suite/check-lines.ts";
import { registryLines } from "../suite/registry-lines.ts";
import { readSuiteRegistry } from "../suite/suite-registry.ts";
import { eachAdmittedText, eachText } from "../suite/training-texts.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";

/** Words in a row: fewer stand in texts that have nothing to do with each other. */
const ORDER_MIN = 5;
const ORDER_MAX = 50;
const SHARE_MAX_DEFAULT = 0.01;

const CHECK_HELP = `
Files hold one JSON object a line: {"text": "…"}, items with an id. Without --reference style is not judged.

Exit codes: 0 pass, 1 breach, 2 usage or input error, 3 inconclusive (too few texts).

  plumbline suite check items.jsonl --training generated.jsonl --reference real.jsonl
  plumbline suite check items.jsonl --lane support/after-sales
`;

const LIST_HELP = `
What the lane is to run is its policy's (--lanes, key suites); without one, long_tail and one of shadow and external.

Exit codes: 0 complete, 1 a suite is missing or only legacy ones run, 2 usage or input error.
`;

interface CheckOptions {
  readonly training?: string;
  readonly lane?: string;
  readonly reference?: string;
  readonly words: number;
  readonly shareMax: number;
  readonly textField: string;
}

interface ListOptions extends PolicyFileOptions {
  readonly lane?: string;
}

/** `plumbline suite`: evaluation suites, what runs and what is missing, and whether their items are still unseen. */
export function registerSuite(program: Command, io: Io): void {
  const suite = program
    .command("suite")
    .summary("evaluation suites: what runs, what is missing, what leaked")
    .description(
      "Evaluation suites: which a lane runs, what is missing, and whether items leaked into training data.",
    );
  suite
    .command("list")
    .description(
      "Prints the suites of a lane with version, age, origin, judges, owner and last run, and what is missing.",
    )
    .option("--lane <name>", "the lane")
    .option("--rules <file>", `rules (${IN_FORCE})`)
    .option("--lanes <file>", `lanes and their policies (${IN_FORCE})`)
    .addHelpText("after", LIST_HELP)
    .action((options: ListOptions, command: Command) => list(options, command, io));
  suite
    .command("check")
    .description("Looks for the items of a suite in training texts: word for word, and by style.")
    .argument("<items>", "the suite's items, JSON lines")
    .option("--training <file>", "training texts, JSON lines")
    .option("--lane <name>", "training texts are what history says was admitted to this lane")
    .option("--reference <file>", "real texts that were never trained on, JSON lines")
    .option(
      "--words <n>",
      "words in a row that make a copy",
      wholeNumber(ORDER_MIN, ORDER_MAX),
      OVERLAP_ORDER_DEFAULT,
    )
    .option("--share-max <share>", "share of items that may hold a copy", share, SHARE_MAX_DEFAULT)
    .option("--text-field <name>", "field that holds the text", DEFAULT_FIELDS.text)
    .addHelpText("after", CHECK_HELP)
    .action((items: string, options: CheckOptions, command: Command) => check(items, options, command, io));
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("A share of 0..1 is expected.");
  return value;
}

async function list(options: ListOptions, command: Command, io: Io): Promise<void> {
  const { lane } = options;
  if (lane === undefined)
    throw new CliError("suite list needs --lane NAME; `plumbline status` lists the lanes");
  const given = globalOptions(command, io);
  const surroundings = await readSurroundings(given, io);
  const address = sqlAddress(surroundings);
  const { policy } = await policyInForce(options, surroundings, io);
  const nowMs = Date.now();
  const expected = new Policies(policy).of(lane).suites;
  const registry = await readSuiteRegistry(address, surroundings.names, lane, expected, nowMs);
  if (given.json) printJson(io, registry);
  else for (const line of registryLines(registry, nowMs)) printLine(io.stdout, line);
  io.setExitCode(registry.missing.length > 0 || registry.onlyLegacy ? EXIT.breach : EXIT.pass);
}

async function check(items: string, options: CheckOptions, command: Command, io: Io): Promise<void> {
  const { training, lane, reference, textField } = options;
  if ((training === undefined) === (lane === undefined)) {
    throw new CliError(
      "suite check needs training texts: --training FILE, or --lane NAME for those of the history",
    );
  }
  const given = globalOptions(command, io);
  const checked = new ItemCheck(options.words);
  const progress = new Progress(io);
  const takeTraining = (text: string): void => {
    checked.addTraining(text);
    progress.update(() => progress.rate(checked.trainingTexts, "training texts"));
  };
  try {
    await eachText(items, textField, io, ({ id, text }, line) => checked.addItem(id ?? `line ${line}`, text));
    if (training !== undefined) await eachText(training, textField, io, ({ text }) => takeTraining(text));
    else {
      const surroundings = await readSurroundings(given, io);
      await eachAdmittedText(sqlAddress(surroundings), surroundings.names, lane!, takeTraining);
    }
    if (reference !== undefined)
      await eachText(reference, textField, io, ({ text }) => checked.addReal(text));
  } finally {
    progress.done();
  }
  const report = checked.report(options.shareMax);
  if (given.json) printJson(io, report);
  else for (const line of checkLines(report)) printLine(io.stdout, line);
  io.setExitCode(checkExitCode(report));
}
