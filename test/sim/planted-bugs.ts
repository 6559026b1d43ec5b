/** Bugs of the kind that lose or double data, each as a wrapper around one process's ports. */
import { Policies } from "../../services/core/policy.ts";
import { TICK_HEADER } from "../../services/core/record-headers.ts";
import {
  type Block,
  FencedError,
  type GroupReader,
  type GroupReaderOptions,
  type Log,
  type LogRecord,
  type OutgoingRecord,
  type Polled,
  type Reader,
  type Store,
  type TransactionalWriter,
} from "../../services/ports.ts";
import type { ServiceDependencies } from "../../services/runtime/services/dependencies.ts";
import type { FaultKind, ServiceKind } from "./fault-plan.ts";
import { NO_PLANT, type Plant } from "./plant.ts";

export interface PlantedBug {
  readonly name: string;
  readonly plant: Plant;
  /** Kinds of faults under which it shows. */
  readonly kinds: readonly FaultKind[];
  /** A fault that comes again and again. */
  readonly hammer?: { readonly service: ServiceKind; readonly kind: FaultKind };
  /** A law that must break. */
  readonly law: string;
  /** Within so many seeds. */
  readonly seedsMax: number;
}

/** A log of which some functions are replaced; the rest goes to the real one. */
function logWith(log: Log, over: Partial<Log>): Log {
  return {
    groupReader: (options) => log.groupReader(options),
    reader: () => log.reader(),
    transactionalWriter: (id) => log.transactionalWriter(id),
    writer: () => log.writer(),
    watermarks: (partitions) => log.watermarks(partitions),
    ends: (partitions) => log.ends(partitions),
    partitionCount: (topic) => log.partitionCount(topic),
    clusterId: () => log.clusterId(),
    topicId: (topic) => log.topicId(topic),
    close: () => log.close(),
    ...over,
  };
}

function plant(kinds: readonly ServiceKind[], over: (log: Log, name: string) => Partial<Log>): Plant {
  return {
    ...NO_PLANT,
    log: (log, kind, process) => (kinds.includes(kind) ? logWith(log, over(log, process.name)) : log),
  };
}

/** Replaces how a service's transactions are written. */
function writing(
  kinds: readonly ServiceKind[],
  transact: (
    writer: TransactionalWriter,
    given: Parameters<TransactionalWriter["transact"]>,
    log: Log,
    id: string,
  ) => Promise<void>,
): Plant {
  return plant(kinds, (log) => ({
    async transactionalWriter(id) {
      const writer = await log.transactionalWriter(id);
      return {
        transact: (...given) => transact(writer, given, log, id),
        close: () => writer.close(),
      };
    },
  }));
}

/** Replaces what a service reads with lone readers. */
function reading(kinds: readonly ServiceKind[], change: (record: LogRecord) => LogRecord | null): Plant {
  return plant(kinds, (log) => ({
    async reader() {
      const reader = await log.reader();
      const changed: Reader = {
        assign: (offsets) => reader.assign(offsets),
        async poll(recordsMax, timeoutMs) {
          const records = await reader.poll(recordsMax, timeoutMs);
          return records.flatMap((record) => change(record) ?? []);
        },
        positions: () => reader.positions(),
        close: () => reader.close(),
      };
      return changed;
    },
  }));
}

/** A group reader whose polls bring late outcomes twice. */
async function readingLateTwice(
  { log, decode, published }: ServiceDependencies,
  options: GroupReaderOptions,
): Promise<GroupReader> {
  const { latenessMs } = published.policies.policy;
  const twice = (record: LogRecord): readonly LogRecord[] => {
    const input = record.topic.includes("outcomes") ? decode(record) : null;
    const late = input?.kind === "outcome" && input.outcome.eventMs < record.appendMs - latenessMs - 1_000;
    return late ? [record, record] : [record];
  };
  const reader = await log.groupReader(options);
  return new Proxy(reader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "poll") return typeof value === "function" ? value.bind(target) : value;
      return async (recordsMax: number, timeoutMs: number): Promise<Polled> => {
        const polled = await target.poll(recordsMax, timeoutMs);
        return polled.kind === "records" ? { ...polled, records: polled.records.flatMap(twice) } : polled;
      };
    },
  });
}

