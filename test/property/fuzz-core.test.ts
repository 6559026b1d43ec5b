/**
 * Odd but readable records at the core, and damaged ones among good ones in the running services: no state machine throws,
 * what it asks for can be written, its checkpoints can be read again, and nothing but the bad record is lost.
 */
import { describe, expect, it } from "vitest";
import { createCodec, FRAME_BYTES } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { Effect } from "../../services/core/effect.ts";
import { GatekeeperPartition } from "../../services/core/gatekeeper/gatekeeper.ts";
import { Governor } from "../../services/core/governor/governor.ts";
import { restoreGovernor } from "../../services/core/governor/restore-governor.ts";
import type { Input } from "../../services/core/input.ts";
import { decodeMonitorCheckpoint, MONITOR_CHECKPOINT } from "../../services/core/monitor/checkpoint.ts";
import { MonitorPartition } from "../../services/core/monitor/monitor.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { PaneRecord, StateRecord } from "../../services/core/records.ts";
import { NO_WATERMARK } from "../../services/core/time.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { LogRecord, OutgoingRecord } from "../../services/ports.ts";
import { APPEND_TIME, tickRecord } from "../../services/runtime/control-records.ts";
import { CHAIN_START, HashChain } from "../../services/runtime/decision-chain.ts";
import { recordsOf } from "../../services/runtime/perform.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { hostileBytes } from "../support/fuzz-wire.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { Mutator } from "../support/mutator.ts";
import { testPolicy } from "../support/policy.ts";
import {
  commandOf,
  evaluationOf,
  interactionOf,
  manifestOf,
  outcomeOf,
  sampleOf,
} from "../support/producers.ts";
import { realRecords } from "../support/real-records.ts";

const FULL = Number(process.env.FUZZ_CASES ?? 100_000) / 100_000;
const SEED = process.env.FUZZ_SEED ?? "plumbline";
const LIVES = Math.ceil(12 * FULL);
const BATCHES_A_LIFE = 12;
const RECORDS_A_BATCH = 40;
const STREAMS = Math.ceil(2 * FULL);
const TIMEOUT_MS = 60_000 + FULL * 60_000;

const names = new TopicNames("t.");
const codec = createCodec();
const decode = createRecordDecoder(codec, "t.");
const catalogue = new Catalogue(METRICS);
const policies = new Policies(testPolicy({ windows: ["5m", "1h"], lanesMax: 4 }, { decisionTextsMin: 10 }));
const real = await realRecords(SEED);

const READ_BY_GATEKEEPER: readonly TopicName[] = ["samples"];
const READ_BY_MONITOR: readonly TopicName[] = ["interactions", "outcomes", "evaluations", "training"];
const READ_BY_GOVERNOR: readonly TopicName[] = ["windows", "commands"];

