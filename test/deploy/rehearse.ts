/**
 * `make rehearse`: what infra/Dockerfile and infra/compose.yaml say, done without a container engine. In a temporary directory it copies
 * what the Dockerfile copies, runs what it runs (but for system packages), and starts what the compose file starts, with the image's
 * own variables and nothing of the checkout but a broker and a ClickHouse: `publish`, then every service, which must become healthy
 * by the image's own check, and end with 0 on SIGTERM within its grace.
 *
 * `REUSE=1` takes the compiled Kafka client of the checkout: two minutes less. Exit code 1 where anything is not as it should be.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../../services/adapters/kafka/free-port.ts";
import { StoreDoor } from "../reliability/store-door.ts";
import {
  type ComposeFile,
  type ComposeService,
  type DockerInstruction,
  dockerInstructions,
  INFRA,
  imageEnvironment,
  ownServices,
  readYaml,
} from "../support/compose-file.ts";
import { brokerMissing, startTestBroker } from "../support/kafka-broker.ts";

const REPOSITORY = join(INFRA, "..");
const HEALTHY_WITHIN_MS_MAX = 120_000;
const HEALTH_PAUSE_MS = 500;
const reuse = process.env.REUSE === "1";
const root = mkdtempSync(join(tmpdir(), "plumbline-rehearsal-"));
const secret = join(root, "secret");
/** Nothing of the checkout may be found by accident. */
const PLAIN_ENV = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? root };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function run(command: string, cwd: string, env: Readonly<Record<string, string>> = PLAIN_ENV): void {
  const fromMs = performance.now();
  const { status, stderr, stdout } = spawnSync("bash", ["-ec", command], { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}\nended with ${status}:\n${stdout}\n${stderr}`);
  say(`  ${((performance.now() - fromMs) / 1_000).toFixed(1).padStart(6)} s  ${command.slice(0, 120)}`);
}

interface Stage {
  /** What later stages call it; the last one has no name. */
  readonly name: string;
  readonly instructions: readonly DockerInstruction[];
}

function stages(): readonly Stage[] {
  const all: { name: string; instructions: DockerInstruction[] }[] = [];
  for (const instruction of dockerInstructions()) {
    if (instruction.name === "FROM") {
      all.push({ name: / AS (\w+)$/.exec(instruction.rest)?.[1] ?? "image", instructions: [] });
    } else all.at(-1)!.instructions.push(instruction);
  }
  return all;
}

/** A stage's working directory is the directory of its name; system packages, and what lies outside of it, are the machine's. */
function perform({ name: stage, instructions }: Stage): void {
  const dir = join(root, stage);
  mkdirSync(dir, { recursive: true });
  for (const { name, rest } of instructions) {
    if (name === "COPY") copy(dir, rest.split(" "));
    if (name !== "RUN" || /apt-get|\/usr\/local/.test(rest)) continue;
    const compiles = rest.startsWith("npm install --omit=dev");
    if (!reuse || !compiles) run(rest, dir);
    else {
      const [install = "", ...others] = rest.split(" && ");
      run(`${install} --ignore-scripts`, dir);
      const client = "node_modules/node-rdkafka/build";
      cpSync(join(REPOSITORY, client), join(dir, client), { recursive: true });
      run(others.join(" && "), dir);
    }
  }
}

function copy(dir: string, words: readonly string[]): void {
  const [, stage] = /^--from=(\w+)$/.exec(words[0]!) ?? [];
  const [target = ".", ...sources] = (stage === undefined ? words : words.slice(1)).toReversed();
  for (const source of sources) {
    const from = stage === undefined ? join(REPOSITORY, source) : join(root, source);
    const to = target === "./" ? join(dir, source) : join(dir, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith(".tsbuildinfo"),
    });
  }
}

function healthCheck(): readonly string[] {
  const { rest } = dockerInstructions().find(({ name }) => name === "HEALTHCHECK")!;
  return JSON.parse(/CMD (\[.*\])$/.exec(rest)![1]!) as string[];
}

/** What the compose file gives a service, with addresses of this machine for those of its network. */
function environmentOf(
  { environment = {} }: ComposeService,
  addresses: Readonly<Record<string, string>>,
  port: number,
): Record<string, string> {
  const given = { ...imageEnvironment(), ...environment };
  const here = Object.entries(given).map(([name, value]): [string, string] => {
    if (value.startsWith("/run/secrets/")) return [name, secret];
    return [name, addresses[name] ?? value.replace("/etc/plumbline/policy", join(INFRA, "policy"))];
  });
  return { ...PLAIN_ENV, ...Object.fromEntries(here), PLUMBLINE_METRICS_PORT: String(port) };
}

async function untilHealthy(name: string, child: ChildProcess, env: Record<string, string>): Promise<void> {
  const [program = "", ...args] = healthCheck();
  const deadlineMs = performance.now() + HEALTHY_WITHIN_MS_MAX;
  while (spawnSync(program, args, { env }).status !== 0) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    if (performance.now() > deadlineMs) throw new Error(`${name} is not healthy`);
    await delay(HEALTH_PAUSE_MS);
  }
}

async function rehearse(image: string): Promise<void> {
  const compose = readYaml<ComposeFile>("compose.yaml");
  const broker = await startTestBroker();
  const door = await StoreDoor.open(join(root, "clickhouse"));
  const children: { name: string; child: ChildProcess }[] = [];
  try {
    const [consolePort = 0] = await freePorts(1);
    const addresses = {
      KAFKA_BROKERS: broker.broker.bootstrap,
      CLICKHOUSE_URL: door.url,
      PLUMBLINE_HOME: join(root, "home"),
      PLUMBLINE_CONSOLE_PORT: String(consolePort),
    };
    const plumbline = `node ${join(image, "services/cli/plumbline.cjs")}`;
    run(`${plumbline} publish`, image, environmentOf(compose.services.publish!, addresses, 0));
    for (const [name, service] of ownServices(compose)) {
      const [program = "", ...args] = service.command ?? [];
      if (program !== "node") continue;
      const [port = 0] = await freePorts(1);
      const env = environmentOf(service, addresses, port);
      const child = spawn(program, args, { cwd: image, env, stdio: ["ignore", "ignore", "pipe"] });
      child.stderr?.on("data", (text: Buffer) => process.stdout.write(`  ${name}: ${text.toString("utf8")}`));
      children.push({ name, child });
      await untilHealthy(name, child, env);
      say(`  healthy: ${name}`);
    }
    // The page itself, and what it reads from files of the image.
    for (const path of ["/", "/api/sql/examples"]) {
      const { ok, status } = await fetch(`http://127.0.0.1:${consolePort}${path}`);
      if (!ok) throw new Error(`the console answers ${status} to ${path}`);
    }
    for (const { name, child } of children.splice(0).reverse()) {
      const fromMs = performance.now();
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = (await ended) as [number | null];
      const ms = Math.round(performance.now() - fromMs);
      const graceMs = Number.parseInt(compose.services[name]?.stop_grace_period ?? "10", 10) * 1_000;
      if (code !== 0 || ms > graceMs) throw new Error(`${name} ended with ${code} after ${ms} ms`);
      say(`  stopped in order in ${ms} ms: ${name}`);
    }
  } finally {
    for (const { child } of children) child.kill("SIGKILL");
    await door.close();
    await broker.close();
  }
}

try {
  if ((await brokerMissing()) !== null) throw new Error("a rehearsal needs the embedded broker");
  writeFileSync(secret, "rehearsal\n");
  for (const [i, stage] of stages().entries()) {
    say(`${i + 1}. ${stage.name}${reuse && i === 0 ? ", with the checkout's Kafka client" : ""}`);
    perform(stage);
  }
  const image = join(root, "image");
  const { dependencies } = JSON.parse(readFileSync(join(image, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const gone = Object.keys(dependencies).filter((name) => !existsSync(join(image, "node_modules", name)));
  if (existsSync(join(image, "node_modules/vitest")))
    throw new Error("development packages are in the image");
  say(
    `  ${spawnSync("du", ["-sm", image], { encoding: "utf8" }).stdout.split("\t")[0]} MB; left out: ${gone.join(", ")}`,
  );
  say("4. start what the compose file starts");
  await rehearse(image);
  say("rehearsed: everything started, was healthy and stopped in order");
} catch (error) {
  process.exitCode = 1;
  say(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(root, { recursive: true, force: true });
}
