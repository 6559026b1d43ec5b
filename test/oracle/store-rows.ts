/**
 * What ClickHouse must hold of the recorded topics: for each record its rows, in each table, once. The table `texts` is a thing of
 * its own: it keeps a text once however often its record was sent, so only the texts themselves can be told.
 */
import { createHash } from "node:crypto";
import type { TopicName } from "../../services/core/topics.ts";
import { type Fields, type OracleRecord, problemOf } from "./oracle-record.ts";

/** Rows a record must have, by `<topic>/<partition>/<offset>`. */
export type ExpectedRows = ReadonlyMap<string, number>;

/** What a table holds of one record. */
export interface StoredRows {
  readonly table: string;
  /** Short name, or the name on the broker. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly rows: number;
}

const one = (): number => 1;
const lengthOf = (value: unknown): number => (value as readonly unknown[]).length;

const WINDOWS: Readonly<Record<string, (value: Fields) => number>> = {
  windows: ({ results }) => lengthOf(results),
  window_left_out: ({ leftOut }) =>
    (leftOut as readonly Fields[]).reduce((rows, { results }) => rows + lengthOf(results), 0),
};

const TABLES: Readonly<Partial<Record<TopicName, Readonly<Record<string, (value: Fields) => number>>>>> = {
  admitted: { samples: one },
  quarantined: { samples: one },
  interactions: { interactions: one },
  outcomes: { outcomes: one },
  evaluations: { evaluations: one },
  training: { training: one },
  reviews: { reviews: one },
  changes: { changes: one },
  windows: WINDOWS,
  series: WINDOWS,
  verdicts: { verdicts: ({ results }) => 1 + lengthOf(results) },
  decisions: { decisions: one },
  gates: { gates: one },
  commands: { commands: one },
  rejected: { rejected: one },
};

/** What producers write and nobody passes on: history holds what windows count, `rejected` the rest. */
const PRODUCED: ReadonlySet<TopicName> = new Set<TopicName>([
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "reviews",
  "changes",
]);
/** No service reads these but the recorder, so it is the recorder that sets aside what cannot be read. */
const READ_BY_RECORDER: ReadonlySet<TopicName> = new Set<TopicName>(["reviews", "changes"]);

function isUnreadable(record: OracleRecord): boolean {
  return PRODUCED.has(record.topic) && problemOf(record) !== null;
}

/** Every table that is written a row a record, by name: all but `texts`. */
export const STORE_TABLES: readonly string[] = [
  ...new Set(Object.values(TABLES).flatMap((tables) => Object.keys(tables))),
].sort();

/** SQL that gives the `StoredRows` of one table. */
export function storedRowsSql(table: string): string {
  return (
    `SELECT '${table}' AS table, _topic AS topic, toUInt32(_partition) AS partition, ` +
    `toFloat64(_offset) AS offset, toUInt32(count()) AS rows FROM ${table} GROUP BY _topic, _partition, _offset`
  );
}

/** By table. Control records and what cannot be read have no rows of their own; `samples` is stored by its copies. */
export function expectedStoreCounts(records: readonly OracleRecord[]): ReadonlyMap<string, ExpectedRows> {
  const expected = new Map<string, Map<string, number>>(STORE_TABLES.map((table) => [table, new Map()]));
  for (const record of records) {
    const { topic, partition, offset, value } = record;
    if (
      READ_BY_RECORDER.has(topic) &&
      isUnreadable(record) &&
      (value !== null || record.undecodable === true)
    ) {
      expected.get("rejected")!.set(`${topic}/${partition}/${offset}`, 1);
    }
    if (value === null || isUnreadable(record)) continue;
    const tables = TABLES[topic];
    for (const table in tables) {
      const rows = tables[table]!(value);
      if (rows > 0) expected.get(table)!.set(`${topic}/${partition}/${offset}`, rows);
    }
  }
  return expected;
}

/** SQL that counts the texts, each once. */
export const STORED_TEXTS_SQL = "SELECT toFloat64(count()) AS texts FROM texts FINAL";

/** One name for each text that `texts` must hold: by lane, kind, id and content. */
export function expectedTexts(records: readonly OracleRecord[]): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const record of records) {
    const { topic, value } = record;
    if (value === null || isUnreadable(record)) continue;
    if (!(topic === "admitted" || topic === "quarantined" || topic === "interactions")) continue;
    const { lane, id, context } = value;
    const own =
      topic === "interactions"
        ? ["interaction", value.request, value.response]
        : ["sample", value.input, value.output];
    texts.add(
      createHash("sha256")
        .update(JSON.stringify([lane, id, own, context]))
        .digest("base64"),
    );
  }
  return texts;
}

/** Every difference, in words; empty where each record has its rows and nothing else is there. */
export function compareStore(
  expected: ReadonlyMap<string, ExpectedRows>,
  stored: readonly StoredRows[],
): string[] {
  const differences: string[] = [];
  const found = new Map<string, Map<string, number>>();
  const shorts = new Map<string, string>();
  for (const { table, topic, partition, offset, rows } of stored) {
    const short = shorts.get(topic) ?? /([a-z]+)(?:\.v1)?$/.exec(topic)?.[1] ?? topic;
    shorts.set(topic, short);
    const own = found.get(table) ?? new Map<string, number>();
    const name = `${short}/${partition}/${offset}`;
    own.set(name, (own.get(name) ?? 0) + rows);
    found.set(table, own);
  }
  for (const [table, records] of expected) {
    const own = found.get(table) ?? new Map<string, number>();
    for (const [name, rows] of records) {
      const has = own.get(name) ?? 0;
      if (has !== rows) differences.push(`${table}: ${has} rows of ${name}, expected ${rows}`);
    }
    for (const [name, rows] of own) {
      if (!records.has(name)) differences.push(`${table}: ${rows} rows of ${name}, expected none`);
    }
  }
  for (const table of found.keys())
    if (!expected.has(table)) differences.push(`${table} is no table of ours`);
  return differences;
}
