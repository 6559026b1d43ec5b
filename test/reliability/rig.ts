/**
 * One scenario's own run of the real thing: topics under a prefix of its own, the services as child processes of the
 * product's own supervisor, the embedded engine in a directory of its own. Closed by whoever opened it, also after a failure.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Codec, createCodec } from "../../services/adapters/avro/codec.ts";
import type { KafkaConnection } from "../../services/adapters/kafka/connection.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import { ensureTopics } from "../../services/adapters/kafka/topics-admin.ts";
import { partitionOf } from "../../services/adapters/murmur2.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { LanePolicy, Policy } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { Reference } from "../../services/core/reference.ts";
import type { Rule } from "../../services/core/rule.ts";
import type { Log, Logger, Row } from "../../services/ports.ts";
import { type Config, loadConfig } from "../../services/runtime/config.ts";
import { RUN_SERVICES, type RunService, supervisedService } from "../../services/runtime/embedded-run.ts";
import { Lifecycle } from "../../services/runtime/lifecycle.ts";
import { type PolicyContent, versioned } from "../../services/runtime/policy-files.ts";
import { publishPolicy, publishReference } from "../../services/runtime/policy-topic.ts";
import { type Ended, type ReadyMessage, Supervisor } from "../../services/runtime/supervisor.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { parseExposition } from "../support/exposition.ts";
import { testPolicy } from "../support/policy.ts";
import { askRows } from "./ask-rows.ts";
import type { Ground, RigBroker } from "./ground.ts";
import { Load, type LoadOptions } from "./load.ts";
import { type ProcessFigures, processFigures } from "./process-figures.ts";
import { RunLog } from "./run-log.ts";
import { buildIsCurrent, serviceModule } from "./service-module.ts";
import type { StoreDoor } from "./store-door.ts";

const UNTIL_POLL_MS = 50;
const UNTIL_POLL_FACTOR = 3;
const UNTIL_MS_MAX = 90_000;
const RESTARTS_MAX = 1_000;
const LOG_TAIL_LINES_MAX = 15;

export interface RoadOptions {
  /** Default 2. */
  readonly partitions?: number;
  /** Over small panes: 2 s, 1 s late, silent partitions ticked after 500 ms. */
  readonly policy?: Partial<Omit<Policy, "version" | "defaults">>;
  readonly lane?: Partial<LanePolicy>;
  readonly rules?: readonly Rule[];
  readonly references?: readonly Reference[];
  /** Default all. */
  readonly services?: readonly RunService[];
  /** A server for the recorder to write to, instead of the engine within it; closed with the rig. */
  readonly store?: StoreDoor;
  /** Environment of single services. */
  readonly env?: Readonly<Partial<Record<RunService, Readonly<Record<string, string>>>>>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is started again when it ends unasked. Default true. */
  readonly restarted?: boolean;
}

export interface RigParts {
  readonly id: string;
  readonly seed: string;
  readonly ground: Ground;
  readonly broker: RigBroker;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

export class Rig {
  readonly id: string;
  readonly broker: RigBroker;
  readonly names: TopicNames;
  /** What the run is read by; a scenario that upgrades schemas replaces it. */
  codec: Codec = createCodec();
  readonly catalogue = new Catalogue(METRICS);
  readonly home: string;
  readonly #parts: RigParts;
  readonly #life = new Lifecycle();
  readonly #lanes = new Set<string>();
  readonly #loads: Load[] = [];
  readonly #started = new Set<string>();
  readonly #built = buildIsCurrent();
  #options: RoadOptions = {};
  #content: PolicyContent | null = null;
  #config: Config | null = null;
  #log: RunLog | null = null;
  #supervisor: Supervisor | null = null;
  /** Of those that are not started again when they end. */
  #unwatched: Supervisor | null = null;
  #failure: Error | null = null;

  constructor(parts: RigParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.broker = parts.broker;
    this.names = new TopicNames(`${parts.id.toLowerCase()}.`);
    this.home = join(parts.ground.dir, parts.id);
  }

  /** Chance for one purpose; the run's seed repeats it. */
  random(purpose: string): Random {
    return new Random(`${this.#parts.seed}/${this.id}/${purpose}`);
  }

  say(message: string): void {
    this.#parts.say(message);
  }

