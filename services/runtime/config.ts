/**
 * The only reader of environment variables. All are read and checked at once; a problem names the variable and the
 * allowed values, never the value of one that may hold a secret.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { LOG_LEVELS, type LogLevel } from "../adapters/logger.ts";
import { type Environment, EnvironmentReader } from "./environment-reader.ts";

export const SERVICES = [
  "ingest",
  "gatekeeper",
  "monitor",
  "governor",
  "recorder",
  "console",
  "lab",
  "cli",
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Where the cluster is; the same shape as the Kafka adapters take. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly ssl?: { readonly caPath?: string; readonly certPath?: string; readonly keyPath?: string };
  readonly sasl?: {
    readonly mechanism: (typeof SASL_MECHANISMS)[number];
    readonly username: string;
    readonly password: string;
  };
}

export interface Config {
  readonly service: ServiceName;
  /** Stable name of this instance: static group member and transactional id. Two processes never share one. */
  readonly instance: string;
  /** State directory, absolute. */
  readonly home: string;
  /** null: the embedded broker of `home`. */
  readonly kafka: KafkaConfig | null;
  /** Prefix of topic names on the broker; "" for the live ones. */
  readonly prefix: string;
  /** Partitions of lane-keyed topics, where they are created. */
  readonly partitions: number;
  /** A ClickHouse server with its credentials in it; null: the engine of `home`. */
  readonly clickhouseUrl: string | null;
  /** Where /metrics and /healthz listen: loopback, for they have no users, unless a container's network is meant. */
  readonly metricsHost: string;
  /** 0 takes a free one. */
  readonly metricsPort: number;
  readonly sqlPort: number;
  /** Where the console listens; beside it stand the names it answers to. */
  readonly consolePort: number;
  readonly consoleHost: string;
  /** Host names that browsers may use for the console beside localhost; whoever resolves another name to it is refused. */
  readonly consoleNames: readonly string[];
  /** Who may send webhooks to the console. */
  readonly webhooks: {
    readonly tokenFile: string | null;
    readonly secretFile: string | null;
    readonly openOnLoopback: boolean;
  };
  /** The console shows gates and freezes or resumes none. */
  readonly consoleReadOnly: boolean;
  readonly logLevel: LogLevel;
  /** How long a process asked to stop may take before it is ended. */
  readonly stopMsMax: number;
  readonly rulesPath: string | null;
  readonly lanesPath: string | null;
  /** Directory of `ids.json` and the schemas it names; null: those of this release. */
  readonly schemasDir: string | null;
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export const DEFAULT_SQL_PORT = 8124;
export const DEFAULT_CONSOLE_PORT = 8420;
const CONSOLE_NAMES_MAX = 16;
/** What a Host header may name, without its port. */
const HOST_NAME = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/;
/** One after the other, so that Prometheus can be told before anything runs. Commands take a free one. */
export const DEFAULT_METRICS_PORTS: Readonly<Record<ServiceName, number>> = {
  ingest: 9461,
  gatekeeper: 9462,
  monitor: 9463,
  governor: 9464,
  recorder: 9465,
  console: 9466,
  lab: 9467,
  cli: 0,
};
const BROKERS_MAX = 32;
const PARTITIONS_MAX = 256;
const BROKER = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})$/;

/** Reads and checks everything at once. Never throws, never prints. */
export function loadConfig(env: Environment, service: ServiceName): LoadedConfig {
  const reader = new EnvironmentReader(env);
  reader.checkNames();
  const config: Config = {
    service,
    instance: reader.name("PLUMBLINE_INSTANCE", defaultInstance(), 100),
    home: resolve(reader.value("PLUMBLINE_HOME") ?? ".plumbline"),
    kafka: readKafka(reader),
    prefix: reader.name("PLUMBLINE_PREFIX", "", 64),
    partitions: reader.integer("PLUMBLINE_PARTITIONS", 4, 1, PARTITIONS_MAX),
    clickhouseUrl: readClickhouse(reader),
    metricsHost: reader.address("PLUMBLINE_METRICS_HOST", "127.0.0.1"),
    metricsPort: reader.integer("PLUMBLINE_METRICS_PORT", DEFAULT_METRICS_PORTS[service], 0, 65_535),
    sqlPort: reader.integer("PLUMBLINE_SQL_PORT", DEFAULT_SQL_PORT, 0, 65_535),
    consolePort: reader.integer("PLUMBLINE_CONSOLE_PORT", DEFAULT_CONSOLE_PORT, 0, 65_535),
    consoleHost: reader.value("PLUMBLINE_CONSOLE_HOST") ?? "127.0.0.1",
    consoleNames: readConsoleNames(reader),
    webhooks: {
      tokenFile: reader.path("PLUMBLINE_WEBHOOK_TOKEN_FILE"),
      secretFile: reader.path("PLUMBLINE_WEBHOOK_SECRET_FILE"),
      openOnLoopback: reader.oneOf("PLUMBLINE_WEBHOOK_OPEN", ["loopback"]) !== null,
    },
    consoleReadOnly: reader.oneOf("PLUMBLINE_CONSOLE_READ_ONLY", ["yes", "no"]) === "yes",
    logLevel: reader.oneOf("PLUMBLINE_LOG_LEVEL", LOG_LEVELS) ?? "info",
    stopMsMax: reader.durationMs("PLUMBLINE_STOP_WITHIN", 9_000, 100, 600_000),
    rulesPath: reader.value("PLUMBLINE_RULES"),
    lanesPath: reader.value("PLUMBLINE_LANES"),
    schemasDir: reader.path("PLUMBLINE_SCHEMAS"),
  };
  return reader.problems.length > 0 ? { ok: false, problems: reader.problems } : { ok: true, config };
}

