/** Runs one command of the program in this process, with streams of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExitCode, Io } from "../../services/cli/io.ts";
import { runCli } from "../../services/cli/run-cli.ts";

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandSurroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Uint8Array;
  readonly isTty?: boolean;
  /** Lines of the terminal that stdout would be. */
  readonly screenRows?: number;
}

/** Relative paths of `args` start from `cwd`; the environment is empty but for `env`. */
export async function runCommand(
  args: readonly string[],
  { cwd, env = {}, stdin = "", isTty = false, screenRows }: CommandSurroundings,
): Promise<CommandRun> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  let code: ExitCode = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(stdin);
  }
  const io: Io = {
    stdin: chunks(),
    stdout: { write: (text) => out.push(Buffer.from(text)) },
    stderr: { write: (text) => err.push(Buffer.from(text)) },
    isTty,
    columns: 120,
    ...(screenRows === undefined ? {} : { screenRows }),
    env: { PATH: process.env.PATH, JAVA_HOME: process.env.JAVA_HOME, ...env },
    cwd,
    signal: new AbortController().signal,
    setExitCode(set) {
      code = set;
    },
  };
  await runCli(args, io);
  const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("utf8");
  return { code, stdout: text(out), stderr: text(err) };
}

export interface TempDir {
  readonly path: string;
  remove(): void;
}

export function makeTempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), "plumbline-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
