import type { Command } from "commander";
import { EMPTY_REGISTRY, registryOf } from "../../core/pattern/pattern-registry.ts";
import { Policies } from "../../core/policy.ts";
import type { Verdict } from "../../core/records.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type ExitCode, type Io, printJson, printLine } from "../io.ts";
import { durationMs, laneName } from "../parse-option.ts";
import { readFacts, readGenerations, readRises, readTraits } from "../patterns/pattern-history.ts";
import { patternLines } from "../patterns/pattern-lines.ts";
import { patternReport } from "../patterns/pattern-report.ts";
import type { PolicyFileOptions } from "../policy.ts";
import { IN_FORCE, policyInForce } from "../policy-in-force.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";

const SINCE_DEFAULT_MS = 90 * 86_400_000;

const HELP = `
Patterns, facts and costs are sections of the lanes file; they count once the policy is published. docs/patterns.md

  plumbline patterns report --lane support --lanes lanes.yaml

Exit codes: 0 no declared pattern grows, 1 one does, 2 usage or input error, 3 it cannot be told.
`;

const EXIT_OF: Readonly<Record<Verdict, ExitCode>> = {
  pass: EXIT.pass,
  breach: EXIT.breach,
  inconclusive: EXIT.inconclusive,
  error: EXIT.inconclusive,
};

interface ReportOptions extends PolicyFileOptions {
  readonly lane: string;
  readonly since?: number;
}

/** `plumbline patterns`: how known errors fare. */
export function registerPatterns(program: Command, io: Io): void {
  const patterns = program
    .command("patterns")
    .summary("follow known errors and facts out of scope")
    .description("Error patterns: how they come again, pass the judge, grow and what they cost.");
  patterns
    .command("report")
    .description("Prints each declared pattern of a lane by generation, before and after the judge.")
    .requiredOption("--lane <lane>", "the lane", laneName)
    .option("--since <duration>", "of the last so long, e.g. 30d (default 90d)", durationMs)
    .option("--lanes <file>", `the lanes file (${IN_FORCE})`)
    .addHelpText("after", HELP)
    .action((options: ReportOptions, command: Command) => report(options, command, io));
}

async function report(
  { lane, lanes, since = SINCE_DEFAULT_MS }: ReportOptions,
  command: Command,
  io: Io,
): Promise<void> {
  const given = globalOptions(command, io);
  const surroundings = await readSurroundings(given, io);
  const address = sqlAddress(surroundings);
  const { policy } = await policyInForce({ lanes }, surroundings, io);
  const registry = registryOf(policy.registry ?? EMPTY_REGISTRY, lane);
  const question = {
    address,
    run: surroundings.names.prefix,
    lane,
    controls: new Policies(policy).of(lane).controlSegments ?? [],
    sinceMs: Math.max(0, Date.now() - since),
  };
  const found = patternReport(registry, {
    generations: await readGenerations(question),
    rises: await readRises(question),
    facts: await readFacts(question),
    traits: await readTraits(question, registry.patterns, registry.costs),
  });
  if (given.json) printJson(io, { lane, since: new Date(question.sinceMs).toISOString(), ...found });
  else for (const line of patternLines(lane, found)) printLine(io.stdout, line);
  io.setExitCode(EXIT_OF[found.verdict]);
}
