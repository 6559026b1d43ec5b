/** `plumbline`: the program as a process. The launcher beside it sets what must be set before Node's thread pool starts. */
import { EXIT, type Io } from "./io.ts";
import { runCli } from "./run-cli.ts";

const FALLBACK_COLUMNS = 100;
let controller: AbortController | null = null;

/** Given to what is still being written when a command has ended. */
const END_WITHIN_MS = 3_000;

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? FALLBACK_COLUMNS,
  ...(process.stdout.isTTY === true ? { screenRows: process.stdout.rows } : {}),
  env: process.env,
  cwd: process.cwd(),
  get signal(): AbortSignal {
    if (controller === null) {
      const made = new AbortController();
      controller = made;
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => made.abort());
    }
    return controller.signal;
  },
  setExitCode(code) {
    process.exitCode = code;
  },
};

// `plumbline sql … | head` closes our output early, which is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.pass);
  throw error;
});

// Node's own exit code for these is 1, which here says that a rule was breached.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(
      `plumbline: ended by a defect: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(EXIT.input);
  });
}

await runCli(process.argv.slice(2), io);

// A client that still tries to reach a broker which is gone must not keep a finished command alive.
setTimeout(() => process.exit(), END_WITHIN_MS).unref();
