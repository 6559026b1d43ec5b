/**
 * The only reader of environment variables. All are read and checked at once; a problem names the variable and the
 * allowed values, never the value of one that may hold a secret.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { LOG_LEVELS, type LogLevel } from "../adapters/logger.ts";
import { parseDurationMs } from "./duration.ts";
import { allowedValues } from "./nearest.ts";
import { readSecretFile } from "./secret-file.ts";

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

export type Environment = Readonly<Record<string, string | undefined>>;

const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
/** Every variable that is read; one that begins with PLUMBLINE_ and is none of them is a spelling mistake. */
export const VARIABLES = [
  "KAFKA_BROKERS",
  "KAFKA_TLS",
  "KAFKA_TLS_CA",
  "KAFKA_TLS_CERT",
  "KAFKA_TLS_KEY",
  "KAFKA_SASL_MECHANISM",
  "KAFKA_SASL_USERNAME",
  "KAFKA_SASL_PASSWORD",
  "KAFKA_SASL_PASSWORD_FILE",
  "CLICKHOUSE_URL",
  "CLICKHOUSE_USER",
  "CLICKHOUSE_PASSWORD",
  "CLICKHOUSE_PASSWORD_FILE",
  "PLUMBLINE_HOME",
  "PLUMBLINE_PREFIX",
  "PLUMBLINE_PARTITIONS",
  "PLUMBLINE_METRICS_HOST",
  "PLUMBLINE_METRICS_PORT",
  "PLUMBLINE_SQL_PORT",
  "PLUMBLINE_CONSOLE_PORT",
  "PLUMBLINE_CONSOLE_HOST",
  "PLUMBLINE_CONSOLE_NAMES",
  "PLUMBLINE_WEBHOOK_TOKEN_FILE",
  "PLUMBLINE_WEBHOOK_SECRET_FILE",
  "PLUMBLINE_WEBHOOK_OPEN",
  "PLUMBLINE_CONSOLE_READ_ONLY",
  "PLUMBLINE_LOG_LEVEL",
  "PLUMBLINE_INSTANCE",
  "PLUMBLINE_STOP_WITHIN",
  "PLUMBLINE_RULES",
  "PLUMBLINE_LANES",
  "PLUMBLINE_SCHEMAS",
] as const;
type Variable = (typeof VARIABLES)[number];

/** Read by tests and the launcher alone. */
const TEST_VARIABLES = ["PLUMBLINE_DATA_DIR", "PLUMBLINE_TEST_RESULTS", "PLUMBLINE_DEV"];

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
/** What Kubernetes adds to the environment for a service called plumbline. */
const ADDED_BY_KUBERNETES = /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?$/;
const BROKERS_MAX = 32;
const PARTITIONS_MAX = 256;
const ADDRESS = /^(?:[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45})$/;
const BROKER = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})$/;
/** What topic names, group names and transactional ids may contain. */
const NAME = /^[A-Za-z0-9._-]*$/;

/** Reads and checks everything at once. Never throws, never prints. */
export function loadConfig(env: Environment, service: ServiceName): LoadedConfig {
  const reader = new Reader(env);
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

function readKafka(reader: Reader): KafkaConfig | null {
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

function readBrokers(reader: Reader): readonly string[] | null {
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

function readTls(reader: Reader): NonNullable<KafkaConfig["ssl"]> | null {
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

function readSasl(reader: Reader): NonNullable<KafkaConfig["sasl"]> | null {
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

function readConsoleNames(reader: Reader): readonly string[] {
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
function readClickhouse(reader: Reader): string | null {
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

class Reader {
  readonly problems: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  problem(message: string): void {
    this.problems.push(message);
  }

  /** Names in our own prefix that nobody reads are spelling mistakes, and would be silently without effect. */
  checkNames(): void {
    const known: readonly string[] = [...VARIABLES, ...TEST_VARIABLES];
    for (const name of Object.keys(this.#env).sort()) {
      if (!name.startsWith("PLUMBLINE_") || known.includes(name) || ADDED_BY_KUBERNETES.test(name)) continue;
      const ours = VARIABLES.filter((variable) => variable.startsWith("PLUMBLINE_"));
      this.problem(`${name.slice(0, 64)} is not a setting; ${allowedValues(name, ours)}`);
    }
  }

  /** null where the variable is not set, or empty. */
  value(name: Variable): string | null {
    const value = this.#env[name]?.trim() ?? "";
    return value === "" ? null : value;
  }

  /** What the variable says, or the file that its namesake with _FILE names, without the line's end. */
  secret(name: "KAFKA_SASL_PASSWORD" | "CLICKHOUSE_PASSWORD"): string | null {
    const value = this.value(name);
    const path = this.path(`${name}_FILE`);
    if (path === null) return value;
    if (value !== null) {
      this.problem(`${name} and ${name}_FILE must not both be set`);
      return value;
    }
    const read = readSecretFile(path);
    if (!read.ok) this.problem(`${name}_FILE ${read.problem}`);
    return read.ok ? read.secret : null;
  }

  /** An IP address or host name to listen on. */
  address(name: Variable, otherwise: string): string {
    const value = this.value(name) ?? otherwise;
    if (!ADDRESS.test(value)) this.problem(`${name} must be an IP address or a host name, without port`);
    return value;
  }

  /** Absolute. */
  path(name: Variable): string | null {
    const value = this.value(name);
    return value === null ? null : resolve(value);
  }

  name(name: Variable, otherwise: string, charsMax: number): string {
    const value = this.value(name) ?? otherwise;
    if (!NAME.test(value) || value.length > charsMax) {
      this.problem(`${name} must be at most ${charsMax} letters, digits, dots, dashes or underscores`);
    }
    return value;
  }

  integer(name: Variable, otherwise: number, min: number, max: number): number {
    const value = this.value(name);
    if (value === null) return otherwise;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.problem(`${name} must be a whole number within ${min}..${max}`);
    return otherwise;
  }

  durationMs(name: Variable, otherwise: number, minMs: number, maxMs: number): number {
    const value = this.value(name);
    if (value === null) return otherwise;
    const ms = parseDurationMs(value);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    this.problem(`${name} must be a duration such as 500ms, 20s or 1m, within ${minMs}..${maxMs} ms`);
    return otherwise;
  }

  oneOf<T extends string>(name: Variable, allowed: readonly T[]): T | null {
    const value = this.value(name)?.toLowerCase() ?? null;
    if (value === null) return null;
    const found = allowed.find((word) => word === value);
    if (found === undefined)
      this.problem(`${name} is not one of the allowed values; ${allowedValues(value, allowed)}`);
    return found ?? null;
  }
}
