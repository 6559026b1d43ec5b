/** What a command has of the world, so that tests run it in process with streams of their own. */

/** Exit codes, the same for every command. */
export const EXIT = {
  pass: 0,
  breach: 1,
  /** Usage, input or surroundings: something is to be done before the command can say anything. */
  input: 2,
  inconclusive: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where text goes. Order is kept; nothing is lost at exit. */
export interface Output {
  write(text: string | Uint8Array): unknown;
}

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether stderr is a terminal: only then is progress drawn. */
  readonly isTty: boolean;
  /** Characters of a terminal line; 100 where it is none. */
  readonly columns: number;
  /** Lines of the terminal that stdout is; absent where it is none: only then is nothing paged. */
  readonly screenRows?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory that relative paths of arguments start from. */
  readonly cwd: string;
  /**
   * Aborted by the first SIGINT or SIGTERM. Whoever reads it takes on stopping in order; while nobody has, a signal ends the
   * process at once, also in the middle of a long computation.
   */
  readonly signal: AbortSignal;
  /** The process ends with the last code set, once nothing is left to do; 0 when none is. */
  setExitCode(code: ExitCode): void;
}

/**
 * A failure in words for the person at the terminal: what failed, where (file and line, or argument), the next thing to do.
 * Printed without a stack.
 */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = EXIT.input, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

export function printLine(output: Output, text = ""): void {
  output.write(`${text}\n`);
}

export function printJson(io: Io, value: unknown): void {
  printLine(io.stdout, JSON.stringify(value));
}
