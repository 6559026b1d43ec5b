/** Output that is longer than the screen, through the user's pager; everything else as it is. */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import type { Io, Output } from "./io.ts";

/** Ends where all fits, keeps colours, cuts wide tables at the edge (arrow keys move), leaves the text on the screen. */
const LESS = "FRSX";
const DEFAULT_PAGER = "less";
const NEWLINE = 0x0a;

/**
 * Holds output back until it is longer than the terminal; then starts `$PAGER` (by the shell; default `less`) and goes on into it.
 * Where stdout is no terminal, `PAGER` is empty or no pager can be started, output goes straight to stdout. A reader who leaves the
 * pager early is no failure: what follows is dropped.
 */
export class PagedOutput {
  readonly #io: Io;
  #held: Uint8Array[] = [];
  #lines = 0;
  #target: Output | null;
  #pager: ChildProcess | null = null;
  #left = false;
  #bytes = 0;

  constructor(io: Io) {
    this.#io = io;
    this.#target = io.screenRows === undefined || pagerOf(io) === "" ? io.stdout : null;
  }

  /** What was written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.byteLength;
    if (this.#target === null) {
      this.#held.push(chunk);
      for (const byte of chunk) if (byte === NEWLINE) this.#lines += 1;
      if (this.#lines < this.#io.screenRows!) return;
      this.#target = await this.#openPager();
      await this.#release();
      return;
    }
    await this.#send(chunk);
  }

  /** Resolves when everything is written, and where there is a pager, when its reader has left it. */
  async end(): Promise<void> {
    this.#target ??= this.#io.stdout;
    await this.#release();
    if (this.#pager === null) return;
    const ended = once(this.#pager, "exit");
    this.#pager.stdin?.end();
    if (this.#pager.exitCode === null && this.#pager.signalCode === null) await ended;
  }

  async #release(): Promise<void> {
    for (const chunk of this.#held.splice(0)) await this.#send(chunk);
  }

  /** Waits where the reader of our output is slower than the engine. */
  async #send(chunk: Uint8Array): Promise<void> {
    const target = this.#target!;
    if (this.#left || target.write(chunk) !== false || !(target instanceof EventEmitter)) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        target.off("drain", over).off("close", over);
        resolve();
      };
      target.once("drain", over).once("close", over);
    });
  }

  async #openPager(): Promise<Output> {
    const { io, pager } = { io: this.#io, pager: pagerOf(this.#io) };
    // Ctrl-C is for the pager: who asks for the signal takes on ending, and the pager's end is ours.
    void io.signal.aborted;
    const child = spawn("sh", ["-c", pager], {
      cwd: io.cwd,
      env: { LESS, ...io.env },
      stdio: ["pipe", "inherit", "inherit"],
    });
    const started = await new Promise<boolean>((resolve) => {
      child.once("spawn", () => resolve(true));
      child.once("error", () => resolve(false));
    });
    if (!started) return io.stdout;
    this.#pager = child;
    const leave = (): void => {
      this.#left = true;
    };
    child.stdin.on("error", leave).on("close", leave);
    return child.stdin;
  }
}

function pagerOf({ env }: Io): string {
  return (env.PAGER ?? DEFAULT_PAGER).trim();
}