  get log(): RunLog {
    return begun(this.#log);
  }

  get content(): PolicyContent {
    return begun(this.#content);
  }

  get connection(): KafkaConnection {
    return this.broker.connection;
  }

  get partitions(): number {
    return this.#options.partitions ?? 2;
  }

  /** Whether any lane has a reference. */
  get hasReference(): boolean {
    return (this.#options.references ?? []).length > 0;
  }

  get loads(): readonly Load[] {
    return this.#loads;
  }

  /** Topics, policy, references and services; resolves when every service says that it is ready. */
  async start(options: RoadOptions = {}): Promise<void> {
    this.#options = options;
    if (options.store !== undefined) await this.#life.start(Promise.resolve(options.store));
    const { prefix } = this.names;
    await ensureTopics({ connection: this.connection, prefix, partitions: this.partitions });
    const log: Log = await this.#life.start(openRdkafkaLog(this.connection, this.#parts.logger));
    this.#log = new RunLog(log, this.codec, this.names, this.partitions);
    this.#content = contentOf(options);
    const writer = await log.writer();
    for (const reference of options.references ?? [])
      await publishReference(writer, this.codec, prefix, reference);
    await publishPolicy(writer, this.codec, prefix, this.#content);
    await writer.close();
    this.#config = this.#loadConfig();
    this.#supervisor = await this.#supervise(RESTARTS_MAX, (service) => {
      this.#failure ??= new Error(`${service} keeps ending`);
    });
    this.#unwatched = await this.#supervise(0, () => {});
    await Promise.all((options.services ?? RUN_SERVICES).map((service) => this.startService(service)));
    this.say(`services are up, run from ${this.#built ? "the build" : "sources"}`);
  }

  /** Starts a service, or another instance of one under a name of its own; resolves when it is ready. */
  async startService(
    service: RunService,
    as: string = service,
    how: StartOptions = {},
  ): Promise<ReadyMessage> {
    this.#started.add(as);
    const own = supervisedService(
      service,
      { config: begun(this.#config), prefix: this.names.prefix, partitions: this.partitions },
      this.connection,
      0,
    );
    const supervisor = (how.restarted ?? true) ? this.#supervisor : this.#unwatched;
    return await begun(supervisor).start({
      ...own,
      modulePath: serviceModule(service, this.#built),
      name: as,
      env: {
        ...own.env,
        PLUMBLINE_INSTANCE: as,
        ...(this.#options.store === undefined ? {} : { CLICKHOUSE_URL: this.#options.store.url }),
        ...this.#options.env?.[service],
        ...how.env,
      },
    });
  }

  /** SIGTERM, and how it ended; SIGKILL after 10 s. */
  async stopService(as: string): Promise<Ended> {
    const ended = await this.#keeperOf(as).stop(as);
    if (ended === null) throw new Error(`${as} was not running`);
    return ended;
  }

  /** Stops everything but the recorder: nothing is written any more, and what was can be counted. */
  async standStill(): Promise<void> {
    const others = [...this.#started].filter((as) => as !== "recorder" && this.pid(as) !== null);
    await Promise.all(others.map((as) => this.stopService(as)));
  }

  /** Process id; null while it is down. */
  pid(as: string): number | null {
    return this.#keeperOf(as).pid(as);
  }

  ready(as: string): ReadyMessage | null {
    return this.#keeperOf(as).readyOf(as);
  }

  /** `kill -9`; resolves with the time until the supervisor had it up and ready again, in ms. */
  async kill(as: string): Promise<number> {
    const fromMs = performance.now();
    const old = this.killOnly(as);
    await this.until(
      `${as} is back`,
      () => this.pid(as) !== null && this.pid(as) !== old && this.ready(as) !== null,
    );
    return performance.now() - fromMs;
  }

  /** `kill -9` without waiting; the supervisor starts it again. Returns the pid that was. */
  killOnly(as: string): number {
    const pid = this.pid(as);
    if (pid === null) throw new Error(`${as} is down and cannot be killed`);
    process.kill(pid, "SIGKILL");
    return pid;
  }

  /** What the kernel says of a service; throws while it is down. */
  async processFigures(as: string): Promise<ProcessFigures> {
    const pid = this.pid(as);
    if (pid === null) throw new Error(`${as} is down`);
    return await processFigures(pid);
  }

  /** The service's exported series; empty while it cannot be asked. */
  async series(as: string): Promise<ReadonlyMap<string, number>> {
    const url = this.ready(as)?.metricsUrl;
    if (url === undefined) return new Map();
    try {
      return parseExposition(await (await fetch(`${url}/metrics`)).text());
    } catch {
      return new Map();
    }
  }

  /** What a service has logged, whole. */
  async logText(as: string): Promise<string> {
    return await readFile(begun(this.#supervisor).logPath(as), "utf8").catch(() => "");
  }

  /** A paced producer, started. */
  async load(options: Omit<LoadOptions, "seed">): Promise<Load> {
    for (const lane of options.lanes) this.#lanes.add(lane);
    const writer = await this.log.writer();
    const load = new Load(
      { codec: this.codec, names: this.names, writer },
      { ...options, seed: `${this.#parts.seed}/${this.id}/${options.idPrefix ?? ""}` },
    );
    this.#loads.push(load);
    load.start();
    return load;
  }

  /** Partition numbers that lanes of the loads live in. */
  loadedPartitions(): readonly number[] {
    const numbers = [...this.#lanes].map((lane) => partitionOf(Buffer.from(lane), this.partitions));
    return [...new Set(numbers)].sort((a, b) => a - b);
  }

  /** Rows of one statement at the SQL door, or at the server the recorder writes to; throws what the engine says. */
  async sql(statement: string): Promise<readonly Row[]> {
    if (this.#options.store !== undefined) return await this.#options.store.sql(statement);
    const url = this.ready("recorder")?.sqlUrl;
    if (url === undefined || url === "") throw new Error("the recorder has no SQL door now");
    return await askRows(url, statement);
  }

  /** Polls until it holds. Throws what was awaited after `withinMs`, and at once when a service was given up or a load failed. */
  async until(what: string, holds: () => boolean | Promise<boolean>, withinMs = UNTIL_MS_MAX): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const askedMs = performance.now();
      if (await holds()) return;
      this.#throwFailure();
      this.#parts.signal.throwIfAborted();
      if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
      // What is dear to ask is asked less often: the services need the cores.
      await delay(Math.max(UNTIL_POLL_MS, UNTIL_POLL_FACTOR * (performance.now() - askedMs)));
    }
  }

  /** Lets the scenario run for a while. */
  async pass(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#parts.signal });
    this.#throwFailure();
  }

  /** A service that was given up, or a load that has stopped, since a write of it failed. */
  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
    for (const { failure } of this.#loads) if (failure !== null) throw failure;
  }

  /** The last lines of every service's log, for whoever looks for the cause. */
  async logTails(): Promise<string> {
    const files = (await readdir(join(this.home, "logs")).catch(() => [])).sort();
    const tails = files.map(async (file) => `--- ${file}\n${await this.logTail(file.replace(/\.log$/, ""))}`);
    return (await Promise.all(tails)).join("\n");
  }

  /** The last lines of what one service said. */
  async logTail(as: string): Promise<string> {
    const text = await readFile(join(this.home, "logs", `${as}.log`), "utf8");
    return text.trimEnd().split("\n").slice(-LOG_TAIL_LINES_MAX).join("\n");
  }

  /** Ends everything and removes what it kept. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#loads.map((load) => load.stop()));
    await this.#life.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  #keeperOf(as: string): Supervisor {
    return begun(this.#unwatched).pid(as) === null ? begun(this.#supervisor) : begun(this.#unwatched);
  }

  #supervise(restartsMax: number, onGivenUp: (service: string) => void): Promise<Supervisor> {
    const supervisor = new Supervisor({
      logDir: join(this.home, "logs"),
      logger: this.#parts.logger,
      signal: this.#life.signal,
      restartsMax,
      onGivenUp,
    });
    return this.#life.start(Promise.resolve(supervisor));
  }

  #loadConfig(): Config {
    const env = {
      PLUMBLINE_HOME: this.home,
      PLUMBLINE_PREFIX: this.names.prefix,
      PLUMBLINE_PARTITIONS: String(this.partitions),
      KAFKA_BROKERS: this.connection.brokers.join(","),
    };
    const loaded = loadConfig(env, "cli");
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    return loaded.config;
  }
}

function contentOf({ policy, lane, rules = [] }: RoadOptions): PolicyContent {
  const { version: _, ...rest } = testPolicy(
    { paneMs: 2_000, latenessMs: 1_000, lanesMax: 200, ...policy },
    { decisionTextsMin: 100, decisionMs: 2_000, idleMs: 500, ...lane },
  );
  return versioned(rest, rules);
}

function begun<T>(value: T | null): T {
  if (value === null) throw new Error("the rig is not started");
  return value;
}
