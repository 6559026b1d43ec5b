/**
 * Runs the services of an embedded run as child processes: starts them, starts one again that ends unasked, stops them.
 *
 * Children end with their parent, also when it is killed: each watches the IPC channel it was started with. A service that
 * keeps ending is given up after `RESTARTS_MAX` times within `RESTARTS_WITHIN_MS`, so that a broken one is noticed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "../ports.ts";

export const RESTARTS_MAX = 5;
export const RESTARTS_WITHIN_MS = 60_000;
const RESTART_PAUSE_MS = 200;
/** Given to a child between SIGTERM and SIGKILL. */
const STOP_MS_MAX = 10_000;
const READY_MS_MAX = 30_000;

/** What a child says once it works. */
export interface ReadyMessage {
  readonly kind: "ready";
  readonly service: string;
  /** Base of /metrics and /healthz; "" where it has none. */
  readonly metricsUrl: string;
  /** The SQL door; only the recorder has one. */
  readonly sqlUrl?: string;
  /** The page; only the console has one. */
  readonly consoleUrl?: string;
}

export interface SupervisedService {
  readonly name: string;
  /** Module to run. */
  readonly modulePath: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface SupervisorOptions {
  readonly logDir: string;
  readonly logger: Logger;
  /** Aborted when the run is asked to stop; a terminal's Ctrl-C reaches the services at the same moment. */
  readonly signal: AbortSignal;
  /** Called when a service was given up; the run should end. */
  readonly onGivenUp: (service: string) => void;
  /** Unasked endings within `RESTARTS_WITHIN_MS` before a service is given up; default `RESTARTS_MAX`. */
  readonly restartsMax?: number;
  /** Given to a child until it says that it is ready; default 30 s. */
  readonly readyMsMax?: number;
}

/** How a child ended that was asked to. */
export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From SIGTERM to its end. */
  readonly ms: number;
}

interface Running {
  readonly service: SupervisedService;
  child: ChildProcess | null;
  ready: ReadyMessage | null;
  /** Where it was reached before it ended: whoever scrapes or asks it goes on there. */
  lastReached: ReadyMessage | null;
  readonly output: WriteStream;
  endings: number[];
  stopping: boolean;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.logDir, { recursive: true });
  }

  /** Starts a service and resolves when it says it is ready. Rejects, naming its log, when it ends or stays silent. */
  async start(service: SupervisedService): Promise<ReadyMessage> {
    const output = createWriteStream(this.logPath(service.name), { flags: "a" });
    const running: Running = {
      service,
      child: null,
      ready: null,
      lastReached: null,
      output,
      endings: [],
      stopping: false,
    };
    this.#running.set(service.name, running);
    return await this.#spawn(running);
  }

  logPath(service: string): string {
    return join(this.#options.logDir, `${service}.log`);
  }

  /** Process id of a running service; null while it is down. */
  pid(service: string): number | null {
    return this.#running.get(service)?.child?.pid ?? null;
  }

  /** What each service said when it became ready. */
  ready(): readonly ReadyMessage[] {
    return [...this.#running.values()].flatMap((running) => (running.ready === null ? [] : [running.ready]));
  }

  /** What a service said when it last became ready; null while it is down or starting. */
  readyOf(service: string): ReadyMessage | null {
    const running = this.#running.get(service);
    return running === undefined || running.child === null ? null : running.ready;
  }

  /** Stops one service for good; null where it was not running. It may be started again under its name. */
  async stop(service: string): Promise<Ended | null> {
    const running = this.#running.get(service);
    return running === undefined ? null : await this.#stop(running);
  }

  /** Stops all in reverse order of their start. */
  async close(): Promise<void> {
    for (const running of [...this.#running.values()].reverse()) await this.#stop(running);
  }

  async #stop(running: Running): Promise<Ended | null> {
    running.stopping = true;
    const { child } = running;
    let result: Ended | null = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const fromMs = performance.now();
      const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
      const [code, signal] = await ended;
      clearTimeout(timer);
      result = { code, signal, ms: performance.now() - fromMs };
    }
    running.output.end();
    return result;
  }

  /** Rejects where the child ends, or could not be started, before it is ready; its parent goes on. */
  async #spawn(running: Running): Promise<ReadyMessage> {
    const { service, output } = running;
    const { readyMsMax = READY_MS_MAX } = this.#options;
    const child = fork(service.modulePath, [], {
      // In development the module is TypeScript.
      execArgv: service.modulePath.endsWith(".ts")
        ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
        : [],
      env: { ...process.env, ...service.env, ...portsOf(running.lastReached) },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    running.child = child;
    running.ready = null;
    child.stdout?.pipe(output, { end: false });
    child.stderr?.pipe(output, { end: false });
    return await new Promise((resolve, reject) => {
      // A killed child may take a while to go. It is over only then: two of one service would share its instance and its data.
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, readyMsMax);
      child.on("message", (message) => {
        if (late || !isReady(message)) return;
        clearTimeout(timer);
        running.ready = message;
        running.lastReached = message;
        resolve(message);
      });
      // What the machine refuses (no more processes or files, no such program) has no exit. A child that is there has one.
      child.on("error", (error) => {
        if (child.pid !== undefined) return;
        clearTimeout(timer);
        running.child = null;
        reject(new Error(`${service.name} could not be started: ${error.message}`, { cause: error }));
      });
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        running.child = null;
        const how = late ? `not ready within ${readyMsMax} ms` : (signal ?? `exit code ${code}`);
        reject(new Error(`${service.name} ended (${how}); see ${this.logPath(service.name)}`));
        // One that never became ready is its starter's business: the first start fails, a later one is tried again.
        if (running.ready !== null) this.#again(running, how);
      });
    });
  }

  #again(running: Running, how: string): void {
    const { logger, onGivenUp, signal } = this.#options;
    if (running.stopping || signal.aborted) return;
    const nowMs = performance.now();
    running.endings = [...running.endings.filter((at) => nowMs - at < RESTARTS_WITHIN_MS), nowMs];
    logger.warn({ ended: running.service.name, how }, "service ended unasked");
    if (running.endings.length > (this.#options.restartsMax ?? RESTARTS_MAX)) {
      onGivenUp(running.service.name);
      return;
    }
    setTimeout(() => {
      if (running.stopping || signal.aborted) return;
      this.#spawn(running).catch((error: unknown) => {
        logger.error({ ended: running.service.name, error: String(error) }, "service did not come back");
        // Somebody else may have its ports by now.
        running.lastReached = null;
        this.#again(running, "failed start");
      });
    }, RESTART_PAUSE_MS).unref();
  }
}

/** Settings that put a service back where it was reached. */
function portsOf(reached: ReadyMessage | null): Readonly<Record<string, string>> {
  const urls = [
    ["PLUMBLINE_METRICS_PORT", reached?.metricsUrl],
    ["PLUMBLINE_SQL_PORT", reached?.sqlUrl],
    ["PLUMBLINE_CONSOLE_PORT", reached?.consoleUrl],
  ] as const;
  return Object.fromEntries(urls.flatMap(([name, url]) => (url ? [[name, new URL(url).port]] : [])));
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === "object" && message !== null && (message as { kind?: unknown }).kind === "ready";
}
