/** Gatekeeper, monitor and governor in this process over a memory broker, on a clock that the test moves. */
import { type Codec, createCodec, type RecordOf } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { MemoryBroker } from "../../services/adapters/memory/memory-broker.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { Policies, type Policy } from "../../services/core/policy.ts";
import { TICK_HEADER } from "../../services/core/record-headers.ts";
import type { WindowRecord } from "../../services/core/records.ts";
import type { Reference } from "../../services/core/reference.ts";
import type { Rule } from "../../services/core/rule.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";
import { APPEND_TIME, tickRecord } from "../../services/runtime/control-records.ts";
import type { ServiceDependencies } from "../../services/runtime/services/dependencies.ts";
import { runAll } from "../../services/runtime/services/run-all.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { testPolicy } from "./policy.ts";
import { noGauges, quietLogger } from "./test-store.ts";

/** A pane boundary of the default 5 s panes, and of 1 min ones. */
export const RUN_START_MS = 1_700_000_040_000;
/** Topics that producers write and that feed panes: each must be ticked before a pane closes. */
const TICKED = ["samples", "interactions", "outcomes", "evaluations", "training"] as const;
const WAIT_MS_MAX = 20_000;
const READ_RECORDS_MAX = 1_000_000;

export interface MemoryRunOptions {
  readonly policy?: Policy;
  readonly rules?: readonly Rule[];
  readonly reference?: Reference | null;
}

/** One partition of everything. Kill it at the end, also after a failed test. */
export class MemoryRun {
  readonly broker: MemoryBroker;
  readonly codec: Codec = createCodec();
  readonly names = new TopicNames("run.");
  readonly dependencies: Omit<ServiceDependencies, "signal">;
  nowMs = RUN_START_MS;
  #stop = new AbortController();
  #services: Promise<void>;
  #failure: unknown = null;

  constructor({ policy = testPolicy(), rules = [], reference = null }: MemoryRunOptions = {}) {
    const nowMs = (): number => this.nowMs;
    this.broker = new MemoryBroker({ nowMs });
    this.broker.createDeclaredTopics("run.", 1);
    this.dependencies = {
      log: this.broker.open(),
      codec: this.codec,
      names: this.names,
      catalogue: new Catalogue(METRICS),
      published: {
        policies: new Policies(policy),
        rules,
        rulesVersion: "test",
        referenceOf: () => reference,
      },
      clock: { nowMs, sleep: () => Promise.resolve() },
      logger: quietLogger,
      gauges: noGauges,
      decode: createRecordDecoder(this.codec, "run."),
      observe: () => {},
      instance: "one",
    };
    this.#services = this.#start();
  }

  /** Writes values to a producer's topic, in order. Throws what a writer throws. */
  async write(topic: TopicName, values: readonly (Uint8Array | null)[], key: string | null = null) {
    const writer = await this.dependencies.log.writer();
    await writer.write(values.map((value) => ({ topic: this.names.full(topic), partition: 0, key, value })));
  }

  /** Writes records to a topic, encoded. */
  async send<T extends TopicName>(topic: T, records: readonly RecordOf<T>[]): Promise<void> {
    await this.write(
      topic,
      records.map((record) => this.codec.encode(topic, record)),
    );
  }

  /** Moves the clock, ticks every producer's topic, and waits until the gatekeeper has passed the tick on. */
  async passTime(ms: number): Promise<void> {
    this.nowMs += ms;
    const writer = await this.dependencies.log.writer();
    await writer.write(TICKED.map((topic) => tickRecord(this.names.full(topic), 0, APPEND_TIME)));
    const at = { topic: this.names.full("admitted"), partition: 0 };
    await this.until("the gatekeeper's tick", () =>
      this.broker
        .read(at, 0, READ_RECORDS_MAX)
        .records.some((record) => Number(record.headers[TICK_HEADER]) >= this.nowMs),
    );
  }

  /** Every record of a topic that has a value. */
  values(topic: TopicName): readonly LogRecord[] {
    const at = { topic: this.names.full(topic), partition: 0 };
    return this.broker.read(at, 0, READ_RECORDS_MAX).records.filter((record) => record.value !== null);
  }

  /** The same, decoded; throws on one that cannot be. */
  read<T extends TopicName>(topic: T) {
    return this.values(topic).map(({ value }) => {
      const decoded = this.codec.decodeGeneric(topic, value);
      if (!decoded.ok) throw new Error(`${topic}: ${decoded.detail}`);
      return decoded.record;
    });
  }

  /** Rows of `windows`, of one kind, stage and segment. */
  windows(
    window: WindowRecord["window"],
    stage: WindowRecord["stage"],
    segment: string,
  ): readonly WindowRecord[] {
    return this.read("windows").filter(
      (row) => row.window === window && row.stage === stage && row.segment === segment,
    );
  }

  /** Waits until something is true of the log. Throws what a service died of, or after 20 s, naming what was awaited. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (!holds()) {
      if (this.#failure !== null) throw this.#failure;
      if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
      await this.broker.change(200);
    }
  }

  /** Waits until the gatekeeper has disposed of `count` records with a value. */
  untilJudged(count: number): Promise<void> {
    const topics = ["admitted", "quarantined", "rejected"] as const;
    return this.until(
      `${count} samples judged`,
      () => topics.reduce((sum, topic) => sum + this.values(topic).length, 0) >= count,
    );
  }

  /** Stops the services as a kill would leave the log: what was not committed is gone. */
  async kill(): Promise<void> {
    this.#stop.abort();
    this.broker.notify();
    await this.#services.catch(() => {});
  }

  /** Starts them again on the same log. */
  restart(): void {
    this.#stop = new AbortController();
    this.#services = this.#start();
  }

  #start(): Promise<void> {
    const services = runAll(this.dependencies, this.#stop.signal);
    services.catch((error: unknown) => {
      this.#failure = error;
      this.broker.notify();
    });
    return services;
  }
}
