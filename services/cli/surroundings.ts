/** Where a command finds the cluster and the history: what the environment names, else the embedded run of the state directory. */
import { type Codec, createCodec } from "../adapters/avro/codec.ts";
import { loadSchemas } from "../adapters/avro/schemas.ts";
import type { KafkaConnection } from "../adapters/kafka/connection.ts";
import { openRdkafkaLog } from "../adapters/kafka/rdkafka-log.ts";
import type { Log, Logger } from "../ports.ts";
import { type Config, configProblemsText, loadConfig } from "../runtime/config.ts";
import { type FoundRun, readRunInfo } from "../runtime/run-info.ts";
import { TopicNames } from "../runtime/topics.ts";
import type { GlobalOptions } from "./global-options.ts";
import { CliError, type Io } from "./io.ts";

export interface Surroundings {
  readonly config: Config;
  readonly run: FoundRun;
  /** Topics of the run the command speaks to. */
  readonly names: TopicNames;
}

/** Settings, with the command line before the environment. Throws `CliError` with every problem. */
export async function readSurroundings(options: GlobalOptions, io: Io): Promise<Surroundings> {
  const env = { ...io.env, PLUMBLINE_HOME: options.home, PLUMBLINE_PREFIX: options.prefix };
  const loaded = loadConfig(env, "cli");
  if (!loaded.ok) throw new CliError(configProblemsText(loaded.problems).trimEnd());
  const { config } = loaded;
  const run = await readRunInfo(config.home);
  // A run has topics of its own (the demo's); without a --prefix they are what is meant.
  const prefix = options.prefix === "" && run.state === "running" ? run.info.prefix : options.prefix;
  return { config, run, names: new TopicNames(prefix) };
}

/** The cluster. Throws `CliError` where none is named and nothing runs. */
export function kafkaConnection({ config, run }: Surroundings): KafkaConnection {
  if (config.kafka !== null) return config.kafka;
  if (run.state === "running") return { brokers: run.info.bootstrap.split(",") };
  throw new CliError(
    `${nothingRuns(config.home, run)} Start one with \`plumbline up\`, or set KAFKA_BROKERS.`,
  );
}

/** Address of ClickHouse's HTTP interface, credentials included. Throws `CliError` where there is none. */
export function sqlAddress({ config, run }: Surroundings): string {
  if (config.clickhouseUrl !== null) return config.clickhouseUrl;
  if (run.state === "running" && run.info.sqlUrl !== "") return run.info.sqlUrl;
  throw new CliError(
    `${nothingRuns(config.home, run)} Start one with \`plumbline up\`, or set CLICKHOUSE_URL.`,
  );
}

function nothingRuns(home: string, run: FoundRun): string {
  const was = run.state === "stale" ? `; the last run, process ${run.info.pid}, has ended` : "";
  return `nothing runs in ${home}${was}.`;
}

export interface OpenLog {
  readonly log: Log;
  readonly codec: Codec;
  close(): Promise<void>;
}

const QUIET: Logger = { info() {}, warn() {}, error() {} };

/** Connects to the cluster. Throws `CliError` where it does not answer or the client is missing. */
export async function openLog(surroundings: Surroundings): Promise<OpenLog> {
  const connection = kafkaConnection(surroundings);
  let log: Log;
  try {
    log = await openRdkafkaLog(connection, QUIET);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`the Kafka cluster cannot be used: ${why}`, 2, error);
  }
  const codec = createCodec({ schemas: loadSchemas(surroundings.config.schemasDir) });
  return { log, codec, close: () => log.close() };
}
