/**
 * The jars of the embedded broker: resolved once by Maven from `infra/kafka/pom.xml`, held to the SHA-256 list in
 * `infra/kafka/jars.txt`, installed whole or not at all.
 */
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Lines of Maven's output shown when it fails. */
const MAVEN_LINES_MAX = 15;

export type BrokerJarsErrorCode = "maven_missing" | "maven_failed" | "jars_differ";

/** The jars are not there or not those that were pinned. The message says what to do next. */
export class BrokerJarsError extends Error {
  override readonly name = "BrokerJarsError";
  readonly code: BrokerJarsErrorCode;
  constructor(code: BrokerJarsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface BrokerJarsOptions {
  /** Where the jars live, e.g. `.plumbline/kafka/lib`. Its parent also holds the stamp. */
  readonly libDir: string;
  /** Check every file again although the stamp says they were checked when they were installed. */
  readonly verify?: boolean;
  /** Called before each step that takes seconds. */
  readonly progress?: (message: string) => void;
}

/** Directory of the pom, the checksum list and the templates, for sources and for `dist` alike. */
export function brokerInfraDir(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const candidate = join(dir, "infra", "kafka");
    if (existsSync(join(candidate, "jars.txt"))) return candidate;
    if (dir === dirname(dir)) throw new Error("infra/kafka/jars.txt not found above the running program");
  }
}

/** True when the pinned jars were installed and checked before. Reads one small file. */
export async function brokerJarsPresent(libDir: string): Promise<boolean> {
  return (await readOrNull(stampPath(libDir))) === (await listHash()) && existsSync(libDir);
}

/**
 * Makes sure that `libDir` holds exactly the pinned jars. Takes a millisecond when they are there, 2-15 s and
 * the network (or a warm Maven repository) when they are not. Safe to call from several processes at once: each
 * resolves into a directory of its own and the first rename wins.
 *
 * @throws BrokerJarsError `maven_missing`, `maven_failed` (with Maven's last lines), `jars_differ` (with every
 * file that is missing, extra or has another content).
 */
export async function ensureBrokerJars(options: BrokerJarsOptions): Promise<void> {
  const { libDir, progress = () => {} } = options;
  const wanted = parseList(await readFile(join(brokerInfraDir(), "jars.txt"), "utf8"));
  if (await brokerJarsPresent(libDir)) {
    if (options.verify === true) {
      progress(`checking ${wanted.size} jars`);
      await verifyJars(libDir, wanted, `Remove ${libDir} and run again.`);
    }
    return;
  }
  const partDir = `${libDir}.part-${randomUUID()}`;
  await mkdir(partDir, { recursive: true });
  try {
    progress("resolving the broker's jars with Maven (45 MB, once)");
    await runMaven(partDir);
    progress(`checking ${wanted.size} jars`);
    await verifyJars(
      partDir,
      wanted,
      "What was downloaded is not what was pinned in infra/kafka/jars.txt; nothing was installed.",
    );
    await install(partDir, libDir);
  } finally {
    await rm(partDir, { recursive: true, force: true });
  }
}

async function install(partDir: string, libDir: string): Promise<void> {
  if (await brokerJarsPresent(libDir)) return;
  await rm(libDir, { recursive: true, force: true });
  try {
    await rename(partDir, libDir);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Another process installed the same, already checked files between the two calls.
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
  await writeFile(stampPath(libDir), await listHash());
}

async function verifyJars(dir: string, wanted: ReadonlyMap<string, string>, advice: string): Promise<void> {
  const found = new Set(await readdir(dir));
  const problems: string[] = [];
  for (const [file, sha256] of wanted) {
    if (!found.delete(file)) problems.push(`missing ${file}`);
    else if ((await fileSha256(join(dir, file))) !== sha256) problems.push(`other content in ${file}`);
  }
  for (const file of found) problems.push(`extra ${file}`);
  if (problems.length > 0) {
    throw new BrokerJarsError("jars_differ", `broker jars: ${problems.join(", ")}. ${advice}`);
  }
}

async function runMaven(outputDir: string): Promise<void> {
  const pom = join(brokerInfraDir(), "pom.xml");
  const args = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime"];
  const child = spawn("mvn", [...args, `-DoutputDirectory=${outputDir}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new BrokerJarsError(
              "maven_missing",
              "Maven (`mvn`) is not installed; it resolves the embedded broker's jars. " +
                "On Debian: apt-get install maven. Or set KAFKA_BROKERS to use a broker of your own.",
            )
          : error,
      );
    });
    child.once("close", resolve);
  });
  if (code === 0) return;
  const tail = output.trimEnd().split("\n").slice(-MAVEN_LINES_MAX).join("\n");
  throw new BrokerJarsError("maven_failed", `Maven ended with ${code} while resolving ${pom}:\n${tail}`);
}

/** `<sha256 hex>  <file>` a line, as `sha256sum` prints and checks it. */
function parseList(text: string): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [sha256, file] = line.trim().split(/\s+/);
    if (sha256 !== undefined && file !== undefined) wanted.set(file, sha256);
  }
  return wanted;
}

/** Hash of the committed list; names the set of jars in the stamp and in the class data archive's key. */
export async function listHash(): Promise<string> {
  return createHash("sha256")
    .update(await readFile(join(brokerInfraDir(), "jars.txt")))
    .digest("hex");
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function stampPath(libDir: string): string {
  return `${libDir}.stamp`;
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