/** The three cores of one partition, as their services would run them, on records that are drawn and not polled. */
class Cores {
  readonly #mutator: Mutator;
  readonly #offsets = new Map<string, number>();
  readonly #states = new Map<string, StateRecord>();
  readonly #panes = new Map<string, PaneRecord>();
  readonly #chain = new HashChain(CHAIN_START);
  readonly #governorConfig = { catalogue, policies, rules: real.rules, rulesVersion: "v" };
  readonly #monitorConfig = {
    partition: 0,
    catalogue,
    policies,
    rules: real.rules,
    referenceOf: () => real.reference,
  };
  #gatekeeper = new GatekeeperPartition(
    { partition: 0, policies },
    { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
  );
  #monitor = new MonitorPartition(this.#monitorConfig, null);
  #governor = new Governor(this.#governorConfig, null);
  #nowMs = RUN_START_MS;
  readonly kinds = new Map<string, number>();

  constructor(mutator: Mutator) {
    this.#mutator = mutator;
  }

  batch(): void {
    this.#nowMs += this.#mutator.pick([0, 1_000, 6_000, 60_000, 4_000_000]);
    const samples = [...this.#draw(READ_BY_GATEKEEPER), this.#tick("samples")];
    const judged = this.#written(this.#gatekeeper.absorb(samples.map(this.#input)));
    const outputs = judged.filter(({ topic }) => topic !== names.full("rejected"));
    const traffic = [...this.#draw(READ_BY_MONITOR), ...READ_BY_MONITOR.map((topic) => this.#tick(topic))];
    const measured = this.#written(this.#monitor.absorb([...outputs, ...traffic].map(this.#input)));
    while (this.#monitor.hasMore) measured.push(...this.#written(this.#monitor.absorb([])));
    const windows = measured.filter(({ topic }) => topic === names.full("windows"));
    const orders = [
      ...windows,
      ...this.#draw(READ_BY_GOVERNOR),
      this.#tick("windows"),
      this.#tick("commands"),
    ];
    const decided = this.#written(
      this.#governor.absorb(orders.map(this.#input), { ranges: [], revisions: {} }),
    );
    const gates = decided.filter(({ topic }) => topic === names.full("gates"));
    this.#gatekeeper.applyGates(
      gates.map(this.#input).flatMap((input) => (input.kind === "gate" ? [input.gate] : [])),
    );
    this.#written(this.#gatekeeper.ticks());
    this.#written([this.#monitor.tick()]);
  }

  /** Starts monitor and governor anew from what they wrote. */
  restart(): void {
    const states = [...this.#states.values()];
    const governorStates = states.filter(({ service }) => service === "governor");
    const gates = this.#governor.gates();
    this.#governor = new Governor(this.#governorConfig, restoreGovernor(governorStates));
    expect(this.#governor.gates()).toEqual(gates);
    const saved = states.find(({ service, name }) => service === "monitor" && name === MONITOR_CHECKPOINT);
    if (saved === undefined) return;
    const checkpoint = decodeMonitorCheckpoint(saved.body);
    this.#monitor = new MonitorPartition(this.#monitorConfig, {
      checkpoint,
      panes: [...this.#panes.values()],
    });
  }

  readonly #input = (record: LogRecord): Input => {
    const input = decode(record);
    this.kinds.set(input.kind, (this.kinds.get(input.kind) ?? 0) + 1);
    return input;
  };

  #draw(topics: readonly TopicName[]): LogRecord[] {
    return Array.from({ length: RECORDS_A_BATCH }, () => {
      const topic = this.#mutator.pick(topics);
      const { value, headers } = this.#mutator.pick(real.byTopic.get(topic)!);
      return this.#record(topic, value === null ? null : this.#damaged(topic, value), headers);
    });
  }

  #damaged(topic: TopicName, value: Uint8Array): Uint8Array {
    const kind = this.#mutator.below(4);
    if (kind === 0) return value;
    if (kind === 1) return this.#mutator.framed(value, value, FRAME_BYTES);
    const decoded = codec.decodeGeneric(topic, value);
    return decoded.ok ? hostileBytes(codec, topic, decoded.record, this.#mutator) : value;
  }

  #tick(topic: TopicName): LogRecord {
    return this.#record(topic, null, tickRecord(topic, 0, APPEND_TIME).headers ?? {});
  }

  #record(topic: TopicName, value: Uint8Array | null, headers: Readonly<Record<string, string>>): LogRecord {
    const offset = this.#offsets.get(topic) ?? 0;
    this.#offsets.set(topic, offset + 1);
    return {
      topic: names.full(topic),
      partition: 0,
      offset,
      appendMs: this.#nowMs,
      key: null,
      value,
      headers,
    };
  }

  /** Effects as the records they become; every one must be writable and, where it is a state, kept for a restart. */
  #written(effects: readonly Effect[]): LogRecord[] {
    for (const effect of effects) this.#keep(effect);
    return recordsOf(effects, names, codec, this.#chain).map((out) => this.#appended(out));
  }

  #keep(effect: Effect): void {
    if (effect.type === "publish" && effect.topic === "state") this.#states.set(effect.key, effect.record);
    else if (effect.type === "publish" && effect.topic === "panes")
      this.#panes.set(effect.key, effect.record);
    else if (effect.type === "tombstone" && effect.topic === "panes") this.#panes.delete(effect.key);
  }

  #appended({ topic, value, headers }: OutgoingRecord): LogRecord {
    return this.#record(names.short(topic), value ?? null, headers ?? {});
  }
}

