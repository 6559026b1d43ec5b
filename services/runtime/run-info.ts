/** `<home>/run.json`: how other processes find the embedded run that owns a state directory. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processStart } from "../adapters/kafka/broker-owner.ts";

export interface RunInfo {
  /** The process that `up` or `demo` runs in, and its start: a pid may be given to another process. */
  readonly pid: number;
  readonly processStart: string;
  /** When the run was ready, epoch ms. */
  readonly startedMs: number;
  /** Brokers as `host:port`, with commas between them. */
  readonly bootstrap: string;
  /** The read-only SQL door; "" where a ClickHouse server is used. */
  readonly sqlUrl: string;
  /** The console's page; "" or absent where it did not start. */
  readonly consoleUrl?: string;
  /** Base of /metrics and /healthz by service. */
  readonly metricsUrls: Readonly<Record<string, string>>;
  readonly prefix: string;
}

export type FoundRun =
  | { readonly state: "none" }
  /** Its process is gone; what it says about ports is no longer true. */
  | { readonly state: "stale"; readonly info: RunInfo }
  | { readonly state: "running"; readonly info: RunInfo };

/** Says where this process's run is reached. Written whole or not at all; a reader never sees half of it. */
export async function writeRunInfo(home: string, info: Omit<RunInfo, "pid" | "processStart">): Promise<void> {
  const path = runInfoPath(home);
  const part = `${path}.${process.pid}`;
  const own = { pid: process.pid, processStart: (await processStart(process.pid)) ?? "" };
  await mkdir(home, { recursive: true });
  await writeFile(part, JSON.stringify({ ...own, ...info } satisfies RunInfo));
  await rename(part, path);
}

/** The run of a state directory. A file that is not one of ours counts as none. */
export async function readRunInfo(home: string): Promise<FoundRun> {
  let info: unknown;
  try {
    info = JSON.parse(await readFile(runInfoPath(home), "utf8"));
  } catch {
    return { state: "none" };
  }
  if (!isRunInfo(info)) return { state: "none" };
  const alive = (await processStart(info.pid)) === info.processStart;
  return { state: alive ? "running" : "stale", info };
}

/** To be called at the end of a run. Idempotent. */
export async function removeRunInfo(home: string): Promise<void> {
  await rm(runInfoPath(home), { force: true });
}

function runInfoPath(home: string): string {
  return join(home, "run.json");
}

function isRunInfo(value: unknown): value is RunInfo {
  if (typeof value !== "object" || value === null) return false;
  const info = value as Readonly<Record<string, unknown>>;
  const texts = ["processStart", "bootstrap", "sqlUrl", "prefix"];
  return (
    Number.isInteger(info.pid) &&
    (info.pid as number) > 0 &&
    typeof info.startedMs === "number" &&
    texts.every((key) => typeof info[key] === "string") &&
    typeof info.metricsUrls === "object" &&
    info.metricsUrls !== null &&
    Object.values(info.metricsUrls).every((url) => typeof url === "string")
  );
}
