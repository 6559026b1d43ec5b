/** One simulated world: broker, store, producers, and the services with whoever starts them again when they die. */
import { type Codec, createCodec } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder, type RecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import type { Input, InputCut } from "../../services/core/input.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import { CUT_HEADER } from "../../services/core/record-headers.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { FencedError, type LogRecord, type Row, StoreError } from "../../services/ports.ts";
import { runRecordLoop } from "../../services/recorder/record-loop.ts";
import { createRecorder } from "../../services/recorder/recorder.ts";
import type { ServiceDependencies } from "../../services/runtime/services/dependencies.ts";
import { runGatekeeper } from "../../services/runtime/services/gatekeeper.ts";
import { runGovernor } from "../../services/runtime/services/governor.ts";
import { runMonitor } from "../../services/runtime/services/monitor.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { quietLogger } from "../support/test-store.ts";
import { type FaultRates, SERVICES, type ServiceKind } from "./fault-plan.ts";
import { NO_PLANT, type Plant } from "./plant.ts";
import { type Scenario, START_MS } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { KeptRecord, type Partition, SimBroker } from "./sim-broker.ts";
import { SimLog } from "./sim-log.ts";
import { InjectedError, SimProcess } from "./sim-process.ts";
import { SIM_TABLES, SimStore, SimTables } from "./sim-store.ts";

const codec: Codec = createCodec();
const NAMES = new TopicNames("sim.");
const BATCH_RECORDS_MAX = 400;

/** A service under supervision: one name, one process after the other. */
interface Unit {
  readonly kind: ServiceKind;
  readonly instance: string;
  process: SimProcess | null;
  stop: AbortController;
  starts: number;
  /** It is not started again. */
  retired: boolean;
}

export class World {
  readonly codec = codec;
  readonly names = NAMES;
  readonly scenario: Scenario;
  readonly scheduler = new Scheduler(START_MS);
  readonly broker: SimBroker;
  readonly tables = new SimTables();
  readonly rates: FaultRates;
  readonly plant: Plant;
  /** Broken laws, each `law: what`, in the order found. */
  readonly violations: string[] = [];
  /** Largest value of every gauge that was set. */
  readonly gauges = new Map<string, number>();
  /** Processes that died of what the world did to them, and how often anything started. */
  deaths = 0;
  readonly #seed: number;
  readonly #units: Unit[] = [];
  readonly #recordedTo = new Map<string, number>();
  readonly #decode: RecordDecoder;

