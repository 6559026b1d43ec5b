/**
 * A whole run on one machine: the embedded broker (or the brokers of KAFKA_BROKERS), the topics, the policy, and the
 * services as child processes. `plumbline up` and `plumbline demo` are this and a view on it.
 */
import { join } from "node:path";
import { type Codec, createCodec } from "../adapters/avro/codec.ts";
import { loadSchemas } from "../adapters/avro/schemas.ts";
import type { KafkaConnection } from "../adapters/kafka/connection.ts";
import {
  type BrokerPorts,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../adapters/kafka/embedded-broker.ts";
import { freePorts, isPortFree } from "../adapters/kafka/free-port.ts";
import { ensureBrokerJars } from "../adapters/kafka/jars.ts";
import type { Reference } from "../core/reference.ts";
import type { Log, Logger } from "../ports.ts";
import type { Config, Environment } from "./config.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { PolicyContent } from "./policy-files.ts";
import { openPublishedLog } from "./published-log.ts";
import { removeRunInfo, writeRunInfo } from "./run-info.ts";
import { type ReadyMessage, type SupervisedService, Supervisor } from "./supervisor.ts";

/** The services that carry data, in the order they stop in reverse: the recorder is the last to stop. */
export const RUN_SERVICES = ["recorder", "governor", "monitor", "gatekeeper"] as const;
export type RunService = (typeof RUN_SERVICES)[number];
/** Shows what they do, and carries nothing: a run goes on without it. */
const CONSOLE = "console";
const BROKER_RESTARTS_MAX = 5;

export interface EmbeddedRunOptions {
  readonly config: Config;
  readonly env: Environment;
  /** Where the broker's jars are; default under the state directory. */
  readonly libDir?: string;
  readonly logger: Logger;
  readonly life: Lifecycle;
  readonly prefix: string;
  readonly partitions: number;
  readonly policy: PolicyContent;
  readonly references: readonly Reference[];
  /** Called before each step that takes a moment, and after it with how long it took. */
  readonly onStep?: (step: string, ms: number | null) => void;
}

export interface EmbeddedRun {
  readonly log: Log;
  readonly codec: Codec;
  readonly connection: KafkaConnection;
  readonly bootstrap: string;
  readonly sqlUrl: string;
  /** The console's page; "" where it could not start, which its log explains. */
  readonly consoleUrl: string;
  /** What each service last said of itself; one that came back is reached where it was, unless its port was taken meanwhile. */
  readonly services: readonly ReadyMessage[];
  /** From the first step until every service was ready. */
  readonly startMs: number;
  /** Process id of a running service; null while it is down. */
  pid(service: string): number | null;
  logPath(service: string): string;
}

/** Starts everything; each part is stopped with `life`. Throws what the first failing part throws. */
export async function startEmbeddedRun(options: EmbeddedRunOptions): Promise<EmbeddedRun> {
  const { config, life, logger, prefix, partitions } = options;
  const beganMs = performance.now();
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    options.onStep?.(name, null);
    const from = performance.now();
    const result = await work();
    options.onStep?.(name, performance.now() - from);
    return result;
  };
  const connection = config.kafka ?? (await step("broker", () => startBroker(options)));
  const codec = createCodec({ schemas: loadSchemas(config.schemasDir) });
  const log = await step("topics and policy", () =>
    life.start(
      openPublishedLog({
        connection,
        prefix,
        partitions,
        policy: options.policy,
        references: options.references,
        codec,
        logger,
      }),
    ),
  );
  const supervisor = await life.start(
    Promise.resolve(
      new Supervisor({
        logDir: join(config.home, "logs"),
        logger,
        signal: life.signal,
        onGivenUp: (service) => {
          if (service === CONSOLE) {
            logger.error({ ended: service }, "the console keeps ending and is left out; the run goes on");
            return;
          }
          logger.error({ ended: service }, "a service keeps ending; the run stops");
          life.abort();
        },
      }),
    ),
  );
  const ports = await usablePorts(options);
  const service = (name: RunService | typeof CONSOLE): SupervisedService =>
    supervisedService(name, options, connection, ports.sqlPort, ports.consolePort);
  const [services, consoleUrl] = await step("services", () =>
    Promise.all([
      Promise.all(RUN_SERVICES.map((name) => supervisor.start(service(name)))),
      supervisor.start(service(CONSOLE)).then(
        (ready) => ready.consoleUrl ?? "",
        (error: unknown) => {
          logger.warn({ error: String(error) }, "the run starts without the console");
          return "";
        },
      ),
    ]),
  );
  const bootstrap = connection.brokers.join(",");
  const sqlUrl = services.find((ready) => ready.service === "recorder")?.sqlUrl ?? "";
  await writeRunInfo(config.home, {
    startedMs: Date.now(),
    bootstrap,
    sqlUrl,
    consoleUrl,
    metricsUrls: Object.fromEntries(supervisor.ready().map((ready) => [ready.service, ready.metricsUrl])),
    prefix,
  });
  await life.start(Promise.resolve({ close: () => removeRunInfo(config.home) }));
  return {
    log,
    codec,
    connection,
    bootstrap,
    sqlUrl,
    consoleUrl,
    get services() {
      return supervisor.ready();
    },
    startMs: performance.now() - beganMs,
    pid: (service) => supervisor.pid(service),
    logPath: (service) => supervisor.logPath(service),
  };
}

