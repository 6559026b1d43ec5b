import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { EMPTY_REGISTRY } from "../../core/pattern/pattern-registry.ts";
import { TextWatches } from "../../core/pattern/text-watch.ts";
import { Policies } from "../../core/policy.ts";
import { NULL_DRAWS_DEFAULT, NULL_DRAWS_MAX } from "../../core/reference/build-reference.ts";
import { isAgainstAnchor } from "../../core/rule.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, type Io, printJson, printLine } from "../io.ts";
import { BadLines } from "../lines/bad-lines.ts";
import { readLines, STDIN } from "../lines/read-lines.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../lines/text-line.ts";
import { wholeNumber } from "../parse-option.ts";
import { loadPolicy, productCatalogue } from "../policy.ts";
import { Progress } from "../progress.ts";
import { loadReference } from "../scan/load-reference.ts";
import { type ScanReportInput, scanExitCode, scanJson, scanLines } from "../scan/scan-report.ts";
import { TextScan } from "../scan/text-scan.ts";

/** Lane of a scan that names none: it has the policy of every undeclared lane. */
const SCAN_LANE = "scan";
export const SEED_DEFAULT = 1;
export const SEED_MAX = 4_294_967_295;

interface ScanOptions {
  readonly reference?: string;
  readonly rules?: string;
  readonly lanes?: string;
  readonly lane: string;
  readonly seed: number;
  readonly nullDraws: number;
  readonly textField: string;
  readonly bucketField: string;
}

const HELP = `
FILE holds one JSON object a line: {"text": "…"} and, where known, id, bucket, origin, template, teacher, judge, source.
A line without origin counts as made by a model. "-" reads standard input.

Exit codes: 0 pass, 1 breach, 2 usage or input error, 3 inconclusive (too few texts, say).

  plumbline scan generated.jsonl --reference real.jsonl
  zcat generated.jsonl.gz | plumbline scan - --reference real.plr --json
`;

/** `plumbline scan`: the core on a file, without a server. */
export function registerScan(program: Command, io: Io): void {
  program
    .command("scan")
    .summary("hold a file of texts against real ones; needs no server")
    .description("Measures a file of texts against real texts and judges it by the rules. Needs no server.")
    .argument("<file>", "texts to judge, JSON lines; - for standard input")
    .option("--reference <file>", "real texts as JSON lines, or what `reference build` wrote")
    .option("--rules <file>", "rules to judge by (default: the product's)")
    .option("--lanes <file>", "lanes and their policies (default: the product's)")
    .option("--lane <name>", "lane whose policy holds", SCAN_LANE)
    .addOption(seedOption())
    .addOption(nullDrawsOption())
    .option("--text-field <name>", "field that holds the text", DEFAULT_FIELDS.text)
    .option("--bucket-field <name>", "field that holds the bucket", DEFAULT_FIELDS.bucket)
    .addHelpText("after", HELP)
    .action(async (file: string, options: ScanOptions, command: Command) => {
      const input = await scan(file, options, io);
      if (globalOptions(command, io).json) printJson(io, scanJson(input));
      else for (const line of scanLines(input)) printLine(io.stdout, line);
      io.setExitCode(scanExitCode(input.result));
    });
}

export function seedOption(): Option {
  return new Option("--seed <n>", "seed of the reference's null")
    .argParser(wholeNumber(0, SEED_MAX))
    .default(SEED_DEFAULT);
}

export function nullDrawsOption(): Option {
  return new Option("--null-draws <k>", "real pseudo-windows measured for each size")
    .argParser(wholeNumber(2, NULL_DRAWS_MAX))
    .default(NULL_DRAWS_DEFAULT);
}

async function scan(file: string, options: ScanOptions, io: Io): Promise<ScanReportInput> {
  const shownReference = options.reference;
  // Not a required option of commander: it would complain of that before a mistyped one.
  if (shownReference === undefined) {
    throw new CliError("scan needs --reference FILE: real texts as JSON lines, to hold these against");
  }
  if (shownReference === STDIN) throw new CliError("--reference must be a file; - reads texts to judge");
  const catalogue = productCatalogue();
  const loaded = loadPolicy(options, catalogue, io);
  const policy = { ...new Policies(loaded.policy).of(options.lane), lane: options.lane };
  const fields = { text: options.textField, bucket: options.bucketField };
  const { reference, lines } = loadReference({
    path: resolve(io.cwd, shownReference),
    shownPath: shownReference,
    policy,
    catalogue,
    fields,
    seed: options.seed,
    nullDraws: options.nullDraws,
    progress: new Progress(io),
  });
  for (const note of lines?.notes ?? []) printLine(io.stderr, `${shownReference}: ${note}`);

  const watches = new TextWatches(loaded.policy.registry ?? EMPTY_REGISTRY);
  const scanned = new TextScan(catalogue, policy, watches.of(options.lane));
  const badLines = new BadLines(file);
  const progress = new Progress(io);
  try {
    for await (const chunk of readLines(file === STDIN ? STDIN : resolve(io.cwd, file), io)) {
      for (const line of chunk) {
        const parsed = parseTextLine(line, fields);
        if (parsed.ok) {
          badLines.good();
          scanned.add(parsed.value, line.number);
        } else {
          badLines.bad(line.number, parsed.bad);
        }
      }
      progress.update(() => `${file}: ${progress.rate(scanned.lines, "texts")}`);
    }
    badLines.finish();
  } finally {
    progress.done();
  }
  // A file has no past to be held against.
  const rules = loaded.rules.filter((rule) => !isAgainstAnchor(rule));
  const result = scanned.finish(reference, {
    rules,
    rulesVersion: loaded.rulesVersion,
    policyVersion: loaded.policy.version,
  });
  const applied = new Set(result.verdict.results.map(({ rule }) => rule));
  return {
    file,
    lines: scanned.lines + badLines.total,
    bad: badLines.counts(),
    badWords: badLines.lines(),
    reference,
    result,
    rules,
    notApplied: loaded.rules.flatMap(({ id }) => (applied.has(id) ? [] : [id])),
  };
}
