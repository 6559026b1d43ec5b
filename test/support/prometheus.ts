/** The system's Prometheus as a child, over targets on this machine. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { freePorts } from "../../services/adapters/kafka/free-port.ts";

/** Also what a target has to answer: one that other tests keep waiting must not look gone. */
const SCRAPE_INTERVAL = "3s";

export interface TestPrometheus {
  readonly url: string;
  query(expr: string): Promise<readonly PromSeries[]>;
  queryRange(expr: string, fromMs: number, toMs: number, stepMs: number): Promise<readonly PromSeries[]>;
  /** Values that a label of some series had between two times: what a dashboard offers to choose from. */
  labelValues(label: string, series: string, fromMs: number, toMs: number): Promise<readonly string[]>;
  /** Targets that could not be read at their last turn, and why. */
  unread(): Promise<readonly string[]>;
  /** Alerts that fire, by their labels. */
  firing(): Promise<readonly Readonly<Record<string, string>>[]>;
  /** What went wrong with rules at their last evaluation, by name. */
  ruleErrors(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface PromSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Time in seconds and the value as text; `value` for an instant, `values` for a range. */
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Why no Prometheus can run here; null when it can. */
export function prometheusMissing(): string | null {
  const missing = ["prometheus", "promtool"].filter(
    (program) => spawnSync(program, ["--version"]).error !== undefined,
  );
  if (missing.length === 0) return null;
  const reason = `${missing.join(" and ")} not installed (apt-get install prometheus)`;
  console.warn(`what needs a real Prometheus is not checked: ${reason}`);
  return reason;
}

/**
 * `targets` by name of the process: `http://host:port` of each. `rules`: rule files, evaluated every second. Alerts go to
 * `alertmanagerUrl` where there is one.
 */
export async function startPrometheus(
  targets: Readonly<Record<string, string>>,
  rules: readonly string[] = [],
  alertmanagerUrl: string | null = null,
): Promise<TestPrometheus> {
  const dir = await mkdtemp(join(tmpdir(), "plumbline-prometheus-"));
  const scrape = {
    job_name: "plumbline",
    static_configs: Object.entries(targets).map(([service, url]) => ({
      targets: [new URL(url).host],
      labels: { process: service },
    })),
  };
  await writeFile(
    join(dir, "prometheus.yml"),
    stringify({
      global: {
        scrape_interval: SCRAPE_INTERVAL,
        scrape_timeout: SCRAPE_INTERVAL,
        evaluation_interval: "1s",
      },
      rule_files: rules,
      ...(alertmanagerUrl === null
        ? {}
        : {
            alerting: {
              alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanagerUrl).host] }] }],
            },
          }),
      scrape_configs: [scrape],
    }),
  );
  const [port] = await freePorts(1);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(dir, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const close = async (): Promise<void> => {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ready(child);
  } catch (error) {
    await close();
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  const ask = async (
    path: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { error?: string; data?: Record<string, unknown> };
    if (answer.data === undefined) throw new Error(`${parameters.query ?? path}: ${answer.error}`);
    return answer.data;
  };
  const series = async (path: string, parameters: Readonly<Record<string, string>>) =>
    (await ask(path, parameters)).result as readonly PromSeries[];
  return {
    url,
    query: (query) => series("query", { query }),
    queryRange: (query, fromMs, toMs, stepMs) =>
      series("query_range", {
        query,
        start: String(fromMs / 1_000),
        end: String(toMs / 1_000),
        step: String(stepMs / 1_000),
      }),
    async labelValues(label, series, fromMs, toMs) {
      const span = { start: String(fromMs / 1_000), end: String(toMs / 1_000) };
      return (await ask(`label/${label}/values`, { "match[]": series, ...span })) as unknown as string[];
    },
    async unread() {
      const { activeTargets } = (await ask("targets")) as {
        activeTargets: { scrapeUrl: string; health: string; lastError: string }[];
      };
      return activeTargets
        .filter(({ health }) => health !== "up")
        .map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`);
    },
    async firing() {
      const { alerts } = (await ask("alerts")) as {
        alerts: { state: string; labels: Readonly<Record<string, string>> }[];
      };
      return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels);
    },
    async ruleErrors() {
      const { groups } = (await ask("rules")) as {
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      };
      const rules = groups.flatMap((group) => group.rules);
      return rules
        .filter(({ health }) => health === "err")
        .map(({ name, lastError }) => `${name}: ${lastError}`);
    },
    close,
  };
}

/** Resolves when it says that it is ready to receive web requests. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const lines = createInterface({ input: child.stderr! });
    lines.on("line", (line) => {
      if (said.length < 50) said.push(line);
      if (line.includes("Server is ready to receive web requests")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`prometheus ended with ${code}:\n${said.join("\n")}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