describe(`the core, ${LIVES} lives of seed ${SEED}`, () => {
  it("takes whatever can be read, writes what can be read, and starts again from it", {
    timeout: TIMEOUT_MS,
  }, () => {
    const kinds = new Set<string>();
    for (let life = 0; life < LIVES; life += 1) {
      const cores = new Cores(new Mutator(new Random(`${SEED}/core/${life}`)));
      try {
        for (let batch = 0; batch < BATCHES_A_LIFE; batch += 1) {
          cores.batch();
          if (batch % 3 === 2) cores.restart();
        }
      } catch (error) {
        throw new Error(`life ${life} of seed ${SEED}`, { cause: error });
      }
      for (const kind of cores.kinds.keys()) kinds.add(kind);
    }
    const all = [
      "sample",
      "judged",
      "interaction",
      "outcome",
      "evaluation",
      "training",
      "window",
      "command",
      "gate",
    ];
    expect([...kinds]).toEqual(expect.arrayContaining([...all, "tick", "cut", "unreadable"]));
  });
});

const GENERATIONS = 3;
const GENERATION_MS = 20_000;
/** Good records of a topic in a generation; as many damaged ones stand between them. */
const GOOD: Readonly<Partial<Record<TopicName, number>>> = {
  samples: 60,
  interactions: 12,
  outcomes: 12,
  evaluations: 8,
  training: 1,
};

interface StreamValue {
  readonly value: Uint8Array;
  /** Why it cannot be read; null where it can, and counts as a record. */
  readonly code: string | null;
}
type Stream = ReadonlyMap<TopicName, readonly (readonly StreamValue[])[]>;

function goodRecord(topic: TopicName, generation: number, i: number): Uint8Array {
  const eventTime = generationStartMs(generation);
  const id = `g${generation}-${i}`;
  switch (topic) {
    case "samples":
      return codec.encode(topic, sampleOf(id, { eventTime, bucket: `b${i % 3}` }));
    case "interactions":
      return codec.encode(topic, interactionOf(id, { eventTime }));
    case "outcomes":
      return codec.encode(topic, outcomeOf(id, { eventTime, resolved: i % 3 === 0 }));
    case "evaluations":
      return codec.encode(topic, evaluationOf(id, { eventTime }));
    default:
      return codec.encode("training", manifestOf(id, { eventTime: eventTime + 1 }));
  }
}

/** The first tick gives every partition a watermark, so that lateness does not hang on where a batch ends. */
function generationStartMs(generation: number): number {
  return RUN_START_MS + 5_000 + generation * GENERATION_MS;
}

/** What each topic is sent, by generation: good records with damaged ones in between. */
function drawStream(mutator: Mutator): Stream {
  return new Map(
    (Object.entries(GOOD) as [TopicName, number][]).map(([topic, count]) => [
      topic,
      Array.from({ length: GENERATIONS }, (_, generation) => {
        const good = Array.from({ length: count }, (_value, i) => goodRecord(topic, generation, i));
        return good.flatMap((value) => [
          { value, code: null },
          damagedValue(topic, mutator.pick(good), generation, mutator),
        ]);
      }),
    ]),
  );
}

function damagedValue(topic: TopicName, good: Uint8Array, generation: number, mutator: Mutator): StreamValue {
  const decoded = codec.decodeGeneric(topic, good);
  const changed =
    mutator.chance(4) && decoded.ok
      ? hostileBytes(codec, topic, decoded.record, mutator)
      : mutator.framed(good, good, FRAME_BYTES);
  // A client may give a value of no bytes as none.
  const value = changed.length === 0 ? Uint8Array.of(0) : changed;
  const appendMs = generationStartMs(generation);
  const at = { topic: names.full(topic), partition: 0, offset: 0, appendMs, key: null, headers: {} };
  const input = decode({ ...at, value });
  return { value, code: input.kind === "unreadable" ? input.code : null };
}

