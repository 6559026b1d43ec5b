/**
 * A real single-node Kafka broker as a child process. Its data stays in the state directory; its ports are new at each
 * start. Measured figures and the reason of each setting: the templates in `infra/kafka`.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../ports.ts";
import { archiveName, LOCKED_EXIT_CODE, spawnJava } from "./broker-java.ts";
import { BrokerInUseError, processStart, readLiveOwner, writeOwner } from "./broker-owner.ts";
import { freePorts } from "./free-port.ts";
import { brokerInfraDir } from "./jars.ts";
import { brokerCount } from "./kafkajs-admin.ts";
import { findJava, type ProgramEnv } from "./programs.ts";

/** Unclean logs are checked before the broker answers: about 1.5 s per 2 GB. */
const READY_WITHIN_MS_MAX = 120_000;
const READY_POLL_MS = 20;
const STOP_WITHIN_MS_MAX = 20_000;
/** A port may be taken between our choice and the broker's bind. */
const PORT_TRIES_MAX = 3;
const LOG_LINES_MAX = 15;
const LOG_TAIL_BYTES_MAX = 16_384;

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

export interface EmbeddedBrokerOptions {
  /** The product's state directory, e.g. `.plumbline`. The broker keeps to `kafka/` under it. */
  readonly stateDir: string;
  /** Where `ensureBrokerJars` put the jars; default `<stateDir>/kafka/lib`. The class data archive lies beside it. */
  readonly libDir?: string;
  readonly logger: Logger;
  /** Where Java and the guards of the process are looked for. */
  readonly env: ProgramEnv;
  /** Fixed ports, for those who need them; default two free ones. */
  readonly ports?: BrokerPorts;
}

export interface EmbeddedBroker {
  /** `127.0.0.1:<port>`. */
  readonly bootstrap: string;
  readonly pid: number;
  /** The ports it listens on; a broker started in its place must have the same. */
  readonly ports: BrokerPorts;
  readonly clusterId: string;
  /** From the first command to the first answer, format included. */
  readonly startMs: number;
  /** Resolves when the process is gone, for whatever reason. Never rejects. */
  readonly exited: Promise<void>;
  /** Asks the broker to stop, waits, and kills it when it does not. Idempotent. */
  stop(): Promise<void>;
}

/** The broker did not come up. The message ends with the last lines of its log. */
export class BrokerStartError extends Error {
  override readonly name = "BrokerStartError";
}

interface Layout {
  readonly env: ProgramEnv;
  readonly java: string;
  readonly libDir: string;
  readonly dataDir: string;
  readonly propertiesPath: string;
  readonly lockPath: string;
  readonly ownerPath: string;
  readonly logPath: string;
  readonly outputPath: string;
  readonly archivePath: string;
}