async function startBroker(options: EmbeddedRunOptions): Promise<KafkaConnection> {
  const { config, life, logger } = options;
  const libDir = options.libDir ?? join(config.home, "kafka", "lib");
  await ensureBrokerJars({ libDir, progress: (message) => options.onStep?.(message, null) });
  const start = (ports?: BrokerPorts): Promise<EmbeddedBroker> =>
    startEmbeddedBroker({
      stateDir: config.home,
      libDir,
      logger,
      env: options.env,
      ...(ports === undefined ? {} : { ports }),
    });
  let broker = await start();
  const { ports } = broker;
  let restarts = 0;
  const watch = (): void => {
    broker.exited
      .then(async () => {
        if (life.signal.aborted) return;
        restarts += 1;
        logger.warn({ restarts }, "the broker ended unasked");
        if (restarts > BROKER_RESTARTS_MAX) {
          life.abort();
          return;
        }
        // On the ports it had: clients and open transactions come back to them.
        broker = await start(ports);
        watch();
      })
      .catch((error: unknown) => {
        logger.error({ error: String(error) }, "the broker did not come back");
        life.abort();
      });
  };
  watch();
  await life.start(Promise.resolve({ close: () => broker.stop() }));
  return { brokers: [broker.bootstrap] };
}

/**
 * The usual ports, or free ones where those are taken and nobody asked for them by name: a second run is no mistake. The SQL door's
 * is chosen here, since the console must know it, and keeps it when the recorder comes back.
 */
async function usablePorts({
  config,
  env,
}: EmbeddedRunOptions): Promise<{ readonly sqlPort: number; readonly consolePort: number }> {
  const asked = (port: number, variable: string): boolean => port !== 0 && env[variable] !== undefined;
  const usable = async (port: number, variable: string): Promise<boolean> =>
    asked(port, variable) || (port !== 0 && (await isPortFree(port)));
  const [free] = await freePorts(1);
  return {
    sqlPort: (await usable(config.sqlPort, "PLUMBLINE_SQL_PORT")) ? config.sqlPort : free!,
    consolePort: (await usable(config.consolePort, "PLUMBLINE_CONSOLE_PORT")) ? config.consolePort : 0,
  };
}

/** How one service of a run is started as a child. */
export function supervisedService(
  name: RunService | typeof CONSOLE,
  { config, prefix, partitions }: Pick<EmbeddedRunOptions, "config" | "prefix" | "partitions">,
  connection: KafkaConnection,
  sqlPort: number,
  consolePort = 0,
): SupervisedService {
  const extension = import.meta.filename.endsWith(".ts") ? "ts" : "js";
  return {
    name,
    modulePath: join(import.meta.dirname, "..", name, `main.${extension}`),
    env: {
      KAFKA_BROKERS: connection.brokers.join(","),
      PLUMBLINE_HOME: config.home,
      PLUMBLINE_PREFIX: prefix,
      PLUMBLINE_PARTITIONS: String(partitions),
      PLUMBLINE_INSTANCE: `${config.instance}-${name}`,
      PLUMBLINE_METRICS_PORT: "0",
      PLUMBLINE_SQL_PORT: String(sqlPort),
      PLUMBLINE_CONSOLE_PORT: String(consolePort),
      ...webhookVariables(config),
      ...(config.schemasDir === null ? {} : { PLUMBLINE_SCHEMAS: config.schemasDir }),
      // Each process has its own pool; readers of Kafka wait in it.
      UV_THREADPOOL_SIZE: "16",
      // glibc gives threads arenas of their own, and what the Kafka client frees there stays with the process: resident memory
      // grows beside a flat heap. Measured under R8: by 80 MiB with two arenas, by 111 with as many as it likes.
      MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? "2",
    },
  };
}

function webhookVariables({ webhooks }: Config): Readonly<Record<string, string>> {
  const { tokenFile, secretFile, openOnLoopback } = webhooks;
  return {
    ...(tokenFile === null ? {} : { PLUMBLINE_WEBHOOK_TOKEN_FILE: tokenFile }),
    ...(secretFile === null ? {} : { PLUMBLINE_WEBHOOK_SECRET_FILE: secretFile }),
    ...(openOnLoopback ? { PLUMBLINE_WEBHOOK_OPEN: "loopback" } : {}),
  };
}
