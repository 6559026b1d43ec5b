/** What the product needs of the machine: what is here, what its absence costs, how to get it. Names no host and no secret. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readLiveOwner } from "../../adapters/kafka/broker-owner.ts";
import { brokerJarsPresent } from "../../adapters/kafka/jars.ts";
import { findJava, findProgram } from "../../adapters/kafka/programs.ts";
import { loadRdkafka } from "../../adapters/kafka/rdkafka-client.ts";
import { loadConfig } from "../../runtime/config.ts";
import { readRunInfo } from "../../runtime/run-info.ts";

export interface Check {
  readonly name: string;
  readonly required: boolean;
  readonly present: boolean;
  /** What was found, or what is wrong with it. */
  readonly detail: string;
  /** What missing it costs; "" where nothing. */
  readonly cost: string;
  /** How to get it; "" where there is nothing to do. */
  readonly fix: string;
}

export interface DoctorInput {
  /** State directory, absolute. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NODE_MIN = [20, 19] as const;
const JAVA_MIN = 17;
const FREE_BYTES_MIN = 2_000_000_000;
/** Readers of a run's process, its ClickHouse connections and 4 more (ops.md section 1.3). */
const POOL_THREADS_MIN = 8;
const VERSION_MS_MAX = 10_000;

/** All checks, in the order they are shown. */
export async function runChecks(input: DoctorInput): Promise<readonly Check[]> {
  const { env, home } = input;
  const ownKafka = (env.KAFKA_BROKERS ?? "") !== "";
  const ownClickhouse = (env.CLICKHOUSE_URL ?? "") !== "";
  const jars = await brokerJarsPresent(join(home, "kafka", "lib")).catch(() => false);
  return [
    checkNode(),
    checkSettings(env),
    checkPackages(),
    await checkKafkaClient(),
    checkJava(env, ownKafka),
    checkJars(jars, ownKafka),
    program("Maven", "mvn", env, {
      required: !ownKafka && !jars,
      cost: "the broker's jars cannot be fetched",
      fix: "apt-get install maven",
    }),
    checkChdb(ownClickhouse),
    checkDisk(home),
    checkPool(env),
    program("setpriv", "setpriv", env, {
      required: false,
      cost: "a shell watches the broker instead of the kernel, and ends it a moment later",
      fix: "apt-get install util-linux",
    }),
    program("promtool", "promtool", env, {
      required: false,
      cost: "metrics and alert rules are not checked in tests",
      fix: "apt-get install prometheus",
    }),
    program("Prometheus", "prometheus", env, {
      required: false,
      cost: "`up` starts no Prometheus; /metrics works all the same",
      fix: "apt-get install prometheus",
    }),
    program("Alertmanager", ["alertmanager", "prometheus-alertmanager"], env, {
      required: false,
      cost: "alerts are not delivered by the embedded run",
      fix: "apt-get install prometheus-alertmanager",
    }),
    program("Chromium", ["chromium", "chromium-browser", "google-chrome"], env, {
      required: false,
      cost: "tests of the console's page are skipped",
      fix: "apt-get install chromium",
    }),
    await checkOwner(home),
  ];
}

function found(name: string, detail: string, required = true): Check {
  return { name, required, present: true, detail, cost: "", fix: "" };
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin))
    return found("Node", process.versions.node);
  return {
    ...found("Node", process.versions.node),
    present: false,
    cost: "nothing is tested on it",
    fix: `install Node ${majorMin}.${minorMin} or later`,
  };
}

function checkSettings(env: DoctorInput["env"]): Check {
  const loaded = loadConfig(env, "cli");
  if (loaded.ok) return found("settings", "environment variables are as they must be");
  return {
    ...found("settings", loaded.problems.join("; ")),
    present: false,
    cost: "nothing starts",
    fix: "correct or unset the variable",
  };
}

function checkPackages(): Check {
  const root = packageRoot();
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  const names = Object.keys(manifest.dependencies ?? {});
  const missing = names.filter((name) => !existsSync(join(root, "node_modules", name, "package.json")));
  if (missing.length === 0) return found("npm packages", `${names.length} installed`);
  return {
    ...found("npm packages", `missing: ${missing.join(", ")}`),
    present: false,
    cost: "nothing works",
    fix: "make setup",
  };
}

async function checkKafkaClient(): Promise<Check> {
  const base = { name: "Kafka client", required: true, cost: "services and Kafka commands do not run" };
  try {
    const { features, librdkafkaVersion } = await loadRdkafka();
    const missing = ["zstd", "ssl", "sasl"].filter((feature) => !features.includes(feature));
    const detail = `node-rdkafka with librdkafka ${librdkafkaVersion}`;
    if (missing.length === 0) return { ...base, present: true, detail, cost: "", fix: "" };
    return {
      ...base,
      present: true,
      detail: `${detail}, built without ${missing.join(", ")}`,
      cost: `clusters that use ${missing.join(" or ")} cannot be read`,
      fix: "apt-get install libzstd-dev libssl-dev libsasl2-dev libcurl4-openssl-dev; npm rebuild node-rdkafka",
    };
  } catch {
    const fix = "apt-get install build-essential python3; npm rebuild node-rdkafka";
    return { ...base, present: false, detail: "node-rdkafka is not usable", fix };
  }
}

