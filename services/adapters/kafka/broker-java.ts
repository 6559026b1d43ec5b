/** How the embedded broker's JVM is started: flags, class data archive, and the guards around the process. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { listHash } from "./jars.ts";
import { findProgram, type ProgramEnv } from "./programs.ts";

/** Exit code `flock` gives when another process holds the lock; Kafka and the JVM never end with it. */
export const LOCKED_EXIT_CODE = 75;
/** A broker of a process that was just killed needs a moment to die; a live owner is refused before this wait. */
const LOCK_WAIT_SECONDS = 5;
/** Serial collector and the first compiler only: 0.7 s to start and 165 MB, instead of 1.8-3.4 s and 186-211 MB. */
const JVM_FLAGS = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
const HEAP_FLAG = "-Xmx256m";

/**
 * Name of the class data archive for this JVM build and these jars. The JVM checks the archive against its class path
 * by path and modification time, so the library's own directory is part of the key.
 */
export async function archiveName(java: string, libDir: string): Promise<string> {
  const home = dirname(dirname(await realpath(java)));
  let build: string;
  try {
    build = await readFile(join(home, "release"), "utf8");
  } catch {
    build = spawnSync(java, ["-version"], { encoding: "utf8" }).stderr;
  }
  const key = createHash("sha256")
    .update([home, build, await realpath(libDir), await listHash(), ...JVM_FLAGS, HEAP_FLAG].join("\0"))
    .digest("hex");
  return `classes-${key.slice(0, 16)}.jsa`;
}

export interface JavaRun {
  readonly env: ProgramEnv;
  readonly java: string;
  readonly libDir: string;
  readonly lockPath: string;
  readonly flags: readonly string[];
  readonly mainClass: string;
  readonly args: readonly string[];
  /** File descriptor for both output streams. */
  readonly outputFd: number;
}

/**
 * Starts a JVM that holds the state directory's lock and cannot outlive this process, not even by `kill -9`.
 *
 * Linux: `setpriv` asks the kernel to kill the process with its parent, `flock` takes the lock and leaves it to
 * the JVM as an open file; both replace themselves, so the child's pid is the JVM's. Elsewhere a shell waits on a pipe
 * that closes when this process ends, and Kafka's own lock in the data directory keeps a second broker out.
 * The process has a session of its own: Ctrl-C reaches us, and we stop the broker last.
 */
export function spawnJava(run: JavaRun): ChildProcess {
  const setpriv = process.platform === "linux" ? findProgram("setpriv", run.env) : null;
  const flock = process.platform === "linux" ? findProgram("flock", run.env) : null;
  const command = [
    ...(setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"]),
    ...(flock === null
      ? []
      : [flock, "--no-fork", "-E", String(LOCKED_EXIT_CODE), "-w", String(LOCK_WAIT_SECONDS), run.lockPath]),
    run.java,
    HEAP_FLAG,
    ...JVM_FLAGS,
    ...run.flags,
    "-cp",
    join(run.libDir, "*"),
    run.mainClass,
    ...run.args,
  ];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ["ignore", run.outputFd, run.outputFd],
    detached: true,
  });
  if (setpriv === null && child.pid !== undefined) killWithParent(child, child.pid);
  return child;
}

function killWithParent(child: ChildProcess, pid: number): void {
  const watcher = spawn("/bin/sh", ["-c", 'cat >/dev/null; kill -9 "$0" 2>/dev/null', String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  // Once the JVM is gone its pid may be given to another process, which must not be killed in its place.
  child.once("exit", () => watcher.kill("SIGKILL"));
}
