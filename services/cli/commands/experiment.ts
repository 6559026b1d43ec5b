import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { openCells } from "../../core/experiment/matrix.ts";
import { armsOf } from "../../core/experiment/plan.ts";
import { type ExperimentReport, experimentReport } from "../../core/experiment/report.ts";
import { matchLines, matrixLines, reportLines } from "../experiment/experiment-lines.ts";
import { experimentPage } from "../experiment/experiment-page.ts";
import { type JudgedChange, judgedChanges } from "../experiment/judged-changes.ts";
import {
  type LoadedExperiment,
  loadExperiment,
  loadPlan,
  type SourceOptions,
} from "../experiment/load-experiment.ts";
import { planHash } from "../experiment/plan-hash.ts";
import { publishPlan } from "../experiment/publish-plan.ts";
import { INCREASE_WORDS, numberWord } from "../experiment/words.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { openLog, readSurroundings } from "../surroundings.ts";
import { visible } from "../table.ts";

const SOURCE_HELP = `
Plan and results come from the history, or from files: --plan FILE.yaml --results FILE.jsonl (one evaluation a line).
docs/experiments.md has a worked example.`;

interface ReportOptions extends SourceOptions {
  readonly out?: string;
  readonly shareFrom?: number;
  readonly shareTo?: number;
}

/** `plumbline experiment`: ratio experiments, planned before their results. */
export function registerExperiment(program: Command, io: Io): void {
  const experiment = program
    .command("experiment")
    .summary("plan ratio experiments and read what they say")
    .description("Ratio experiments: how far the generated share may go, and which control holds the tail.");
  experiment
    .command("plan")
    .description("Checks a plan and publishes it, before there are results.")
    .argument("<file>", "the plan, YAML")
    .option("--check", "only check it; needs no cluster")
    .action((file: string, options: { readonly check?: boolean }, command: Command) =>
      plan(file, options.check === true, command, io),
    );
  withSource(experiment.command("status"))
    .description(
      "Prints the planned matrix: which results are there, which are missing, which are not used and why.",
    )
    .addHelpText(
      "after",
      `${SOURCE_HELP}\n\nExit codes: 0 complete, 2 usage or input error, 3 results are missing.\n`,
    )
    .action((id: string | undefined, options: SourceOptions, command: Command) =>
      status(id, options, command, io),
    );
  withSource(experiment.command("report"))
    .description("Prints curves, cap and controls, and judges increases of the share.")
    .option("-o, --out <file>", "also write the report as a page, e.g. report.html")
    .option("--share-to <share>", "judge an increase to this share", share)
    .option("--share-from <share>", "the share before it", share)
    .addHelpText(
      "after",
      `${SOURCE_HELP}\n\nExit codes: 0 a cap was found, 1 a red line (an increase that it does not support), 2 usage or input error, 3 inconclusive.\n`,
    )
    .action((id: string | undefined, options: ReportOptions, command: Command) =>
      report(id, options, command, io),
    );
}

function withSource(command: Command): Command {
  return command
    .argument("[id]", "the experiment; not needed with --plan")
    .option("--plan <file>", "the plan as a file; nothing then shows that it came first")
    .option("--results <file>", "evaluations, JSON lines");
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("A share of 0..1 is expected.");
  return value;
}

async function plan(file: string, checkOnly: boolean, command: Command, io: Io): Promise<void> {
  const given = globalOptions(command, io);
  const planned = loadPlan(file, io);
  const hash = planHash(planned);
  const runs = armsOf(planned).length * planned.seeds.length;
  const outcome = checkOnly ? { outcome: "checked" as const } : await publish();
  if (outcome.outcome === "id_taken") {
    const { hash: other, publishedMs, plan: by } = outcome.by;
    throw new CliError(
      `experiment ${visible(planned.id)} has another plan (${other.slice(0, 16)}, by ${visible(by.author)}, published ` +
        `${new Date(publishedMs).toISOString()}); a plan is not changed: choose another id`,
    );
  }
  if (given.json) {
    const published = "publishedMs" in outcome ? outcome.publishedMs : null;
    printJson(io, { outcome: outcome.outcome, planHash: hash, publishedMs: published, runs, plan: planned });
    return;
  }
  const words = {
    checked: "is a good plan; nothing was published",
    published: "published",
    already_published: "was published before, unchanged",
  };
  printLine(io.stdout, `experiment ${visible(planned.id)} ${words[outcome.outcome]}`);
  printLine(io.stdout, `  plan      ${hash}`);
  printLine(
    io.stdout,
    `  settings  ${visible(planned.settingsHash)}  (every result carries it as settingsHash)`,
  );
  printLine(io.stdout, `  runs      ${runs}: seeds ${planned.seeds.map(visible).join(", ")} of each arm`);
  for (const { name, ratio, removes } of armsOf(planned)) {
    const without = removes.length === 0 ? "" : `, without ${removes.map(visible).join(", ")}`;
    printLine(io.stdout, `    ${visible(name)}: generated share ${numberWord(ratio)}${without}`);
  }

  async function publish() {
    const surroundings = await readSurroundings(given, io);
    const { log, codec, close } = await openLog(surroundings);
    try {
      return await publishPlan({ log, codec, names: surroundings.names }, planned, Date.now());
    } finally {
      await close();
    }
  }
}

