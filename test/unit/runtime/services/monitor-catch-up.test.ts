import { expect, it } from "vitest";
import { createCodec } from "../../../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../../../services/adapters/avro/decode-record.ts";
import { MemoryBroker } from "../../../../services/adapters/memory/memory-broker.ts";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { OPEN_PANES_MAX } from "../../../../services/core/monitor/alignment.ts";
import { MONITOR_TOPICS } from "../../../../services/core/monitor/feeds.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { encodeForwardNote, FORWARD_HEADER, TICK_HEADER } from "../../../../services/core/record-headers.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import type { TopicName } from "../../../../services/core/topics.ts";
import type { Log, Logger, OutgoingRecord } from "../../../../services/ports.ts";
import { APPEND_TIME, tickRecord } from "../../../../services/runtime/control-records.ts";
import { POLL_RECORDS_MAX } from "../../../../services/runtime/partition-loop.ts";
import type { ServiceDependencies } from "../../../../services/runtime/services/dependencies.ts";
import { runMonitor } from "../../../../services/runtime/services/monitor.ts";
import { TopicNames } from "../../../../services/runtime/topics.ts";
import { RUN_START_MS } from "../../../support/memory-run.ts";
import { testPolicy } from "../../../support/policy.ts";
import { interactionOf, outcomeOf, sampleOf } from "../../../support/producers.ts";
import { quietLogger } from "../../../support/test-store.ts";

const PANE_MS = 10_000;
const HOUR_MS = 3_600_000;
const END_MS = RUN_START_MS + HOUR_MS;
const NAMES = new TopicNames("");
const CODEC = createCodec();
const POLICIES = new Policies(testPolicy({ paneMs: PANE_MS, latenessMs: 5_000, windows: ["5m"] }));
const CATALOGUE = new Catalogue(
  METRICS.filter(({ id }) => ["volume", "online_success", "seq_rep_4"].includes(id)),
);

/** What was written while the monitor was away for an hour; topics in `silent` have neither records nor ticks. */
function hourOfBacklog(silent: readonly TopicName[] = []): MemoryBroker {
  let nowMs = RUN_START_MS;
  const broker = new MemoryBroker({ nowMs: () => nowMs });
  broker.createDeclaredTopics("", 1);
  const value = (topic: TopicName, bytes: Uint8Array, headers = {}): OutgoingRecord => {
    return { topic: NAMES.full(topic), partition: 0, key: "k", value: bytes, headers };
  };
  const note = { sourceOffset: 0, gateRevision: 0, enforced: true, reasons: [] };
  const headers = { [FORWARD_HEADER]: encodeForwardNote(note) };
  for (let second = 0; nowMs < END_MS + 20_000; second += 1, nowMs = RUN_START_MS + second * 1_000) {
    const eventTime = nowMs;
    const samples = [0, 1].map((i) => sampleOf(`s${second}-${i}`, { eventTime }));
    const records = samples.map((sample) => value("admitted", CODEC.encode("samples", sample), headers));
    if (second % 3 === 0) {
      records.push(
        value("interactions", CODEC.encode("interactions", interactionOf(`${second}`, { eventTime }))),
      );
    }
    if (second % 7 === 0) {
      records.push(value("outcomes", CODEC.encode("outcomes", outcomeOf(`${second}`, { eventTime }))));
    }
    if (second % 5 === 0) {
      for (const topic of MONITOR_TOPICS) records.push(tickRecord(NAMES.full(topic), 0, nowMs));
    }
    const names = silent.map((topic) => NAMES.full(topic));
    broker.append(records.filter(({ topic }) => !names.includes(topic)));
  }
  return broker;
}

interface Transaction {
  readonly records: readonly OutgoingRecord[];
  readonly offsets: number;
}

interface Watched {
  readonly transactions: readonly Transaction[];
  readonly gauges: ReadonlyMap<string, number>;
  readonly warnings: readonly unknown[];
}

