/** Programs of the machine that the embedded broker uses. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The variables that decide which program runs; the process's environment fits. */
export interface ProgramEnv {
  readonly PATH?: string | undefined;
  readonly JAVA_HOME?: string | undefined;
}

/** Path of a program on PATH; null when it is not installed. */
export function findProgram(name: string, env: ProgramEnv): string | null {
  for (const dir of (env.PATH ?? "").split(delimiter)) {
    if (dir !== "" && isExecutable(join(dir, name))) return join(dir, name);
  }
  return null;
}

/**
 * The `java` to run: `JAVA_HOME` first, else PATH. null when there is none. Kafka 4 needs Java 17 or later; an older one fails at
 * start with the JVM's own message about the class file version.
 */
export function findJava(env: ProgramEnv): string | null {
  const home = env.JAVA_HOME === undefined ? null : join(env.JAVA_HOME, "bin", "java");
  return home !== null && isExecutable(home) ? home : findProgram("java", env);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
