import type { Codec, Refusal } from "../adapters/avro/codec.ts";
import { createHeadReader, isEventTime } from "../adapters/avro/record-head.ts";
import { createTrialCountsReader } from "../adapters/avro/trial-counts.ts";
import type { TopicName } from "../core/topics.ts";
import type { LogRecord, Row } from "../ports.ts";
import { type Fields, FlatTable, type WalkedRecord } from "./flat-table.ts";
import type { TableRows } from "./nested-rows.ts";
import type { RowOrigin } from "./row-origin.ts";
import { type RecordedTopic, recordedTopic, tablesOf } from "./rows-by-topic.ts";
import type { TableBlock, Tables } from "./table-block.ts";

export type RecordCodec = Pick<Codec, "walk" | "walkerOf" | "decodeGeneric">;

/** Reads the records of one topic and writes their rows into blocks. */
export interface TopicReader {
  /** Tables its rows go to, in the order they are written. */
  readonly tables: readonly string[];
  /**
   * Looks at a record that has a value; its rows may then be appended, until the next one is read. Null where it is good.
   * Never throws for bytes.
   */
  read(record: LogRecord): Refusal | null;
  /** How many rows the record read last has in a table. */
  rowsIn(table: string): number;
  append(block: TableBlock, origin: RowOrigin): void;
}

/** Throws where the store's tables are not those the topic's records go into: a column without a field, or of another type. */
export function createTopicReader(topic: TopicName, codec: RecordCodec, tables: Tables): TopicReader {
  const recorded = recordedTopic(topic);
  return recorded.rows === "flat"
    ? flatReader(topic, recorded, codec, tables)
    : nestedReader(topic, recorded, codec);
}

function flatReader(
  topic: TopicName,
  recorded: RecordedTopic & { readonly rows: "flat" },
  codec: RecordCodec,
  tables: Tables,
): TopicReader {
  const walker = codec.walkerOf(topic);
  const row = walker.newRow();
  const flat = new Map(
    Object.entries(recorded.tables).map(([table, sources]) => {
      const columns = tables.get(table);
      if (columns === undefined) throw new Error(`the store has no table ${table}`);
      return [table, new FlatTable(table, columns, walker, sources)];
    }),
  );
  const all = [...flat.values()];
  const heads = recorded.checked === true ? createHeadReader(walker) : null;
  const times = (recorded.times ?? []).map((name) => ({ name, field: walker.indexOf(name) }));
  const trialCounts = recorded.trialCounts === true ? createTrialCountsReader(walker) : null;
  let current: WalkedRecord | null = null;

  return {
    tables: tablesOf(topic),
    read(record) {
      current = null;
      const walked = codec.walk(topic, record.value, row);
      if (!walked.ok) return walked;
      const { bytes } = walked;
      if (heads !== null) {
        const head = heads.read(bytes, row, record.appendMs);
        if (head.code !== null) return { ok: false, code: head.code, detail: head.detail };
      }
      for (const { name, field } of times) {
        const ms = row.numbers[field]!;
        if (isEventTime(ms)) continue;
        return { ok: false, code: "event_time_invalid", detail: `${name} ${ms} ms is not in 1970 to 2099` };
      }
      const contradiction = trialCounts?.contradiction(trialCounts.read(row)) ?? null;
      if (contradiction !== null) return { ok: false, code: "counts_contradict", detail: contradiction };
      let decoded: Fields | null = null;
      if (all.some((table) => table.needsDecoding(row))) {
        const whole = codec.decodeGeneric(topic, record.value);
        if (!whole.ok) return whole;
        decoded = whole.record as Fields;
      }
      current = { bytes, row, headers: record.headers, decoded };
      return null;
    },
    rowsIn: (table) => (flat.has(table) ? 1 : 0),
    append(block, origin) {
      flat.get(block.table)!.append(block, current!, origin);
    },
  };
}

function nestedReader(
  topic: TopicName,
  recorded: RecordedTopic & { readonly rows: "nested" },
  codec: RecordCodec,
): TopicReader {
  let rows: TableRows = {};
  return {
    tables: tablesOf(topic),
    read(record) {
      const decoded = codec.decodeGeneric(topic, record.value);
      rows = decoded.ok ? recorded.make(decoded.record as Fields) : {};
      return decoded.ok ? null : decoded;
    },
    rowsIn: (table) => rows[table]?.length ?? 0,
    append(block, origin) {
      for (const own of rows[block.table] ?? []) block.appendRow(Object.assign(own as Row, origin));
    },
  };
}