function checkJava(env: DoctorInput["env"], ownKafka: boolean): Check {
  const base = {
    name: "Java",
    required: !ownKafka,
    cost: ownKafka ? "none while KAFKA_BROKERS is set" : "no embedded broker: no demo, no `up`",
    fix: "apt-get install openjdk-17-jre-headless, or set KAFKA_BROKERS",
  };
  const java = findJava(env);
  if (java === null) return { ...base, present: false, detail: "not installed" };
  const { stderr } = spawnSync(java, ["-version"], { encoding: "utf8", timeout: VERSION_MS_MAX });
  const version = /version "(?:1\.)?(\d+)[^"]*"/.exec(stderr ?? "");
  const major = Number(version?.[1] ?? 0);
  if (major >= JAVA_MIN) return { ...base, present: true, detail: `version ${major}`, cost: "", fix: "" };
  const detail =
    major === 0 ? "its version cannot be told" : `version ${major}, ${JAVA_MIN} or later is needed`;
  return { ...base, present: false, detail };
}

function checkJars(present: boolean, ownKafka: boolean): Check {
  const base = { name: "broker jars", required: !ownKafka, present };
  if (present) return { ...base, detail: "installed, checksums hold", cost: "", fix: "" };
  return {
    ...base,
    detail: "not fetched yet",
    cost: "the first start of the broker waits for them",
    fix: "make setup",
  };
}

function checkChdb(ownClickhouse: boolean): Check {
  const base = { name: "chdb", required: !ownClickhouse };
  if (existsSync(join(packageRoot(), "node_modules", "chdb", "package.json"))) {
    const platform = `${process.platform}-${process.arch}`;
    const works = process.platform === "linux" || process.platform === "darwin";
    if (works)
      return { ...base, present: true, detail: `embedded ClickHouse for ${platform}`, cost: "", fix: "" };
  }
  return {
    ...base,
    present: false,
    detail: "not usable on this platform",
    cost: "no embedded ClickHouse",
    fix: "make setup on Linux or macOS, or set CLICKHOUSE_URL",
  };
}

function checkDisk(home: string): Check {
  let dir = home;
  while (!existsSync(dir)) dir = dirname(dir);
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free for the state directory`;
  if (free >= FREE_BYTES_MIN) return found("disk", detail);
  return {
    ...found("disk", detail),
    present: false,
    cost: "the store stops taking rows before the disk is full",
    fix: "free 2 GB, or name another directory with --home",
  };
}

function checkPool(env: DoctorInput["env"]): Check {
  const size = Number(env.UV_THREADPOOL_SIZE ?? 4);
  const base = { name: "UV_THREADPOOL_SIZE", required: false, detail: `${size} threads` };
  if (size >= POOL_THREADS_MIN) return { ...base, present: true, cost: "", fix: "" };
  return {
    ...base,
    present: false,
    cost: "waiting Kafka readers hold up files, DNS and queries",
    fix: "unset it (the launcher takes 16), or set 16",
  };
}

interface ProgramWords {
  readonly required: boolean;
  readonly cost: string;
  readonly fix: string;
}

function program(
  name: string,
  commands: string | readonly string[],
  env: DoctorInput["env"],
  words: ProgramWords,
): Check {
  const names = typeof commands === "string" ? [commands] : commands;
  const present = names.some((command) => findProgram(command, env) !== null);
  if (present) return { name, required: words.required, present, detail: "installed", cost: "", fix: "" };
  return { name, ...words, present, detail: "not installed" };
}

/** Always "present": a directory in use is a fact, not a defect. */
async function checkOwner(home: string): Promise<Check> {
  const owner = await readLiveOwner(join(home, "kafka", "owner.json"));
  const run = await readRunInfo(home);
  if (run.state === "running") {
    return found("state directory", `in use by the run of process ${run.info.pid}`, false);
  }
  if (owner !== null) return found("state directory", `its broker is owned by process ${owner.pid}`, false);
  const last =
    run.state === "stale" ? `; the last run, process ${run.info.pid}, ended without clearing up` : "";
  return found("state directory", `${existsSync(home) ? "free" : "not made yet"}${last}`, false);
}

function packageRoot(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    if (existsSync(join(dir, "package.json")) && existsSync(join(dir, "infra"))) return dir;
    if (dir === dirname(dir)) throw new Error("package.json was not found above the program");
  }
}
