import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { briefOf } from "../../core/misses/brief.ts";
import { chooseMisses, type MissChoice } from "../../core/misses/choose-misses.ts";
import { type GapState, gapFinding, worstGap } from "../../core/misses/gap.ts";
import { EXPORT_KINDS, type ExportKind } from "../../core/misses/miss.ts";
import { gapsOf, MATURITIES, type Maturity, type MissExport } from "../../core/misses/miss-export.ts";
import { Policies } from "../../core/policy.ts";
import { contentVersion } from "../../runtime/canonical-json.ts";
import { parseDurationMs } from "../../runtime/duration.ts";
import { type GlobalOptions, globalOptions } from "../global-options.ts";
import { CliError, EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { briefPage } from "../misses/brief-page.ts";
import { correctedSample, shadowItem } from "../misses/export-lines.ts";
import { EXPORT_CHANGE, exportId, exportOfClaim, type RecordedExport } from "../misses/export-record.ts";
import {
  type MissQuestion,
  newModels,
  outcomesThrough,
  readExportClaims,
  readFailures,
  readMisses,
} from "../misses/miss-history.ts";
import { exportLines, leftLines, reportLines } from "../misses/miss-lines.ts";
import { publishExport, writeExport } from "../misses/publish-export.ts";
import { laneName, wholeNumber } from "../parse-option.ts";
import type { PolicyFileOptions } from "../policy.ts";
import { IN_FORCE, policyInForce } from "../policy-in-force.ts";
import { openLog, readSurroundings, type Surroundings, sqlAddress } from "../surroundings.ts";
import { visible } from "../table.ts";

const ITEMS_DEFAULT = 500;
/** Items of one file: a person is meant to read them. */
const ITEMS_MAX = 5_000;
const ACTOR_CHARS_MAX = 128;
const LANES_HELP = `the lanes file, which names segments that people answer (${IN_FORCE})`;

const EXPORT_HELP = `
Interactions whose latest outcome says that they were not resolved or were handed to a person, or that a reviewer failed.
A fixed half of the requests goes to shadow suites, the other half to corrections and briefs; never both. docs/misses.md

  plumbline misses export --lane support --as shadow -o shadow.jsonl --by ann
  plumbline misses export --lane support --as corrections --since 14d -o corrections.jsonl --by ann
  plumbline misses export --lane support --as brief --bucket refund -o brief.md --by ann

Exit codes: 0 exported, 2 usage or input error, 3 there is nothing to export.
`;

interface ExportOptions extends PolicyFileOptions {
  readonly lane: string;
  readonly as: ExportKind;
  readonly out: string;
  readonly by: string;
  readonly since: string;
  readonly bucket?: string;
  readonly items: number;
  readonly maturity: Maturity;
  readonly dryRun?: boolean;
}

interface ReportOptions extends PolicyFileOptions {
  readonly lane: string;
  readonly sinceExport: string;
  readonly anyModel?: boolean;
}

/** `plumbline misses`: failed interactions become data, and afterwards it is told whether that helped. */
export function registerMisses(program: Command, io: Io): void {
  const misses = program
    .command("misses")
    .summary("turn failed interactions into data, and see whether the gap closed")
    .description(
      "Failed interactions: shadow items, corrections or a generation brief, and what came of it.",
    );
  misses
    .command("export")
    .description("Writes failed interactions to a file and records that in the history.")
    .requiredOption("--lane <name>", "the lane", laneName)
    .addOption(new Option("--as <kind>", "what they become").choices(EXPORT_KINDS).makeOptionMandatory())
    .requiredOption(
      "-o, --out <file>",
      "where to; a brief is JSON where the name ends in .json, else Markdown",
    )
    .requiredOption("--by <name>", "who asks; it stands in the history", actor)
    .option("--since <time>", "first interaction: ISO 8601, or so long before the latest outcome", "30d")
    .option("--bucket <name>", "only this bucket")
    .option("--items <count>", "at most so many", wholeNumber(1, ITEMS_MAX), ITEMS_DEFAULT)
    .addOption(maturityOption())
    .option("--dry-run", "only say what would be exported")
    .option("--lanes <file>", LANES_HELP)
    .addHelpText("after", EXPORT_HELP)
    .action((options: ExportOptions, command: Command) => exportMisses(options, command, io));
  misses
    .command("report")
    .description("Says whether the gap that an export was made for has closed.")
    .requiredOption("--lane <name>", "the lane", laneName)
    .requiredOption("--since-export <id>", "the export's id")
    .option(
      "--any-model",
      "count outcomes of every model version, not only of those that first answered since",
    )
    .option("--lanes <file>", LANES_HELP)
    .addHelpText(
      "after",
      "\nExit codes: 0 closed, 1 not closed, 2 usage or input error, 3 narrowed or inconclusive.\n",
    )
    .action((options: ReportOptions, command: Command) => report(options, command, io));
}

function maturityOption(): Option {
  return new Option("--maturity <time>", "outcomes that came within it count")
    .choices(MATURITIES)
    .default("1d" satisfies Maturity);
}

function actor(text: string): string {
  if (text.trim() === "" || text.length > ACTOR_CHARS_MAX)
    throw new InvalidArgumentError(`1 to ${ACTOR_CHARS_MAX} characters are expected.`);
  return text;
}

async function question(
  { lane, lanes }: { readonly lane: string } & PolicyFileOptions,
  given: GlobalOptions,
  io: Io,
): Promise<MissQuestion & { readonly surroundings: Surroundings }> {
  const surroundings = await readSurroundings(given, io);
  const address = sqlAddress(surroundings);
  const { policy } = await policyInForce({ lanes }, surroundings, io);
  const controls = new Policies(policy).of(lane).controlSegments ?? [];
  return { address, run: surroundings.names.prefix, lane, controls, surroundings };
}

async function exportMisses(options: ExportOptions, command: Command, io: Io): Promise<void> {
  const given = globalOptions(command, io);
  const asked = await question(options, given, io);
  const throughMs = await outcomesThrough(asked);
  if (throughMs === null) throw new CliError(`lane ${visible(options.lane)} has no outcomes in the history`);
  const span = { sinceMs: sinceMs(options.since, throughMs), untilMs: throughMs + 1 };
  const read = await readMisses(asked, {
    ...span,
    bucket: options.bucket ?? null,
    corrected: options.as === "corrections",
    itemsMax: options.items,
  });
  const choice = chooseMisses(read, options.as, options.items);
  const made = await madeOf(asked, options, span, choice);
  const id = exportId(made);
  const dry = options.dryRun === true || choice.items.length === 0;
  if (!dry) {
    const path = resolve(io.cwd, options.out);
    await writing(options.out, () =>
      writeExport(path, fileText(options, made, choice), () => publish(asked.surroundings, made, options.by)),
    );
  }
  if (given.json) {
    const { items, left } = choice;
    const file = dry ? null : options.out;
    printJson(io, { id: dry ? null : id, file, items: items.length, left, export: made });
  } else {
    const words =
      choice.items.length === 0 ? "nothing to export" : dry ? "would be exported" : `in ${options.out}`;
    printLine(
      io.stdout,
      `${choice.items.length} items (${options.as}) of lane ${visible(options.lane)}: ${words}`,
    );
    for (const line of [...exportLines(made, choice), ...leftLines(choice)]) printLine(io.stdout, line);
    if (!dry) printLine(io.stdout, `recorded as ${id}`);
  }
  io.setExitCode(choice.items.length === 0 ? EXIT.inconclusive : EXIT.pass);
}

async function madeOf(
  asked: MissQuestion,
  { as: kind, lane, maturity }: ExportOptions,
  span: { readonly sinceMs: number; readonly untilMs: number },
  { items }: MissChoice,
): Promise<MissExport> {
  const failures = await readFailures(asked, {
    ...span,
    throughMs: span.untilMs - 1,
    maturity,
    newModels: false,
  });
  const taken = new Map<string, number>();
  for (const { bucket } of items) taken.set(bucket, (taken.get(bucket) ?? 0) + 1);
  return {
    lane,
    kind,
    ...span,
    maturity,
    items: items.length,
    itemsHash: contentVersion(items.map(({ interactionId }) => interactionId)),
    bucketsOfLane: failures.size,
    gaps: gapsOf(failures, taken),
  };
}

function fileText({ as: kind, lane, out }: ExportOptions, made: MissExport, { items }: MissChoice): string {
  if (kind === "brief") {
    const brief = briefOf(made, items);
    return out.endsWith(".json")
      ? `${JSON.stringify({ id: exportId(made), ...brief }, null, 2)}\n`
      : briefPage(brief);
  }
  const lines = items.map((miss) =>
    kind === "shadow" ? shadowItem(lane, miss) : correctedSample(lane, miss),
  );
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function publish(surroundings: Surroundings, made: MissExport, by: string): Promise<void> {
  const { log, codec, close } = await openLog(surroundings);
  try {
    await publishExport({ log, codec, names: surroundings.names }, made, by, Date.now());
  } finally {
    await close();
  }
}

async function writing(shownPath: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new CliError(`${shownPath} cannot be written (${code}); choose another --out`, EXIT.input, error);
  }
}

/** Epoch ms of an ISO time, or of a length of time before `throughMs`. */
function sinceMs(text: string, throughMs: number): number {
  const before = parseDurationMs(text);
  const ms = before === null ? Date.parse(text) : throughMs - before;
  if (Number.isNaN(ms))
    throw new CliError(`--since ${visible(text)} is neither a time (ISO 8601) nor a length such as 14d`);
  return Math.max(0, ms);
}

async function report(options: ReportOptions, command: Command, io: Io): Promise<void> {
  const given = globalOptions(command, io);
  const asked = await question(options, given, io);
  const recorded = await recordedExport(asked, options.sinceExport);
  const { untilMs, maturity, gaps, bucketsOfLane } = recorded.made;
  const throughMs = (await outcomesThrough(asked)) ?? untilMs;
  const after = await readFailures(asked, {
    sinceMs: untilMs,
    untilMs: throughMs + 1,
    throughMs,
    maturity,
    newModels: options.anyModel !== true,
  });
  const models = await newModels(asked, untilMs);
  const findings = gaps.map((gap) =>
    gapFinding(gap, after.get(gap.bucket) ?? { failures: 0, trials: 0 }, bucketsOfLane),
  );
  const state = worstGap(findings);
  if (given.json) printJson(io, { ...recorded, state, newModels: models, findings });
  else for (const line of reportLines(recorded, findings, models)) printLine(io.stdout, line);
  io.setExitCode(EXIT_OF[state]);
}

const EXIT_OF: Readonly<Record<GapState, ExitCode>> = {
  closed: EXIT.pass,
  narrowed: EXIT.inconclusive,
  inconclusive: EXIT.inconclusive,
  "not closed": EXIT.breach,
};

/** The first record of the export counts. Throws `CliError` where there is none, naming those there are. */
async function recordedExport(asked: MissQuestion, id: string): Promise<RecordedExport> {
  const read = async (wanted: string): Promise<RecordedExport[]> =>
    (await readExportClaims(asked, EXPORT_CHANGE, wanted)).flatMap(
      (claim) => exportOfClaim(claim, asked.lane) ?? [],
    );
  const [found] = await read(id);
  if (found !== undefined) return found;
  const others = (await read("")).map((known) => `${known.id} (${known.made.kind})`);
  throw new CliError(
    `lane ${visible(asked.lane)} has no export ${visible(id)}; ` +
      (others.length === 0 ? "it has none" : `there are ${others.slice(-10).join(", ")}`),
  );
}