/** Runs the services over a stream, with or without what cannot be read, to the last verdict and the last command. */
async function history(stream: Stream, orders: readonly StreamValue[], withBad: boolean) {
  const sent = (values: readonly StreamValue[]): Uint8Array[] =>
    values.filter(({ code }) => withBad || code === null).map(({ value }) => value);
  const run = new MemoryRun({
    policy: testPolicy({}, { decisionTextsMin: 20 }),
    rules: real.rules,
    reference: real.reference,
  });
  try {
    await run.passTime(5_000);
    for (let generation = 0; generation < GENERATIONS; generation += 1) {
      for (const [topic, values] of stream) await run.write(topic, sent(values[generation]!));
      await run.passTime(GENERATION_MS);
      // Gates hold what comes next: both runs must have judged what went before.
      const startMs = generationStartMs(generation);
      await run.until("the generation's verdict", () =>
        run.read("verdicts").some(({ window, endMs }) => window === "generation" && endMs > startMs),
      );
    }
    const eventTime = run.nowMs;
    await run.send("samples", [sampleOf("last", { eventTime, lane: "last" })]);
    await run.send("training", [manifestOf("last", { eventTime: eventTime + 1, lane: "last" })]);
    await run.passTime(GENERATION_MS);
    await run.until("the last verdict", () =>
      run.read("verdicts").some(({ lane, window }) => lane === "last" && window === "generation"),
    );
    await run.write("commands", sent(orders));
    await run.send("commands", [commandOf("last", { subject: "template:last@1" })]);
    await run.until("the last command", () =>
      run.read("decisions").some(({ subject }) => subject === "template:last@1"),
    );
    const topics = [...stream.keys(), "commands" as const];
    const bad = topics.flatMap((topic) => run.values(topic).map((record) => ({ topic, record })));
    return { rows: historyOf(run), rejected: run.read("rejected"), written: bad };
  } finally {
    await run.kill();
  }
}

/** Everything the services say, without the offsets at which they say it. */
function historyOf(run: MemoryRun) {
  const forwarded = (topic: TopicName) =>
    run.values(topic).map(({ value, headers }) => {
      const note = decodeForwardNote(headers[FORWARD_HEADER]);
      return [Buffer.from(value!).toString("base64"), note?.reasons, note?.enforced];
    });
  return {
    admitted: forwarded("admitted"),
    quarantined: forwarded("quarantined"),
    // Stages close one after the other, in an order that hangs on how the topics were polled.
    windows: run
      .read("windows")
      .map((row) => JSON.stringify(row))
      .sort(),
    verdicts: run.read("verdicts"),
    decisions: run.read("decisions").map((decision) => ({ ...decision, cut: "", hash: "", prevHash: "" })),
    gates: run.read("gates"),
  };
}

describe(`damaged records among good ones, ${STREAMS} streams of seed ${SEED}`, () => {
  it.each(Array.from({ length: STREAMS }, (_, i) => i))(
    "stream %d: the bad are set aside with their place and reason, and nothing else changes",
    { timeout: TIMEOUT_MS },
    async (n) => {
      const mutator = new Mutator(new Random(`${SEED}/stream/${n}`));
      const stream = drawStream(mutator);
      const order = codec.encode("commands", commandOf("order"));
      const orders = Array.from({ length: 20 }, () => damagedValue("commands", order, GENERATIONS, mutator));
      const without = await history(stream, orders, false);
      const among = await history(stream, orders, true);

      expect(without.rejected).toEqual([]);
      expect(among.rows).toEqual(without.rows);

      const codes = new Map<string, string | null>();
      for (const { value, code } of [...[...stream.values()].flat(2), ...orders])
        codes.set(Buffer.from(value).toString("base64"), code);
      const expected = among.written.flatMap(({ topic, record }) => {
        const bytes = Buffer.from(record.value!).toString("base64");
        const code = codes.get(bytes) ?? null;
        return code === null ? [] : [{ topic: `run.${topic}.v1`, offset: record.offset, code, bytes }];
      });
      const found = among.rejected.map(({ topic, offset, code, bytes }) => {
        return { topic, offset, code, bytes: Buffer.from(bytes).toString("base64") };
      });
      const byPlace = (a: { topic: string; offset: number }, b: { topic: string; offset: number }): number =>
        a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.offset - b.offset;
      expect(found.sort(byPlace)).toEqual(expected.sort(byPlace));
      expect(found.length).toBeGreaterThan(100);
      const samples = among.written.filter(({ topic }) => topic === "samples").length;
      const unread = found.filter(({ topic }) => topic === "run.samples.v1").length;
      expect(among.rows.admitted.length + among.rows.quarantined.length + unread).toBe(samples);
    },
  );
});
