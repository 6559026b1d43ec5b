/** Environment variables by name, each checked as it is read; what is wrong with any of them is kept, to be said at once. */
import { resolve } from "node:path";
import { parseDurationMs } from "./duration.ts";
import { allowedValues } from "./nearest.ts";
import { readSecretFile } from "./secret-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

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
export type Variable = (typeof VARIABLES)[number];

/** Read by tests and the launcher alone. */
const TEST_VARIABLES = ["PLUMBLINE_DATA_DIR", "PLUMBLINE_TEST_RESULTS", "PLUMBLINE_DEV"];

/** What Kubernetes adds to the environment for a service called plumbline. */
const ADDED_BY_KUBERNETES = /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?$/;
const ADDRESS = /^(?:[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45})$/;
/** What topic names, group names and transactional ids may contain. */
const NAME = /^[A-Za-z0-9._-]*$/;

/** Never throws, never prints. */
export class EnvironmentReader {
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
