import type { Command } from "commander";
import { learnProxies } from "../../core/proxy/learn-proxies.ts";
import { type GlobalOptions, globalOptions } from "../global-options.ts";
import { type Io, printJson, printLine } from "../io.ts";
import { laneName, wholeNumber } from "../parse-option.ts";
import { loadPolicy, type PolicyFileOptions, productCatalogue } from "../policy.ts";
import { type LaneQuestion, readAlarms, readDrift } from "../proxy/proxy-history.ts";
import { alarmLines, mapLines, proposalLines } from "../proxy/proxy-lines.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";
import { visible } from "../table.ts";

const ALARMS_DEFAULT = 20;
const ALARMS_MAX = 1_000;

const HELP = `
The map is the section proxies: of the lanes file; it counts once the policy is published. docs/proxies.md

  plumbline proxy show
  plumbline proxy learn --lane support
  plumbline proxy status --lane support
`;

interface LaneOptions extends PolicyFileOptions {
  readonly lane: string;
}

/** `plumbline proxy`: which offline series stand for which online problem, and whether they foretold it. */
export function registerProxy(program: Command, io: Io): void {
  const proxy = program
    .command("proxy")
    .summary("map online problems to the offline series that foretell them")
    .description(
      "Proxies: which offline series stand for which online problem, and whether they foretold it.",
    )
    .addHelpText("after", HELP);
  withFiles(proxy.command("show"))
    .description("Prints the map.")
    .action((options: PolicyFileOptions, command: Command) => show(options, command, io));
  withFiles(proxy.command("learn"))
    .description("Proposes a map from the history, as a section of the lanes file, with its evidence.")
    .requiredOption("--lane <name>", "the lane", laneName)
    .action((options: LaneOptions, command: Command) => learn(options, command, io));
  proxy
    .command("status")
    .description(
      "Prints the latest online alarms: explained by which proxy and how much earlier, or uncovered.",
    )
    .requiredOption("--lane <name>", "the lane", laneName)
    .option("--last <count>", "how many", wholeNumber(1, ALARMS_MAX), ALARMS_DEFAULT)
    .action((options: { readonly lane: string; readonly last: number }, command: Command) =>
      status(options, command, io),
    );
}

function withFiles(command: Command): Command {
  return command
    .option("--lanes <file>", "the lanes file (default: PLUMBLINE_LANES, else what comes with the product)")
    .option("--rules <file>", "the rules file (default: PLUMBLINE_RULES, else what comes with the product)");
}

function show(options: PolicyFileOptions, command: Command, io: Io): void {
  const given = globalOptions(command, io);
  const { policy } = loadPolicy(options, productCatalogue(), io);
  const { version, proxies = [] } = policy;
  if (given.json) printJson(io, { policyVersion: version, proxies });
  else for (const line of [`policy ${version}`, ...mapLines(proxies)]) printLine(io.stdout, line);
}

async function learn(options: LaneOptions, command: Command, io: Io): Promise<void> {
  const given = globalOptions(command, io);
  const catalogue = productCatalogue();
  const { policy } = loadPolicy(options, catalogue, io);
  const windows = await readDrift(await question(options.lane, given, io));
  const learned = learnProxies(windows, catalogue, options.lane, policy.proxies ?? []);
  if (given.json) printJson(io, { lane: options.lane, ...learned });
  else for (const line of proposalLines(options.lane, learned)) printLine(io.stdout, visible(line));
}

async function status(
  { lane, last }: { readonly lane: string; readonly last: number },
  command: Command,
  io: Io,
): Promise<void> {
  const given = globalOptions(command, io);
  const { alarms, uncovered } = await readAlarms(await question(lane, given, io), last);
  if (given.json) printJson(io, { lane, alarms, uncovered });
  else for (const line of alarmLines(alarms, uncovered)) printLine(io.stdout, line);
}

async function question(lane: string, given: GlobalOptions, io: Io): Promise<LaneQuestion> {
  const surroundings = await readSurroundings(given, io);
  return { address: sqlAddress(surroundings), run: surroundings.names.prefix, lane };
}
