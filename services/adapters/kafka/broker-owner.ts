/**
 * Who holds an embedded broker's state directory. The lock itself is `flock` held by the broker's own process (it
 * ends with that process, however it ends); this file only lets a refusal name the owner.
 */
import { spawnSync } from "node:child_process";
import { readFile, rename, writeFile } from "node:fs/promises";

export interface BrokerOwner {
  /** The process that started the broker. */
  readonly pid: number;
  /** The broker's own process and its start, which together outlive the reuse of process ids. */
  readonly brokerPid: number;
  readonly brokerStart: string;
  readonly bootstrap: string;
}

/** Another process owns the state directory. The message names it. */
export class BrokerInUseError extends Error {
  override readonly name = "BrokerInUseError";
  readonly owner: BrokerOwner | null;
  constructor(stateDir: string, owner: BrokerOwner | null) {
    const who =
      owner === null
        ? "another process"
        : `process ${owner.pid} (broker ${owner.brokerPid} at ${owner.bootstrap})`;
    super(
      `the embedded broker's directory ${stateDir} is in use by ${who}. ` +
        "Stop that run, or use another state directory, or set KAFKA_BROKERS.",
    );
    this.owner = owner;
  }
}

/** Start of a process as an opaque string; null when there is no such process. Linux reads /proc, others ask ps. */
export async function processStart(pid: number): Promise<string | null> {
  if (process.platform === "linux") {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      // The command name may hold spaces and brackets; the fields after its last bracket are fixed: start is the 20th.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  const ps = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  const start = ps.status === 0 ? ps.stdout.trim() : "";
  return start === "" ? null : start;
}

export async function writeOwner(path: string, owner: BrokerOwner): Promise<void> {
  const part = `${path}.${owner.pid}`;
  await writeFile(part, JSON.stringify(owner));
  await rename(part, path);
}

/** The owner whose broker still runs; null when there is none, the file is absent or not readable as one. */
export async function readLiveOwner(path: string): Promise<BrokerOwner | null> {
  let owner: BrokerOwner;
  try {
    owner = JSON.parse(await readFile(path, "utf8")) as BrokerOwner;
  } catch {
    return null;
  }
  return (await processStart(owner.brokerPid)) === owner.brokerStart ? owner : null;
}
