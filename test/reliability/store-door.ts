/** A ClickHouse server that goes away, hangs, lies and dawdles when told: the real engine in a process of its own. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Row } from "../../services/ports.ts";
import { askRows } from "./ask-rows.ts";

export type Fault =
  | { readonly kind: "none" }
  /** Nobody listens; open connections are reset. */
  | { readonly kind: "refuse" }
  /** Requests are taken and wait until the next fault; those whose client left by then are not run. */
  | { readonly kind: "hang" }
  /** 500 with a code of ClickHouse that says: later. */
  | { readonly kind: "overloaded" }
  /** 502 of a proxy that knows nothing of ClickHouse. */
  | { readonly kind: "gateway" }
  /** What is asked is done, and its answer is lost with the connection. */
  | { readonly kind: "drop reply" }
  /** An insert is run so much later. */
  | { readonly kind: "slow"; readonly delayMs: number };

/** One insert that the engine took. */
export interface SeenInsert {
  readonly table: string;
  readonly token: string;
  readonly rows: number;
  readonly bytes: number;
  /** Epoch ms. */
  readonly arrivedMs: number;
  readonly storedMs: number;
  /** False where the answer was dropped. */
  readonly acknowledged: boolean;
}

export interface Seen {
  readonly inserts: readonly SeenInsert[];
  /** Statements that were not such inserts. */
  readonly statements: readonly string[];
}

export type DoorOrder = { readonly kind: "fault"; readonly fault: Fault } | { readonly kind: "seen" };
export type DoorMessage =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "done" }
  | ({ readonly kind: "seen" } & Seen);

const DATABASE = "plumbline";

export class StoreDoor {
  /** `http://127.0.0.1:<port>`, for CLICKHOUSE_URL. */
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Opens the engine in `dataDir`, which no other process may have open. Close it; it also ends with this process. */
  static async open(dataDir: string): Promise<StoreDoor> {
    const child = fork(join(import.meta.dirname, "store-door-process.ts"), [dataDir], {
      execArgv: ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const first = await heard(child, "listening");
    return new StoreDoor(child, first.port);
  }

  /** Resolves when it holds; what waited for the one before goes on. */
  async fault(fault: Fault): Promise<void> {
    await this.#order({ kind: "fault", fault }, "done");
  }

  async seen(): Promise<Seen> {
    return await this.#order({ kind: "seen" }, "seen");
  }

  /** Rows of one statement; throws what the engine says. Anything is allowed. */
  async sql(statement: string): Promise<readonly Row[]> {
    return await askRows(this.url, statement, DATABASE);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }

  async #order<K extends DoorMessage["kind"]>(order: DoorOrder, answer: K): Promise<Answer<K>> {
    const heardOf = heard(this.#child, answer);
    this.#child.send(order);
    return await heardOf;
  }
}

type Answer<K extends DoorMessage["kind"]> = Extract<DoorMessage, { readonly kind: K }>;

/** The next message of a kind. Rejects where the process ends before it. */
function heard<K extends DoorMessage["kind"]>(child: ChildProcess, kind: K): Promise<Answer<K>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      if ((message as DoorMessage).kind !== kind) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(message as Answer<K>);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      child.off("message", onMessage);
      reject(new Error(`the store's door ended (${signal ?? code})`));
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}