async function status(
  id: string | undefined,
  options: SourceOptions,
  command: Command,
  io: Io,
): Promise<void> {
  const given = globalOptions(command, io);
  const loaded = await loadExperiment(id, options, given, io);
  const { plan: planned, matched, notes } = loaded;
  const open = openCells(matched).length;
  if (given.json) printJson(io, { ...sourceJson(loaded), complete: open === 0, matched });
  else {
    for (const line of matrixLines(planned, matched)) printLine(io.stdout, line);
    printLine(io.stdout);
    for (const line of [...matchLines(matched), ...notes.map(visible)]) printLine(io.stdout, line);
  }
  io.setExitCode(open === 0 ? EXIT.pass : EXIT.inconclusive);
}

async function report(
  id: string | undefined,
  options: ReportOptions,
  command: Command,
  io: Io,
): Promise<void> {
  const given = globalOptions(command, io);
  if (options.shareFrom !== undefined && options.shareTo === undefined) {
    throw new CliError("--share-from needs --share-to: an increase has an end");
  }
  const loaded = await loadExperiment(id, options, given, io);
  const found = experimentReport(loaded.plan, loaded.matched);
  const judged = judgedChanges(found, [...loaded.changes, ...asked(loaded, options)]);
  if (options.out !== undefined) writePage(options.out, experimentPage(found, judged), io);
  if (given.json) {
    const { plan: _plan, ...said } = found;
    printJson(io, { ...sourceJson(loaded), ...said, changes: judged });
  } else {
    const lines = [...reportLines(found), "", ...matchLines(found.matched), ...loaded.notes.map(visible)];
    for (const line of [...lines, ...judged.map(changeLine)]) printLine(io.stdout, line);
  }
  io.setExitCode(exitCode(found, judged));
}

/** The increase that somebody asks about, as if it were made now. */
function asked({ plan: planned }: LoadedExperiment, { shareFrom, shareTo }: ReportOptions) {
  if (shareTo === undefined) return [];
  return [
    {
      id: "asked",
      actor: "--share-to",
      kind: "ratio",
      lane: planned.lane,
      shareFrom: shareFrom ?? null,
      shareTo,
      experimentId: planned.id,
      madeMs: Date.now(),
    },
  ];
}

function changeLine({ change, verdict, reasons }: JudgedChange): string {
  const word = verdict === "breach" ? "red line" : verdict;
  const why = reasons.length === 0 ? "" : `: ${reasons.map((reason) => INCREASE_WORDS[reason]).join("; ")}`;
  return `${word}: share ${numberWord(change.shareFrom)} to ${numberWord(change.shareTo)} (${visible(change.id)}, ${visible(change.actor)})${why}`;
}

function exitCode({ verdict }: ExperimentReport, judged: readonly JudgedChange[]): ExitCode {
  if (judged.some((change) => change.verdict === "breach")) return EXIT.breach;
  const unclear = verdict !== "pass" || judged.some((change) => change.verdict === "inconclusive");
  return unclear ? EXIT.inconclusive : EXIT.pass;
}

function sourceJson({ plan: planned, hash, publishedMs, notes }: LoadedExperiment) {
  return { plan: planned, planHash: hash, publishedMs, notes };
}

function writePage(path: string, page: string, io: Io): void {
  try {
    writeFileSync(resolve(io.cwd, path), page);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(`${path} cannot be written (${code}); choose another --out`, 2, error);
  }
}