  constructor(seed: number, scenario: Scenario, rates: FaultRates, plant: Plant = NO_PLANT) {
    this.#seed = seed;
    this.scenario = scenario;
    this.rates = rates;
    this.plant = plant;
    this.broker = new SimBroker({
      nowMs: () => this.scheduler.nowMs,
      prefix: NAMES.prefix,
      partitions: scenario.partitions,
    });
    const decode = createRecordDecoder(codec, NAMES.prefix);
    // A record is decoded once, however often it is read: decoding depends on nothing else.
    this.#decode = (record) => {
      if (!(record instanceof KeptRecord)) return decode(record);
      record.input ??= decode(record);
      return record.input;
    };
    this.tables.onMisuse = (what) => this.violate("the store is used as it allows", what);
    this.tables.onBlock = (table, rows) => this.#noteBlock(table, rows);
    for (const kind of SERVICES) {
      for (let i = 0; i < scenario.instances[kind]; i += 1) {
        const unit: Unit = {
          kind,
          instance: `${i}`,
          process: null,
          stop: new AbortController(),
          starts: 0,
          retired: false,
        };
        this.#units.push(unit);
        this.#startAfter(unit, i * 300);
      }
    }
  }

  violate(law: string, what: string): void {
    this.violations.push(`${law}: ${what}`);
  }

  /** The dependencies of a service; also of a replay, which has a log without faults. */
  dependencies(process: SimProcess, instance: string, signal: AbortSignal): ServiceDependencies {
    const { scenario } = this;
    return {
      log: new SimLog(this.broker, process),
      codec,
      names: NAMES,
      catalogue: scenario.catalogue,
      published: {
        policies: new Policies(scenario.policy),
        rules: scenario.rules,
        rulesVersion: "sim",
        referenceOf: () => null,
      },
      clock: process.clock,
      logger: quietLogger,
      gauges: {
        set: (name, _labels, value) => this.gauges.set(name, Math.max(value, this.gauges.get(name) ?? 0)),
        count: () => {},
        drop: () => {},
      },
      decode: this.#decode,
      observe: () => {},
      instance,
      signal,
      monitorLimits: scenario.monitorLimits,
    };
  }

  decode(record: LogRecord): Input {
    return this.#decode(record);
  }

  /** Every committed record of a topic, partition by partition. */
  records(topic: TopicName): readonly LogRecord[] {
    return this.broker
      .partitions(NAMES.full(topic))
      .flatMap(({ number }) => this.broker.all(NAMES.full(topic), number));
  }

  partitions(topic: TopicName): readonly Partition[] {
    return this.broker.partitions(NAMES.full(topic));
  }

  /** The input cuts in a topic-partition, in order. */
  cuts(topic: TopicName, partition: number): readonly InputCut[] {
    return this.broker.all(NAMES.full(topic), partition).flatMap(({ headers, value }) => {
      const cut = headers[CUT_HEADER];
      return value === null && cut !== undefined ? [JSON.parse(cut) as InputCut] : [];
    });
  }

  /** Next offset of a topic-partition by the rows and the progress the store has. */
  recordedTo(topic: string, partition: number): number {
    return this.#recordedTo.get(`${topic}/${partition}`) ?? 0;
  }

  /** Units of a service; where there are fewer than asked for, the last. */
  unit(kind: ServiceKind, index: number): Unit {
    const units = this.#units.filter((unit) => unit.kind === kind);
    return units[Math.min(index, units.length - 1)]!;
  }

  crash(unit: Unit, downMs: number): void {
    if (unit.process === null) return;
    const { process } = unit;
    unit.process = null;
    process.crash();
    this.#startAfter(unit, downMs);
  }

  /** Stops services for good, and waits until their processes have ended. */
  async shutDown(kinds: readonly ServiceKind[]): Promise<void> {
    const units = this.#units.filter((unit) => kinds.includes(unit.kind));
    for (const unit of units) {
      unit.retired = true;
      unit.stop.abort();
    }
    await this.scheduler.run(() => units.every(({ process }) => process === null));
  }

  /** Asks it to stop, as SIGTERM does; it starts again once it has ended. */
  stop(unit: Unit): void {
    unit.stop.abort();
  }

  /** A second process of the same name: the first must find out by itself. */
  startTwin(unit: Unit): void {
    if (unit.process !== null) this.#start(unit);
  }

  stall(unit: Unit, durationMs: number): void {
    const { process } = unit;
    if (process !== null) process.stall(durationMs);
  }

  /** Ends the sessions of a live process. */
  expire(unit: Unit): void {
    for (const session of unit.process?.sessions ?? []) session();
  }

  #noteBlock(table: string, rows: readonly Row[]): void {
    for (const row of rows) {
      const isProgress = table === "progress";
      const key = isProgress ? `${row.topic}/${row.partition}` : `${row._topic}/${row._partition}`;
      const next = isProgress ? Number(row.next_offset) : Number(row._offset) + 1;
      if (next > (this.#recordedTo.get(key) ?? 0)) this.#recordedTo.set(key, next);
    }
  }

  #startAfter(unit: Unit, delayMs: number): void {
    this.scheduler.at(delayMs, () => {
      if (unit.process === null && !unit.retired) this.#start(unit);
    });
  }

  #start(unit: Unit): void {
    unit.starts += 1;
    const name = `${unit.kind}-${unit.instance}#${unit.starts}`;
    const random = new Random(`sim/${this.#seed}/${name}`);
    const process = new SimProcess(name, this.scheduler, random, this.rates);
    unit.process = process;
    unit.stop = new AbortController();
    this.scheduler.note(`start ${name}`);
    this.#run(unit, process).then(
      () => this.#ended(unit, process, null),
      (error: unknown) => this.#ended(unit, process, error),
    );
  }

  #run(unit: Unit, process: SimProcess): Promise<void> {
    const { kind } = unit;
    const sound = this.dependencies(process, unit.instance, unit.stop.signal);
    const deps = this.plant.dependencies({ ...sound, log: this.plant.log(sound.log, kind, process) }, kind);
    switch (kind) {
      case "gatekeeper":
        return runGatekeeper(deps);
      case "monitor":
        return runMonitor(deps);
      case "governor":
        return runGovernor(deps);
      case "recorder":
        return this.#runRecorder(deps, process);
    }
  }

  async #runRecorder(deps: ServiceDependencies, process: SimProcess): Promise<void> {
    const { log, clock, logger, gauges, signal } = deps;
    const lie = () => (process.chance(this.rates.storeLieShare) ? STORE_LIES[process.below(3)]! : "none");
    const store = this.plant.store(new SimStore(this.tables, process, lie), process);
    const recorder = createRecorder({
      store,
      log,
      codec,
      tables: SIM_TABLES,
      prefix: NAMES.prefix,
      clock,
      logger,
      gauges,
      nonce: this.plant.nonce(process),
    });
    const group = `${NAMES.prefix}recorder`;
    const reader = await log.groupReader({ group, instance: deps.instance, topics: recorder.topics });
    const limits = { batchRecordsMax: BATCH_RECORDS_MAX, batchAgeMs: 1_000, pollRecordsMax: 200 };
    try {
      await runRecordLoop({ reader, log, recorder, clock, signal, limits });
    } finally {
      await reader.close();
    }
  }

  /** A process that ended by itself: asked to, or of an error that the world made. Anything else is a broken law. */
  #ended(unit: Unit, process: SimProcess, error: unknown): void {
    const planned = error === null || error instanceof InjectedError || error instanceof FencedError;
    if (!planned && !(error instanceof StoreError && error.transient)) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.violate(
        "no service dies but as planned",
        `${process.name}: ${what.split("\n").slice(0, 3).join(" ")}`,
      );
    }
    this.scheduler.note(`end ${process.name}`);
    this.deaths += 1;
    process.crash();
    if (unit.process !== process) return;
    unit.process = null;
    this.#startAfter(unit, 500);
  }
}

const STORE_LIES = ["refused", "stored but refused", "late"] as const;