/** Runs monitors until `done`; each dies of the transaction after its `lifeMax`th. */
async function runUntil(
  broker: MemoryBroker,
  done: (watched: Watched) => boolean,
  options: { openPanesMax?: number; lifeMax?: number } = {},
): Promise<Watched> {
  const transactions: Transaction[] = [];
  const gauges = new Map<string, number>();
  const warnings: unknown[] = [];
  const watched = { transactions, gauges, warnings };
  let clockMs = END_MS + 20_000;
  for (let over = false; !over; ) {
    const stop = new AbortController();
    let life = 0;
    const log: Log = broker.open();
    const open = log.transactionalWriter.bind(log);
    log.transactionalWriter = async (id) => {
      const writer = await open(id);
      return {
        async transact(...given) {
          life += 1;
          if (life > (options.lifeMax ?? Number.POSITIVE_INFINITY)) throw new Error("killed");
          await writer.transact(...given);
          transactions.push({ records: given[0], offsets: given[1].length });
        },
        close: () => writer.close(),
      };
    };
    const logger: Logger = { ...quietLogger, warn: (fields) => warnings.push(fields) };
    const deps: ServiceDependencies = {
      log,
      codec: CODEC,
      names: NAMES,
      catalogue: CATALOGUE,
      published: { policies: POLICIES, rules: [], rulesVersion: "test", referenceOf: () => null },
      clock: {
        // Every look at the clock is half a second: there is a sign of life in each round of the loop.
        nowMs() {
          clockMs += 500;
          if (done(watched)) stop.abort();
          return clockMs;
        },
        sleep: () => Promise.resolve(),
      },
      logger,
      gauges: {
        set: (name, { topic }, to) => {
          const key = topic === undefined ? name : `${name} ${topic}`;
          gauges.set(key, Math.max(to, gauges.get(key) ?? 0));
        },
        count: () => {},
        drop: () => {},
      },
      decode: createRecordDecoder(CODEC, ""),
      observe: () => {},
      instance: "one",
      signal: stop.signal,
      monitorLimits: {
        openPanesMax: options.openPanesMax ?? OPEN_PANES_MAX,
        batchRecordsMax: POLL_RECORDS_MAX,
      },
    };
    try {
      await runMonitor(deps);
      over = true;
    } catch (error) {
      if (!(error instanceof Error && error.message === "killed")) throw error;
    }
  }
  return watched;
}

function rowsOf({ records }: Transaction): readonly WindowRecord[] {
  return records
    .filter(({ topic, value }) => topic === NAMES.full("windows") && value !== null)
    .map(({ value }) => {
      const decoded = CODEC.decodeGeneric("windows", value);
      if (!decoded.ok) throw new Error(decoded.detail);
      return decoded.record as unknown as WindowRecord;
    });
}

function allRows({ transactions }: Watched): string[] {
  return transactions.flatMap((one) => rowsOf(one).map((row) => JSON.stringify(row))).sort();
}

/** The last sign of life says that every stage is closed. */
const isClosed = ({ transactions }: Watched): boolean => {
  const tick = transactions.findLast(({ offsets }) => offsets === 0)?.records[0];
  return Number(tick?.headers?.[TICK_HEADER]) >= END_MS;
};

it("catches up with an hour within the bound of panes, a pane end a transaction, with signs of life in between", async () => {
  const free = await runUntil(hourOfBacklog(), isClosed, { openPanesMax: Number.POSITIVE_INFINITY });
  // Without a bound the client's order opens panes by the hundred.
  expect(free.gauges.get("unfolded_panes")).toBeGreaterThan(100);
  const bound = await runUntil(hourOfBacklog(), isClosed);
  expect(bound.gauges.get("unfolded_panes")).toBeLessThanOrEqual(OPEN_PANES_MAX + 2);
  expect(bound.gauges.get("held_records")).toBeGreaterThan(0);
  expect(bound.gauges.get("held_records")).toBeLessThanOrEqual(MONITOR_TOPICS.length * POLL_RECORDS_MAX);
  expect(allRows(bound)).toEqual(allRows(free));
  expect(allRows(bound).length).toBeGreaterThan(1_000);
  for (const { transactions } of [free, bound]) {
    for (const one of transactions) {
      const panes = rowsOf(one).filter(({ window }) => window === "pane");
      expect(new Set(panes.map(({ endMs }) => endMs)).size).toBeLessThanOrEqual(1);
    }
    const ticks = transactions.filter(({ offsets }) => offsets === 0).length;
    expect(ticks).toBeGreaterThan(transactions.length / 3);
  }
});

it("gives the same rows, each once, when it dies between any two transactions of the catch-up", async () => {
  const whole = await runUntil(hourOfBacklog(), isClosed);
  const killed = await runUntil(hourOfBacklog(), isClosed, { lifeMax: 23 });
  expect(allRows(killed)).toEqual(allRows(whole));
});

it("stands within the bound where one topic is silent and nobody ticks it, says so once and in a gauge", async () => {
  const broker = hourOfBacklog(["evaluations"]);
  let beats = 0;
  const stood = await runUntil(broker, ({ warnings }) => {
    beats += warnings.length > 0 ? 1 : 0;
    return beats > 50;
  });
  expect(stood.warnings).toEqual([
    expect.objectContaining({ service: "monitor", partition: 0, waitsFor: ["evaluations"] }),
  ]);
  expect(stood.gauges.get("waited_for evaluations")).toBe(1);
  expect(stood.gauges.get("unfolded_panes")).toBe(OPEN_PANES_MAX);
  // The import's tick comes at last.
  broker.append([tickRecord(NAMES.full("evaluations"), 0, APPEND_TIME)]);
  const went = await runUntil(broker, isClosed);
  expect(went.gauges.get("unfolded_panes")).toBeLessThanOrEqual(OPEN_PANES_MAX + 2);
});