/** A group reader that never says that another has its place. */
function deafToItsEnd(reader: GroupReader): GroupReader {
  return new Proxy(reader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "poll") return typeof value === "function" ? value.bind(target) : value;
      return async (recordsMax: number, timeoutMs: number): Promise<Polled> => {
        try {
          const polled = await target.poll(recordsMax, timeoutMs);
          return polled.kind === "revoked" ? NOTHING_READ : polled;
        } catch (error) {
          if (error instanceof FencedError) return NOTHING_READ;
          throw error;
        }
      };
    },
  });
}

function storing(over: (store: Store) => Partial<Store>): Plant {
  return {
    ...NO_PLANT,
    store: (store) => ({
      command: (sql, parameters) => store.command(sql, parameters),
      query: (sql, parameters) => store.query(sql, parameters),
      insert: (table, block, token) => store.insert(table, block, token),
      close: () => store.close(),
      ...over(store),
    }),
  };
}

function isTickInto(topic: string): (record: OutgoingRecord) => boolean {
  return (record) => record.topic.includes(topic) && record.headers?.[TICK_HEADER] !== undefined;
}

const NOTHING_READ: Polled = { kind: "records", records: [] };
const NONE: readonly OutgoingRecord[] = [];

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "offsets are committed before the records are published",
    plant: writing(["gatekeeper"], async (writer, [records, offsets, group]) => {
      if (offsets.length > 0) await writer.transact(NONE, offsets, group);
      if (records.length > 0) await writer.transact(records, [], null);
    }),
    kinds: [],
    hammer: { service: "gatekeeper", kind: "crash" },
    law: "every sample comes out once",
    seedsMax: 25,
  },
  {
    name: "records are published before the offsets are committed",
    plant: writing(["gatekeeper"], async (writer, [records, offsets, group]) => {
      if (records.length > 0) await writer.transact(records, [], null);
      if (offsets.length > 0) await writer.transact(NONE, offsets, group);
    }),
    kinds: [],
    hammer: { service: "gatekeeper", kind: "crash" },
    law: "every sample comes out once",
    seedsMax: 25,
  },
  {
    name: "a governor that was replaced goes on deciding",
    plant: plant(["governor"], (log, process) => ({
      async transactionalWriter(id) {
        const writer = await log.transactionalWriter(`${id}-${process}`);
        return { transact: (records) => writer.transact(records, [], null), close: () => writer.close() };
      },
      groupReader: async (options) => deafToItsEnd(await log.groupReader(options)),
    })),
    kinds: [],
    hammer: { service: "governor", kind: "twin" },
    law: "one decision a cause, one chain",
    seedsMax: 3,
  },
  {
    name: "the gatekeeper forgets its tick into quarantined",
    plant: writing(["gatekeeper"], async (writer, [records, offsets, group]) => {
      const isTick = isTickInto("quarantined");
      await writer.transact(
        records.filter((record) => !isTick(record)),
        offsets,
        group,
      );
    }),
    kinds: [],
    law: "everything comes to an end",
    seedsMax: 1,
  },
  {
    name: "offsets are stored although the batch failed",
    plant: writing(["gatekeeper"], async (writer, [records, offsets, group], log, id) => {
      try {
        await writer.transact(records, offsets, group);
      } catch (error) {
        if (offsets.length > 0) {
          const second = await log.transactionalWriter(id);
          await second.transact(NONE, offsets, group);
        }
        throw error;
      }
    }),
    kinds: [],
    hammer: { service: "gatekeeper", kind: "refuse" },
    law: "every sample comes out once",
    seedsMax: 3,
  },
  {
    name: "a late record is booked twice",
    plant: {
      ...NO_PLANT,
      dependencies(deps, kind) {
        if (kind !== "monitor") return deps;
        const groupReader = (options: GroupReaderOptions) => readingLateTwice(deps, options);
        return { ...deps, log: logWith(deps.log, { groupReader }) };
      },
    },
    kinds: ["late"],
    law: "windows equal the oracle",
    seedsMax: 5,
  },
  {
    name: "progress is written before its blocks",
    plant: storing((store) => {
      const waiting: { table: string; block: Block; token: string | undefined }[] = [];
      return {
        async insert(table, block, token) {
          if (table !== "progress") {
            waiting.push({ table, block: { rows: block.rows, bytes: block.bytes.slice() }, token });
            return;
          }
          await store.insert(table, block, token);
          for (const held of waiting.splice(0)) await store.insert(held.table, held.block, held.token);
        },
      };
    }),
    kinds: [],
    hammer: { service: "recorder", kind: "crash" },
    law: "the store holds every row once",
    seedsMax: 25,
  },
  {
    name: "the recorder does not ask the store where it was",
    plant: storing(() => ({ query: () => Promise.resolve([]) })),
    kinds: [],
    hammer: { service: "recorder", kind: "crash" },
    law: "the store holds every row once",
    seedsMax: 10,
  },
  {
    name: "a token is used for other rows",
    plant: { ...NO_PLANT, nonce: () => "recorder" },
    kinds: [],
    hammer: { service: "recorder", kind: "crash" },
    law: "the store is used as it allows",
    seedsMax: 10,
  },
  {
    name: "gates are not read at a start",
    plant: plant(["gatekeeper"], (log) => ({
      async reader() {
        const reader = await log.reader();
        const later: Reader = {
          async assign(offsets) {
            if (!offsets.some(({ topic }) => topic.includes("gates"))) return reader.assign(offsets);
            const marks = await log.watermarks(offsets);
            return reader.assign(
              marks.map(({ topic, partition, high }) => ({ topic, partition, offset: high })),
            );
          },
          poll: (recordsMax, timeoutMs) => reader.poll(recordsMax, timeoutMs),
          positions: () => reader.positions(),
          close: () => reader.close(),
        };
        return later;
      },
    })),
    kinds: [],
    hammer: { service: "gatekeeper", kind: "crash" },
    law: "gates hold",
    seedsMax: 20,
  },
  {
    name: "leases never end",
    plant: {
      ...NO_PLANT,
      dependencies(deps, kind) {
        if (kind !== "governor") return deps;
        const { policy } = deps.published.policies;
        const longer = { ...policy, defaults: { ...policy.defaults, leaseMs: 86_400_000 } };
        return { ...deps, published: { ...deps.published, policies: new Policies(longer) } };
      },
    },
    kinds: [],
    law: "gates hold",
    seedsMax: 2,
  },
  {
    name: "the monitor starts without knowing what it has closed",
    plant: {
      ...NO_PLANT,
      dependencies(deps, kind) {
        if (kind !== "monitor") return deps;
        const decodeGeneric: typeof deps.codec.decodeGeneric = (topic, value) => {
          const decoded = deps.codec.decodeGeneric(topic, value);
          if (topic !== "state" || !decoded.ok) return decoded;
          const record = decoded.record as unknown as { readonly body: Uint8Array };
          const text = Buffer.from(record.body).toString();
          if (!text.includes('"feeds"')) return decoded;
          const state = { ...JSON.parse(text), closedThrough: [null, null, null], foldedThrough: null };
          return { ok: true, record: { ...decoded.record, body: Buffer.from(JSON.stringify(state)) } };
        };
        return { ...deps, codec: { ...deps.codec, decodeGeneric } };
      },
    },
    kinds: ["late"],
    hammer: { service: "monitor", kind: "crash" },
    law: "every window is written once",
    seedsMax: 40,
  },
  {
    // With a topic whose watermark stands: what is held then shows.
    name: "the monitor's reader ignores a pause",
    plant: plant(["gatekeeper", "monitor"], (log) => ({
      async transactionalWriter(id) {
        const writer = await log.transactionalWriter(id);
        const isTick = isTickInto("quarantined");
        return {
          transact: (records, offsets, group) =>
            writer.transact(
              records.filter((record) => !isTick(record)),
              offsets,
              group,
            ),
          close: () => writer.close(),
        };
      },
      async groupReader(options) {
        const reader = await log.groupReader(options);
        return new Proxy(reader, {
          get(target, name) {
            if (name === "pause") return () => {};
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      },
    })),
    kinds: [],
    law: "memory is bounded",
    seedsMax: 10,
  },
  {
    name: "the gatekeeper forgets what it has seen",
    plant: reading(["gatekeeper"], (record) => (/samples|state/.test(record.topic) ? null : record)),
    kinds: ["duplicate"],
    hammer: { service: "gatekeeper", kind: "crash" },
    law: "every sample is judged right",
    seedsMax: 10,
  },
];
