/** What scenarios stand on: a directory, and brokers in it; one is shared by all that leave it alone. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KafkaConnection } from "../../services/adapters/kafka/connection.ts";
import {
  type BrokerPorts,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../services/adapters/kafka/embedded-broker.ts";
import { ensureBrokerJars } from "../../services/adapters/kafka/jars.ts";
import { warmCoordinators } from "../../services/adapters/kafka/topics-admin.ts";
import type { Logger } from "../../services/ports.ts";
import { testLibDir } from "../support/kafka-broker.ts";

/** A broker that can be stopped, killed and started again on the same ports. */
export class RigBroker {
  readonly #stateDir: string;
  readonly #logger: Logger;
  #running: EmbeddedBroker;
  readonly #ports: BrokerPorts;

  private constructor(stateDir: string, logger: Logger, running: EmbeddedBroker) {
    this.#stateDir = stateDir;
    this.#logger = logger;
    this.#running = running;
    this.#ports = running.ports;
  }

  static async open(stateDir: string, logger: Logger): Promise<RigBroker> {
    await ensureBrokerJars({ libDir: testLibDir(), progress: () => {} });
    const running = await startEmbeddedBroker({
      stateDir,
      libDir: testLibDir(),
      logger,
      env: process.env,
    });
    const broker = new RigBroker(stateDir, logger, running);
    await warmCoordinators(broker.connection);
    return broker;
  }

  get connection(): KafkaConnection {
    return { brokers: [this.#running.bootstrap] };
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** Asks it to stop and waits until it is gone. */
  async stop(): Promise<void> {
    await this.#running.stop();
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    process.kill(this.#running.pid, "SIGKILL");
    await this.#running.exited;
  }

  /** Starts it again where it was; resolves when it answers. */
  async start(): Promise<void> {
    this.#running = await startEmbeddedBroker({
      stateDir: this.#stateDir,
      libDir: testLibDir(),
      logger: this.#logger,
      env: process.env,
      ports: this.#ports,
    });
  }
}

export class Ground {
  readonly dir: string;
  readonly #logger: Logger;
  #shared: Promise<RigBroker> | null = null;
  readonly #brokers: RigBroker[] = [];

  private constructor(dir: string, logger: Logger) {
    this.dir = dir;
    this.#logger = logger;
  }

  static async open(logger: Logger): Promise<Ground> {
    return new Ground(await mkdtemp(join(tmpdir(), "plumbline-reliability-")), logger);
  }

  sharedBroker(): Promise<RigBroker> {
    this.#shared ??= this.ownBroker("shared");
    return this.#shared;
  }

  /** A broker of its own, for whoever harms it. */
  async ownBroker(name: string): Promise<RigBroker> {
    const broker = await RigBroker.open(join(this.dir, `broker-${name}`), this.#logger);
    this.#brokers.push(broker);
    return broker;
  }

  /** Ends the broker of one scenario before its turn, to free its memory. */
  async release(broker: RigBroker): Promise<void> {
    this.#brokers.splice(this.#brokers.indexOf(broker), 1);
    await broker.stop();
  }

  /** Stops every broker and removes everything. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#brokers.map((broker) => broker.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }
}
