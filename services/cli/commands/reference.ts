import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { JUDGED_TEXTS_MIN, nullSizeMax } from "../../core/null.ts";
import { Policies } from "../../core/policy.ts";
import { encodeReference } from "../../core/reference/reference-codec.ts";
import type { Reference } from "../../core/reference.ts";
import { formatNumber } from "../../core/rule.ts";
import { publishReference } from "../../runtime/policy-topic.ts";
import { type GlobalOptions, globalOptions } from "../global-options.ts";
import { CliError, type Io, printJson, printLine } from "../io.ts";
import { DEFAULT_FIELDS } from "../lines/text-line.ts";
import { loadPolicy, productCatalogue } from "../policy.ts";
import { Progress } from "../progress.ts";
import { buildFromFile, type LoadedReference } from "../scan/load-reference.ts";
import { openLog, readSurroundings } from "../surroundings.ts";
import { type Column, tableLines, visible } from "../table.ts";
import { nullDrawsOption, seedOption } from "./scan.ts";

interface BuildOptions {
  readonly lane: string;
  readonly out: string;
  readonly lanes?: string;
  readonly seed: number;
  readonly nullDraws: number;
  readonly textField: string;
  readonly bucketField: string;
  readonly publish?: boolean;
}

/** `plumbline reference build`: a frozen picture of real texts, as a file. */
export function registerReference(program: Command, io: Io): void {
  const reference = program.command("reference").description("Frozen pictures of a lane's real texts.");
  reference
    .command("build")
    .description("Builds a reference from real texts and writes it to a file.")
    .argument("<real>", "real texts, JSON lines of {text, bucket?, id?, cluster?}")
    .requiredOption("--lane <name>", "lane whose real texts these are")
    .requiredOption("--out <file>", "file to write, e.g. real.plr")
    .option("--lanes <file>", "lanes and their policies (default: the product's)")
    .addOption(seedOption())
    .addOption(nullDrawsOption())
    .option("--text-field <name>", "field that holds the text", DEFAULT_FIELDS.text)
    .option("--bucket-field <name>", "field that holds the bucket", DEFAULT_FIELDS.bucket)
    .option("--publish", "also write it to the cluster, where services pick it up at their next start")
    .action(async (real: string, options: BuildOptions, command: Command) => {
      const catalogue = productCatalogue();
      const { policy } = loadPolicy({ lanes: options.lanes }, catalogue, io);
      const built = buildFromFile({
        path: resolve(io.cwd, real),
        shownPath: real,
        policy: { ...new Policies(policy).of(options.lane), lane: options.lane },
        catalogue,
        fields: { text: options.textField, bucket: options.bucketField },
        seed: options.seed,
        nullDraws: options.nullDraws,
        progress: new Progress(io),
      });
      refuseWithoutNull(real, built.reference);
      writeReference(resolve(io.cwd, options.out), options.out, built.reference);
      const given = globalOptions(command, io);
      if (options.publish === true) await publish(built.reference, given, io);
      if (given.json)
        printJson(io, { ...buildJson(built, options.out), published: options.publish === true });
      else for (const line of buildLines(built, options.out)) printLine(io.stdout, line);
    });
}

/** Half B under 250 texts supports no null: nothing could ever be judged against it. */
function refuseWithoutNull(path: string, { textsA, textsB }: Reference): void {
  const judged = nullSizeMax(textsB);
  if (judged >= JUDGED_TEXTS_MIN) return;
  throw new CliError(
    `${path}: ${textsA + textsB} usable texts, ${textsB} of them in the half that shows how real windows vary. ` +
      `That half judges windows of up to a fifth of it, ${judged} texts, and at least ${JUDGED_TEXTS_MIN} are needed: ` +
      `give 500 real texts or more (2,500 let ${nullSizeMax(1250)} be judged, 5,200 the full 512).`,
  );
}

function writeReference(path: string, shownPath: string, reference: Reference): void {
  try {
    writeFileSync(path, encodeReference(reference));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(`${shownPath} cannot be written (${code}); choose another --out`, 2, error);
  }
}

async function publish(reference: Reference, given: GlobalOptions, io: Io): Promise<void> {
  const surroundings = await readSurroundings(given, io);
  const { log, codec, close } = await openLog(surroundings);
  try {
    const writer = await log.writer();
    await publishReference(writer, codec, surroundings.names.prefix, reference);
    await writer.close();
  } finally {
    await close();
  }
}

const NULL_COLUMNS: readonly Column[] = [
  { title: "metric" },
  { title: "n", align: "right" },
  { title: "mean", align: "right" },
  { title: "sd", align: "right" },
  { title: "5 %", align: "right" },
  { title: "95 %", align: "right" },
];

function buildJson({ reference, lines }: LoadedReference, out: string) {
  return { ...summary(reference), out, nulls: reference.nulls, lines };
}

function summary(reference: Reference): Readonly<Record<string, string | number>> {
  return {
    lane: reference.lane,
    version: reference.version,
    textsA: reference.textsA,
    textsB: reference.textsB,
    judgedTextsMax: nullSizeMax(reference.textsB),
    vocabulary: reference.words.length,
    tailWords: reference.tailWords.length,
    tailMassB: reference.tailMassB,
    buckets: reference.buckets.length,
    tailBuckets: reference.tailBuckets.length,
  };
}

function buildLines({ reference, lines }: LoadedReference, out: string): string[] {
  const rows = Object.entries(reference.nulls).flatMap(([metric, points]) =>
    points.map(({ n, mean, sd, quantiles }) => [
      metric,
      String(n),
      formatNumber(mean),
      formatNumber(sd),
      formatNumber(quantiles[2]!),
      formatNumber(quantiles[4]!),
    ]),
  );
  const tail = formatNumber(reference.tailMassB * 100);
  return [
    `Reference ${reference.version} of lane ${visible(reference.lane)}, written to ${visible(out)}`,
    `  texts       ${reference.textsA} in half A (what is real), ${reference.textsB} in half B (how real windows vary)`,
    `  judges      windows on samples of up to ${nullSizeMax(reference.textsB)} texts`,
    `  vocabulary  ${reference.words.length} words, ${reference.tailWords.length} of them the tail (${tail} % of half B)`,
    `  buckets     ${reference.buckets.length}, ${reference.tailBuckets.length} of them the tail`,
    ...(lines === null ? [] : lines.notes.map((note) => `  ${note}`)),
    ...(lines !== null && lines.repeated > 0
      ? [`  ${lines.repeated} lines dropped: their id came before`]
      : []),
    "",
    "What real windows of n texts give:",
    ...tableLines(NULL_COLUMNS, rows),
    "",
    `Next: plumbline scan FILE --reference ${visible(out)}`,
  ];
}
