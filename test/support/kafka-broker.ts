import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type EmbeddedBroker, startEmbeddedBroker } from "../../services/adapters/kafka/embedded-broker.ts";
import { brokerJarsPresent, ensureBrokerJars } from "../../services/adapters/kafka/jars.ts";
import { findJava, findProgram } from "../../services/adapters/kafka/programs.ts";
import type { Logger } from "../../services/ports.ts";

/** Keeps what an adapter logs, so that tests can look at it and a passing run stays quiet. */
export class KeptLogger implements Logger {
  readonly lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: "info", message, fields });
  }
  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: "warn", message, fields });
  }
  error(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: "error", message, fields });
  }
}

/** The jars of this checkout, shared by all tests; `PLUMBLINE_HOME` names another state directory. */
export function testLibDir(): string {
  const home = process.env.PLUMBLINE_HOME ?? resolve(import.meta.dirname, "../../.plumbline");
  return join(home, "kafka", "lib");
}

/** Why no real broker can run here; null when it can. */
export async function brokerMissing(): Promise<string | null> {
  const reason =
    findJava(process.env) === null
      ? "Java is not installed (apt-get install openjdk-17-jre-headless)"
      : findProgram("mvn", process.env) === null && !(await brokerJarsPresent(testLibDir()))
        ? "Maven is not installed (apt-get install maven) and the broker's jars are absent"
        : null;
  if (reason !== null) console.warn(`real broker tests are skipped: ${reason}`);
  return reason;
}

export interface TestBroker {
  readonly broker: EmbeddedBroker;
  readonly stateDir: string;
  readonly logger: KeptLogger;
  /** Stops the broker and removes its directory. */
  close(): Promise<void>;
}

/** A broker of its own in a temporary directory. */
export async function startTestBroker(): Promise<TestBroker> {
  await ensureBrokerJars({ libDir: testLibDir(), progress: (message) => console.info(message) });
  const stateDir = await mkdtemp(join(tmpdir(), "plumbline-broker-"));
  const logger = new KeptLogger();
  try {
    const broker = await startEmbeddedBroker({ stateDir, libDir: testLibDir(), logger, env: process.env });
    return {
      broker,
      stateDir,
      logger,
      async close() {
        await broker.stop();
        await rm(stateDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(stateDir, { recursive: true, force: true });
    throw error;
  }
}
