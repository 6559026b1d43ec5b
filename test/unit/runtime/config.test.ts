import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Config,
  configProblemsText,
  DEFAULT_METRICS_PORTS,
  loadConfig,
} from "../../../services/runtime/config.ts";
import { type Environment, VARIABLES } from "../../../services/runtime/environment-reader.ts";

const SECRET = "hunter2-do-not-print";

function config(env: Environment): Config {
  const loaded = loadConfig(env, "monitor");
  if (!loaded.ok) throw new Error(configProblemsText(loaded.problems));
  return loaded.config;
}

function problems(env: Environment): readonly string[] {
  const loaded = loadConfig(env, "monitor");
  return loaded.ok ? [] : loaded.problems;
}

describe("configuration", () => {
  it("needs nothing: everything embedded", () => {
    expect(config({})).toMatchObject({
      service: "monitor",
      kafka: null,
      clickhouseUrl: null,
      prefix: "",
      partitions: 4,
      metricsPort: DEFAULT_METRICS_PORTS.monitor,
      sqlPort: 8124,
      consolePort: 8420,
      consoleHost: "127.0.0.1",
      consoleNames: [],
      consoleReadOnly: false,
      logLevel: "info",
      stopMsMax: 9_000,
      rulesPath: null,
      lanesPath: null,
      schemasDir: null,
    });
    expect(config({}).home).toMatch(/\/\.plumbline$/);
    expect(config({}).instance).not.toBe("");
  });

  it("makes the directory of schemas absolute, since services are started elsewhere", () => {
    expect(config({ PLUMBLINE_SCHEMAS: "next/schemas" }).schemasDir).toBe(resolve("next/schemas"));
  });

  it("takes a variable that is empty or blank as not set", () => {
    const env = Object.fromEntries(VARIABLES.map((name) => [name, " "]));
    expect(config(env)).toEqual(config({}));
  });

  it("reads everything", () => {
    const read = config({
      KAFKA_BROKERS: "a.example:9092, 10.0.0.1:9093,[::1]:9094",
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: "/ca.pem",
      KAFKA_SASL_MECHANISM: "SCRAM-SHA-256",
      KAFKA_SASL_USERNAME: "ann",
      KAFKA_SASL_PASSWORD: SECRET,
      CLICKHOUSE_URL: "https://db.example:8443",
      CLICKHOUSE_USER: "a b",
      CLICKHOUSE_PASSWORD: "p@ss/w:rd",
      PLUMBLINE_HOME: "/var/lib/plumbline",
      PLUMBLINE_PREFIX: "lab-7f3a.",
      PLUMBLINE_PARTITIONS: "8",
      PLUMBLINE_METRICS_PORT: "0",
      PLUMBLINE_SQL_PORT: "9000",
      PLUMBLINE_CONSOLE_PORT: "0",
      PLUMBLINE_CONSOLE_HOST: "0.0.0.0",
      PLUMBLINE_CONSOLE_NAMES: "Watch.example, [fd00::1]",
      PLUMBLINE_WEBHOOK_TOKEN_FILE: "token",
      PLUMBLINE_WEBHOOK_OPEN: "loopback",
      PLUMBLINE_CONSOLE_READ_ONLY: "yes",
      PLUMBLINE_LOG_LEVEL: "WARN",
      PLUMBLINE_INSTANCE: "m-1",
      PLUMBLINE_STOP_WITHIN: "5s",
      PLUMBLINE_RULES: "rules.yaml",
    });
    expect(read.kafka).toEqual({
      brokers: ["a.example:9092", "10.0.0.1:9093", "[::1]:9094"],
      ssl: { caPath: "/ca.pem" },
      sasl: { mechanism: "scram-sha-256", username: "ann", password: SECRET },
    });
    const url = new URL(read.clickhouseUrl!);
    expect([decodeURIComponent(url.username), decodeURIComponent(url.password)]).toEqual([
      "a b",
      "p@ss/w:rd",
    ]);
    expect(read).toMatchObject({
      home: "/var/lib/plumbline",
      prefix: "lab-7f3a.",
      partitions: 8,
      metricsPort: 0,
      sqlPort: 9000,
      consolePort: 0,
      consoleHost: "0.0.0.0",
      consoleNames: ["watch.example", "[fd00::1]"],
      webhooks: { tokenFile: resolve("token"), secretFile: null, openOnLoopback: true },
      consoleReadOnly: true,
      logLevel: "warn",
      instance: "m-1",
      stopMsMax: 5_000,
      rulesPath: "rules.yaml",
      lanesPath: null,
    });
  });

  it("reads secrets from files, and says what is wrong with one without its content", () => {
    const dir = mkdtempSync(join(tmpdir(), "plumbline-config-"));
    try {
      const write = (name: string, text: string): string => {
        writeFileSync(join(dir, name), text);
        return join(dir, name);
      };
      const good = write("good", `${SECRET}\n`);
      const env = { CLICKHOUSE_URL: "http://db:8123", KAFKA_BROKERS: "a:1", KAFKA_SASL_USERNAME: "ann" };
      const read = config({ ...env, CLICKHOUSE_PASSWORD_FILE: good, KAFKA_SASL_PASSWORD_FILE: good });
      expect([new URL(read.clickhouseUrl!).password, read.kafka?.sasl?.password]).toEqual([SECRET, SECRET]);
      const url = { CLICKHOUSE_URL: "http://db:8123" };
      expect(problems({ ...url, CLICKHOUSE_PASSWORD_FILE: join(dir, "none") })).toEqual([
        "CLICKHOUSE_PASSWORD_FILE names a file that cannot be read (ENOENT)",
      ]);
      expect(problems({ ...url, CLICKHOUSE_PASSWORD_FILE: good, CLICKHOUSE_PASSWORD: SECRET })).toEqual([
        "CLICKHOUSE_PASSWORD and CLICKHOUSE_PASSWORD_FILE must not both be set",
      ]);
      for (const text of ["", `${SECRET}\n${SECRET}\n`, SECRET.repeat(1_000)]) {
        const found = problems({ ...url, CLICKHOUSE_PASSWORD_FILE: write("bad", text) });
        expect(found).toEqual([
          "CLICKHOUSE_PASSWORD_FILE must name a file of one line of at most 4096 bytes",
        ]);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("lets metrics out of this machine only where an address says so", () => {
    expect(config({}).metricsHost).toBe("127.0.0.1");
    expect(config({ PLUMBLINE_METRICS_HOST: "0.0.0.0" }).metricsHost).toBe("0.0.0.0");
    expect(config({ PLUMBLINE_METRICS_HOST: "::1" }).metricsHost).toBe("::1");
    expect(problems({ PLUMBLINE_METRICS_HOST: "http://x:9" })).toEqual([
      "PLUMBLINE_METRICS_HOST must be an IP address or a host name, without port",
    ]);
  });

  it("names every problem at once, with what is allowed, and no value", () => {
    const found = problems({
      KAFKA_BROKERS: `https://ann:${SECRET}@a.example`,
      KAFKA_TLS_CERT: `/${SECRET}.pem`,
      KAFKA_SASL_MECHANISM: SECRET,
      KAFKA_SASL_PASSWORD: SECRET,
      CLICKHOUSE_URL: `postgres://ann:${SECRET}@db`,
      PLUMBLINE_PREFIX: `a/${SECRET}`,
      PLUMBLINE_PARTITIONS: "0",
      PLUMBLINE_METRICS_PORT: "65536",
      PLUMBLINE_LOG_LEVEL: "inof",
      PLUMBLINE_STOP_WITHIN: "soon",
      PLUMBLINE_LOGLEVEL: SECRET,
    });
    for (const expected of [
      'PLUMBLINE_LOGLEVEL is not a setting; did you mean "PLUMBLINE_LOG_LEVEL"? allowed: ',
      "KAFKA_BROKERS must be host:port",
      "KAFKA_TLS_CERT and KAFKA_TLS_KEY must be set together",
      "KAFKA_SASL_MECHANISM is not one of the allowed values; allowed: plain, scram-sha-256, scram-sha-512",
      "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set together",
      "CLICKHOUSE_URL must be http://host:port",
      "PLUMBLINE_PREFIX must be at most 64 letters",
      "PLUMBLINE_PARTITIONS must be a whole number within 1..256",
      "PLUMBLINE_METRICS_PORT must be a whole number within 0..65535",
      'PLUMBLINE_LOG_LEVEL is not one of the allowed values; did you mean "info"? allowed: debug, info,',
      "PLUMBLINE_STOP_WITHIN must be a duration",
    ]) {
      expect(
        found.filter((problem) => problem.startsWith(expected)),
        expected,
      ).toHaveLength(1);
    }
    expect(found).toHaveLength(11);
    expect(configProblemsText(found)).toMatch(
      /^11 settings are not as they must be:\n {2}PLUMBLINE_LOGLEVEL/,
    );
    expect(configProblemsText(found)).not.toContain(SECRET);
  });

  it.each([
    [{ KAFKA_SASL_USERNAME: "a", KAFKA_SASL_PASSWORD: "b" }, "need KAFKA_BROKERS"],
    [{ KAFKA_TLS: "true" }, "need KAFKA_BROKERS"],
    [{ KAFKA_BROKERS: "a:1", KAFKA_TLS: "false", KAFKA_TLS_CA: "x" }, "KAFKA_TLS is false"],
    [{ KAFKA_BROKERS: "a:99999" }, "must be host:port"],
    [{ KAFKA_BROKERS: "a:1,,b:2" }, "must be host:port"],
    [{ CLICKHOUSE_USER: "a" }, "need CLICKHOUSE_URL"],
    [{ CLICKHOUSE_URL: "http://a:b@c", CLICKHOUSE_PASSWORD: "d" }, "has credentials in it"],
  ])("refuses what does not fit together: %j", (env, expected) => {
    expect(problems(env)).toEqual([expect.stringContaining(expected)]);
  });

  it("takes what Kubernetes adds for a service of this name as not meant for it", () => {
    const env = {
      PLUMBLINE_SERVICE_HOST: "10.0.0.1",
      PLUMBLINE_SERVICE_PORT: "80",
      PLUMBLINE_SERVICE_PORT_HTTP: "80",
      PLUMBLINE_PORT: "tcp://10.0.0.1:80",
      PLUMBLINE_PORT_80_TCP: "tcp://10.0.0.1:80",
      PLUMBLINE_PORT_80_TCP_ADDR: "10.0.0.1",
    };
    expect(problems(env)).toEqual([]);
  });
});
