import { type Command, InvalidArgumentError } from "commander";
import { openLogger } from "../../adapters/logger.ts";
import { type Config, loadConfig } from "../../runtime/config.ts";
import { type EmbeddedRun, startEmbeddedRun } from "../../runtime/embedded-run.ts";
import { Lifecycle } from "../../runtime/lifecycle.ts";
import { type GlobalOptions, globalOptions } from "../global-options.ts";
import { CliError, type Io, printJson, printLine } from "../io.ts";
import { loadPolicy, productCatalogue } from "../policy.ts";

const HELP = `
Starts the embedded broker (or uses KAFKA_BROKERS), creates the topics, publishes rules and lanes, and runs gatekeeper,
monitor, governor, recorder and console until Ctrl-C. Data stays in the state directory.

  plumbline up
  plumbline up --lanes lanes.yaml --rules rules.yaml
`;

interface UpOptions {
  readonly rules?: string;
  readonly lanes?: string;
  readonly partitions: number;
}

/** `plumbline up`: the whole product on one machine. */
export function registerUp(program: Command, io: Io): void {
  program
    .command("up")
    .summary("run broker, services and SQL door until Ctrl-C")
    .description("Runs the whole product on this machine.")
    .option("--rules <file>", "rules file (default: the shipped rules)")
    .option("--lanes <file>", "lanes file (default: the shipped defaults, which enforce nothing)")
    .option("--partitions <n>", "partitions of new topics", wholeNumber, 4)
    .addHelpText("after", HELP)
    .action(async (options: UpOptions, command: Command) => {
      const given = globalOptions(command, io);
      const config = runConfig(given, io);
      const policy = loadPolicy(options, productCatalogue(), io);
      const life = new Lifecycle();
      io.signal.addEventListener("abort", () => life.abort());
      const logger = openLogger({ service: "up", level: given.json ? "error" : "warn" });
      try {
        const run = await startEmbeddedRun({
          config,
          env: io.env,
          logger,
          life,
          prefix: given.prefix,
          partitions: options.partitions,
          policy,
          references: [],
          onStep: (step, ms) => {
            if (!given.json && ms !== null)
              printLine(io.stderr, `  ${step.padEnd(20)} ${(ms / 1_000).toFixed(1)} s`);
          },
        });
        if (given.json) printJson(io, runFacts(run, given, config));
        else printRun(run, given, config, io);
        await untilAborted(life.signal);
      } finally {
        await life.stop();
      }
    });
}

/** The environment's config with what was given on the command line. Throws CliError listing every problem. */
export function runConfig(given: GlobalOptions, io: Io): Config {
  const loaded = loadConfig({ ...io.env, PLUMBLINE_HOME: given.home, PLUMBLINE_PREFIX: given.prefix }, "cli");
  if (!loaded.ok)
    throw new CliError(`the environment is not as it should be:\n  ${loaded.problems.join("\n  ")}`);
  return loaded.config;
}

/** Resolves when the run is asked to stop. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function runFacts(run: EmbeddedRun, given: GlobalOptions, config: Config) {
  return {
    bootstrap: run.bootstrap,
    sqlUrl: run.sqlUrl,
    consoleUrl: run.consoleUrl,
    metricsUrls: Object.fromEntries(run.services.map((ready) => [ready.service, ready.metricsUrl])),
    prefix: given.prefix,
    home: config.home,
    seconds: run.startMs / 1_000,
  };
}

function printRun(run: EmbeddedRun, given: GlobalOptions, config: Config, io: Io): void {
  const lines = [
    ["console", run.consoleUrl === "" ? `did not start: ${run.logPath("console")}` : run.consoleUrl],
    [
      "kafka",
      `${run.bootstrap} (${config.kafka === null ? "embedded" : "yours"}), topics ${given.prefix}samples.v1 …`,
    ],
    ["sql", run.sqlUrl === "" ? "your ClickHouse server" : `${run.sqlUrl} (embedded, read only)`],
    [
      "metrics",
      run.services.map((ready) => `${ready.service} ${ready.metricsUrl}/metrics`).join("\n           "),
    ],
    ["data", config.home],
    ["next", "npx plumbline ingest FILE    npx plumbline status"],
    ["stop", "Ctrl-C"],
  ] as const;
  printLine(io.stdout, `Plumbline is up (${(run.startMs / 1_000).toFixed(1)} s)`);
  for (const [name, value] of lines) printLine(io.stdout, `  ${name.padEnd(8)} ${value}`);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 256) {
    throw new InvalidArgumentError("a whole number of 1 to 256 is wanted");
  }
  return number;
}
