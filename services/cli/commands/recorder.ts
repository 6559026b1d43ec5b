import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type OpenStore, openStore } from "../../adapters/store/open-store.ts";
import { StoreError } from "../../ports.ts";
import { readEpochs, startNewEpoch } from "../../recorder/resume.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { readSurroundings, type Surroundings } from "../surroundings.ts";
import { visible } from "../table.ts";

const HELP = `
The recorder refuses a topic that is not the one its rows came from: made anew, on another cluster, or ending below what is stored.
That may be a mistake (a wrong KAFKA_BROKERS, a restored broker), and going on would mix two histories. If it is none: stop
\`plumbline up\` and every recorder, run this command, start again. Stored rows stay, with _epoch as it was; the topic as it is now
is recorded from its beginning with _epoch one higher. Works on the state directory's history, or that of CLICKHOUSE_URL.
`;

interface NewEpochOptions {
  readonly topic: string;
  readonly yes?: boolean;
}

/** `plumbline recorder new-epoch`: record a topic that was made anew beside its old rows. */
export function registerRecorder(program: Command, io: Io): void {
  const recorder = program.command("recorder").description("What the recorder leaves to people.");
  recorder
    .command("new-epoch")
    .summary("record a recreated topic beside its old rows")
    .description("Declares that a topic starts anew; its stored rows stay.")
    .requiredOption("--topic <name>", "full name of the topic, as the recorder's refusal gives it")
    .option("--yes", "do it; without, the command says what it would do")
    .addHelpText("after", HELP)
    .action(async (options: NewEpochOptions, command: Command) => {
      const given = globalOptions(command, io);
      const store = await openHistory(await readSurroundings(given, io));
      try {
        await newEpoch(store, options, given.json, io);
      } finally {
        await store.close();
      }
    });
}

async function newEpoch(
  store: OpenStore,
  { topic, yes }: NewEpochOptions,
  json: boolean,
  io: Io,
): Promise<void> {
  const epochs = await recordedEpochs(store);
  const own = epochs.find((epoch) => epoch.topic === topic);
  if (own === undefined) {
    const known = epochs.map((epoch) => visible(epoch.topic)).join(", ");
    throw new CliError(
      `topic ${visible(topic)} was never recorded here; ${known === "" ? "nothing was" : `recorded are ${known}`}`,
    );
  }
  const epoch = yes === true ? await startNewEpoch(store, topic) : own.epoch + 1;
  if (json) printJson(io, { topic, epoch, before: own.epoch, done: yes === true });
  else {
    printLine(io.stdout, `${visible(topic)}: recorded up to now in epoch ${own.epoch}; these rows stay.`);
    printLine(
      io.stdout,
      yes === true
        ? `Epoch ${epoch} begins: the recorder will read the topic from its beginning. Start it again.`
        : `With --yes, epoch ${epoch} begins: the recorder will read the topic from its beginning. Nothing was changed.`,
    );
  }
  io.setExitCode(yes === true ? EXIT.pass : EXIT.input);
}

/** The history to write to. Throws `CliError` where a recorder still holds it. */
async function openHistory({ config, run }: Surroundings): Promise<OpenStore> {
  if (config.clickhouseUrl === null && run.state === "running") {
    throw new CliError(`a run is using ${config.home} (process ${run.info.pid}): stop it first`);
  }
  const dataDir = join(config.home, "clickhouse");
  if (config.clickhouseUrl === null && !existsSync(dataDir)) {
    throw new CliError(
      `no history in ${config.home}: name its state directory with --home, or set CLICKHOUSE_URL`,
    );
  }
  try {
    return await openStore({ url: config.clickhouseUrl, dataDir });
  } catch (error) {
    if (error instanceof StoreError) throw new CliError(error.message, EXIT.input, error);
    throw error;
  }
}

const UNKNOWN_TABLE = 60;

async function recordedEpochs(store: OpenStore): ReturnType<typeof readEpochs> {
  try {
    return await readEpochs(store);
  } catch (error) {
    if (error instanceof StoreError && error.code === UNKNOWN_TABLE) return [];
    throw error;
  }
}