/** One line for each problem, under a heading that says what to do. */
export function configProblemsText(problems: readonly string[]): string {
  const count = problems.length === 1 ? "1 setting is" : `${problems.length} settings are`;
  return [`${count} not as they must be:`, ...problems.map((problem) => `  ${problem}`), ""].join("\n");
}

/** The host's name in the characters an instance may have. */
function defaultInstance(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9._-]/g, "-")
      .slice(0, 100) || "local"
  );
}

function readKafka(reader: EnvironmentReader): KafkaConfig | null {
  const brokers = readBrokers(reader);
  const ssl = readTls(reader);
  const sasl = readSasl(reader);
  if (brokers === null) {
    if (ssl !== null || sasl !== null) {
      reader.problem("KAFKA_TLS* and KAFKA_SASL_* need KAFKA_BROKERS: the embedded broker has neither");
    }
    return null;
  }
  return { brokers, ...(ssl === null ? {} : { ssl }), ...(sasl === null ? {} : { sasl }) };
}

function readBrokers(reader: EnvironmentReader): readonly string[] | null {
  const value = reader.value("KAFKA_BROKERS");
  if (value === null) return null;
  const brokers = value.split(",").map((broker) => broker.trim());
  const sound = brokers.every((broker) => {
    const port = Number(BROKER.exec(broker)?.[1] ?? 0);
    return port >= 1 && port <= 65_535;
  });
  // The value is not repeated: people paste URLs with passwords in here.
  if (!sound) reader.problem("KAFKA_BROKERS must be host:port, several with commas between them");
  if (brokers.length > BROKERS_MAX)
    reader.problem(`KAFKA_BROKERS names ${brokers.length}, at most ${BROKERS_MAX}`);
  return brokers;
}

function readTls(reader: EnvironmentReader): NonNullable<KafkaConfig["ssl"]> | null {
  const on = reader.oneOf("KAFKA_TLS", ["true", "false"]);
  const caPath = reader.value("KAFKA_TLS_CA");
  const certPath = reader.value("KAFKA_TLS_CERT");
  const keyPath = reader.value("KAFKA_TLS_KEY");
  const named = [caPath, certPath, keyPath].some((path) => path !== null);
  if ((certPath === null) !== (keyPath === null)) {
    reader.problem("KAFKA_TLS_CERT and KAFKA_TLS_KEY must be set together");
  }
  if (on === "false" && named)
    reader.problem("KAFKA_TLS is false, so KAFKA_TLS_CA, _CERT and _KEY must not be set");
  if (on !== "true" && !named) return null;
  return {
    ...(caPath === null ? {} : { caPath }),
    ...(certPath === null ? {} : { certPath }),
    ...(keyPath === null ? {} : { keyPath }),
  };
}

function readSasl(reader: EnvironmentReader): NonNullable<KafkaConfig["sasl"]> | null {
  const username = reader.value("KAFKA_SASL_USERNAME");
  const password = reader.secret("KAFKA_SASL_PASSWORD");
  const mechanism = reader.oneOf("KAFKA_SASL_MECHANISM", SASL_MECHANISMS);
  const named = [username, password, reader.value("KAFKA_SASL_MECHANISM")];
  if (named.every((value) => value === null)) return null;
  if (username === null || password === null) {
    reader.problem("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set together");
    return null;
  }
  return { mechanism: mechanism ?? "scram-sha-512", username, password };
}

function readConsoleNames(reader: EnvironmentReader): readonly string[] {
  const names = (reader.value("PLUMBLINE_CONSOLE_NAMES") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  if (names.length > CONSOLE_NAMES_MAX || !names.every((name) => HOST_NAME.test(name))) {
    reader.problem(
      `PLUMBLINE_CONSOLE_NAMES must be at most ${CONSOLE_NAMES_MAX} host names without port, with commas between them`,
    );
  }
  return names;
}

/** The server's URL with user and password in it, as the store takes it. */
function readClickhouse(reader: EnvironmentReader): string | null {
  const value = reader.value("CLICKHOUSE_URL");
  const user = reader.value("CLICKHOUSE_USER");
  const password = reader.secret("CLICKHOUSE_PASSWORD");
  if (value === null) {
    if (user !== null || password !== null) {
      reader.problem(
        "CLICKHOUSE_USER and CLICKHOUSE_PASSWORD need CLICKHOUSE_URL: the embedded engine has neither",
      );
    }
    return null;
  }
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    reader.problem("CLICKHOUSE_URL must be http://host:port or https://host:port");
    return null;
  }
  const url = new URL(value);
  if ((user !== null && url.username !== "") || (password !== null && url.password !== "")) {
    reader.problem(
      "CLICKHOUSE_URL has credentials in it, and CLICKHOUSE_USER or CLICKHOUSE_PASSWORD is set, too",
    );
  }
  if (user !== null) url.username = encoded(user);
  if (password !== null) {
    if (user === null && url.username === "") url.username = "default";
    url.password = encoded(password);
  }
  return url.toString();
}

/** For a URL. A lone surrogate, which has no encoding, becomes U+FFFD. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd"));
}