/**
 * Starts the broker and resolves when it answers, in about a second; after a `kill -9` of the last run in about four,
 * because the new incarnation waits for its own old session.
 *
 * @throws BrokerInUseError when a live process owns the directory; BrokerStartError when Java is missing or the broker ends
 * or stays silent.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const started = performance.now();
  const dir = resolve(options.stateDir, "kafka");
  const libDir = resolve(options.libDir ?? join(dir, "lib"));
  const java = findJava(options.env);
  if (java === null) {
    throw new BrokerStartError(
      "Java is not installed; the embedded broker needs Java 17 or later. On Debian: apt-get install " +
        "openjdk-17-jre-headless. Or set KAFKA_BROKERS to use a broker of your own.",
    );
  }
  if (!existsSync(libDir)) {
    throw new BrokerStartError(`the broker's jars are not in ${libDir}; run \`make setup\` first`);
  }
  await mkdir(dir, { recursive: true });
  const layout: Layout = {
    env: options.env,
    java,
    libDir,
    dataDir: join(dir, "data"),
    propertiesPath: join(dir, "server.properties"),
    lockPath: join(dir, "owner.lock"),
    ownerPath: join(dir, "owner.json"),
    logPath: join(dir, "broker.log"),
    outputPath: join(dir, "broker.out"),
    archivePath: join(dirname(libDir), await archiveName(java, libDir)),
  };
  const owner = await readLiveOwner(layout.ownerPath);
  if (owner !== null) throw new BrokerInUseError(dir, owner);

  const output = await open(layout.outputPath, "a");
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await startOnce(layout, options, output, started);
      } catch (error) {
        const portTaken = error instanceof PortTakenError && options.ports === undefined;
        if (!portTaken || attempt === PORT_TRIES_MAX) throw error;
      }
    }
  } finally {
    await output.close();
  }
}

class PortTakenError extends BrokerStartError {}

async function startOnce(
  layout: Layout,
  options: EmbeddedBrokerOptions,
  output: FileHandle,
  started: number,
): Promise<EmbeddedBroker> {
  const ports = options.ports ?? (await freeBrokerPorts());
  const bootstrap = `127.0.0.1:${ports.broker}`;
  const logFrom = await sizeOf(layout.logPath);
  const outputFrom = await sizeOf(layout.outputPath);
  const tail = async (): Promise<string> =>
    [await logTail(layout.logPath, logFrom), await logTail(layout.outputPath, outputFrom)]
      .filter((part) => part !== "")
      .join("\n");

  await writeProperties(layout, ports);
  await formatOnce(layout, output.fd, tail);
  const archiving = !existsSync(layout.archivePath);
  const archivePart = `${layout.archivePath}.${process.pid}`;
  const child = spawnJava({
    ...layout,
    flags: [
      archiving ? `-XX:ArchiveClassesAtExit=${archivePart}` : `-XX:SharedArchiveFile=${layout.archivePath}`,
      "-Xlog:cds=off",
      "-Xlog:cds+dynamic=off",
      `-Dlog4j2.configurationFile=${join(brokerInfraDir(), "log4j2.yaml")}`,
      `-Dplumbline.broker.log=${layout.logPath}`,
    ],
    mainClass: "kafka.Kafka",
    args: [layout.propertiesPath],
    outputFd: output.fd,
  });
  const exit = exitOf(child);
  const ready = await Promise.race([untilReady(ports.broker, exit), exit]);
  if (ready !== "ready") {
    if (ready === "silent") await end(child, exit);
    const code = ready === "silent" ? null : ready.code;
    await throwStartError(layout, code, await tail());
  }

  const pid = child.pid!;
  await writeOwner(layout.ownerPath, {
    pid: process.pid,
    brokerPid: pid,
    brokerStart: (await processStart(pid)) ?? "",
    bootstrap,
  });
  const startMs = Math.round(performance.now() - started);
  options.logger.info({ bootstrap, pid, startMs }, "embedded broker ready");

  let stopping: Promise<void> | null = null;
  const exited = exit.then(async ({ code, signal }) => {
    if (stopping !== null) return;
    options.logger.error({ pid, code, signal, log: await tail() }, "embedded broker ended by itself");
  });
  return {
    ports,
    bootstrap,
    pid,
    clusterId: await storedClusterId(layout.dataDir),
    startMs,
    exited,
    stop() {
      stopping ??= (async () => {
        await end(child, exit);
        if (archiving) await keepArchive(archivePart, layout.archivePath);
        await rm(layout.ownerPath, { force: true });
      })();
      return stopping;
    },
  };
}

async function freeBrokerPorts(): Promise<BrokerPorts> {
  const [broker, controller] = await freePorts(2);
  return { broker: broker!, controller: controller! };
}

async function writeProperties(layout: Layout, ports: BrokerPorts): Promise<void> {
  const template = await readFile(join(brokerInfraDir(), "server.properties"), "utf8");
  const values: Record<string, string> = {
    brokerPort: String(ports.broker),
    controllerPort: String(ports.controller),
    // A properties file reads a backslash as an escape.
    dataDir: layout.dataDir.replaceAll("\\", "\\\\"),
  };
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name]!);
  await writeFile(layout.propertiesPath, text);
}

/** Gives a new data directory its cluster id. A directory that has one is left as it is. */
async function formatOnce(layout: Layout, outputFd: number, tail: () => Promise<string>): Promise<void> {
  if (existsSync(join(layout.dataDir, "meta.properties"))) return;
  const child = spawnJava({
    ...layout,
    flags: existsSync(layout.archivePath) ? [`-XX:SharedArchiveFile=${layout.archivePath}`] : [],
    mainClass: "kafka.tools.StorageTool",
    args: ["format", "--standalone", "--ignore-formatted", "-t", newClusterId(), "-c", layout.propertiesPath],
    outputFd,
  });
  const { code } = await exitOf(child);
  if (code !== 0) await throwStartError(layout, code, await tail());
}

/** 16 random bytes as Kafka prints them, and like Kafka's own never with a dash first: it would read as an option. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString("base64url");
    if (!id.startsWith("-")) return id;
  }
}

async function throwStartError(layout: Layout, code: number | null, log: string): Promise<never> {
  const dir = dirname(layout.dataDir);
  if (code === LOCKED_EXIT_CODE || log.includes("Failed to acquire lock on file")) {
    throw new BrokerInUseError(dir, await readLiveOwner(layout.ownerPath));
  }
  const what = code === null ? `did not answer within ${READY_WITHIN_MS_MAX / 1000} s` : `ended with ${code}`;
  const message = `the embedded broker ${what}; the end of broker.log and broker.out in ${dir}:\n${log}`;
  throw log.includes("failed to bind") ? new PortTakenError(message) : new BrokerStartError(message);
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** First the port, which costs nothing to try, then one question to the broker itself. */
async function untilReady(port: number, exit: Promise<Exit>): Promise<"ready" | "silent"> {
  let gone = false;
  void exit.then(() => {
    gone = true;
  });
  const deadline = performance.now() + READY_WITHIN_MS_MAX;
  while (!gone && performance.now() < deadline) {
    if ((await accepts(port)) && (await brokerCount({ brokers: [`127.0.0.1:${port}`] })) > 0) return "ready";
    await delay(READY_POLL_MS);
  }
  return "silent";
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function end(child: ChildProcess, exit: Promise<Exit>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS_MAX);
  await exit;
  clearTimeout(timer);
}

/** The archive is written by the JVM's own shutdown; a killed one leaves none, and the next clean stop tries again. */
async function keepArchive(part: string, path: string): Promise<void> {
  if (existsSync(part)) await rename(part, path);
}

async function storedClusterId(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, "meta.properties"), "utf8");
  return /^cluster\.id=(.+)$/m.exec(text)?.[1]?.trim() ?? "";
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

/** Last lines written after `from`; the whole end of the file where it was rolled meanwhile. */
async function logTail(path: string, from: number): Promise<string> {
  const size = await sizeOf(path);
  if (size === 0) return "";
  const start = Math.max(size >= from ? from : 0, size - LOG_TAIL_BYTES_MAX);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n");
    return lines.slice(-LOG_LINES_MAX).join("\n");
  } finally {
    await file.close();
  }
}
