/** Rows as objects to blocks and back: what tests write into a store, and what a store of theirs was given. */
import { migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import type { Block, Row, Store } from "../../services/ports.ts";
import { dayNumber } from "../../services/recorder/row-origin.ts";
import { TableBlock, type TableColumn, type Tables } from "../../services/recorder/table-block.ts";

/** The type a column's declaration begins with: a word, and what is in its brackets. */
function typeAt(declaration: string): string {
  let depth = 0;
  for (let i = 0; i < declaration.length; i += 1) {
    const char = declaration[i]!;
    if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (depth === 0 && !/\w/.test(char)) return declaration.slice(0, i);
  }
  return declaration;
}

function readColumns(body: string): readonly TableColumn[] {
  return body.split("\n").flatMap((line) => {
    const [, name, declaration] = /^ {4}(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || name === "INDEX") return [];
    const type = typeAt(declaration!);
    return /^ (DEFAULT|ALIAS|MATERIALIZED)\b/.test(declaration!.slice(type.length)) ? [] : [{ name, type }];
  });
}

/** The tables as the migrations make them; `readTables` says the same of a store. */
export const MIGRATED_TABLES: Tables = new Map(
  readMigrations(migrationsDir()).flatMap(({ statements }) =>
    statements.flatMap((statement) => {
      const table = /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
      if (table === undefined) return [];
      const body = statement.slice(statement.indexOf("(\n"), statement.indexOf("\n)\n"));
      return [[table, readColumns(body)] as const];
    }),
  ),
);

/** A block of rows as objects by column; an absent column has its empty value. Throws for what does not fit. */
export function blockOf(table: string, rows: readonly Row[]): Block {
  const block = new TableBlock(table, MIGRATED_TABLES.get(table)!);
  for (const row of rows) block.appendRow(row);
  return block.encode();
}

export async function insertRows(
  store: Store,
  table: string,
  rows: readonly Row[],
  token?: string,
): Promise<void> {
  await store.insert(table, blockOf(table, rows), token);
}

class NativeReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  text(): string {
    const length = this.varint();
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }

  uint(width: number): number {
    this.#at += width;
    const from = this.#at - width;
    if (width === 1) return this.#bytes[from]!;
    if (width < 8) return this.#bytes.readUIntLE(from, width);
    return this.#bytes.readUInt32LE(from) + this.#bytes.readUInt32LE(from + 4) * 2 ** 32;
  }

  int64(): number {
    this.#at += 8;
    return this.#bytes.readUInt32LE(this.#at - 8) + this.#bytes.readInt32LE(this.#at - 4) * 2 ** 32;
  }

  double(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }
}

const NAME = "LowCardinality(String)";

/** How many column prefixes a type has: one for each LowCardinality in it. */
function skipPrefixes(type: string, reader: NativeReader): void {
  for (let at = type.indexOf(NAME); at >= 0; at = type.indexOf(NAME, at + 1)) reader.uint(8);
}

const days = new Map<number, string>();

/** `2026-01-31` for a day since 1970; a test sees few. */
function dayOf(day: number): string {
  let name = days.get(day);
  if (name === undefined) {
    name = new Date(day * 86_400_000).toISOString().slice(0, 10);
    days.set(day, name);
  }
  return name;
}

function readData(type: string, rows: number, reader: NativeReader): readonly unknown[] {
  const each = <T>(read: () => T): readonly T[] => {
    const values: T[] = [];
    for (let i = 0; i < rows; i += 1) values.push(read());
    return values;
  };
  if (type === "String") return each(() => reader.text());
  if (type === "Bool") return each(() => reader.uint(1) === 1);
  if (type === "Date") {
    return each(() => dayOf(reader.uint(2)));
  }
  if (type === "UInt32") return each(() => reader.uint(4));
  if (type === "UInt64") return each(() => reader.uint(8));
  if (type.startsWith("DateTime64")) return each(() => reader.int64());
  if (type === "Float64") return each(() => reader.double());
  if (type === NAME) {
    if (rows === 0) return [];
    const width = 2 ** (reader.uint(8) & 0xff);
    const keys = Array.from({ length: reader.uint(8) }, () => reader.text());
    reader.uint(8);
    return each(() => keys[reader.uint(width)]!);
  }
  const [, outer, inner] = /^(Nullable|Array|Map)\((.*)\)$/.exec(type) ?? [];
  if (outer === "Nullable") {
    const nulls = each(() => reader.uint(1) === 1);
    return readData(inner!, rows, reader).map((value, i) => (nulls[i] ? null : value));
  }
  const ends = each(() => reader.uint(8));
  const spans = ends.map((end, i) => [i === 0 ? 0 : ends[i - 1]!, end] as const);
  const items = ends.at(-1) ?? 0;
  if (outer === "Array") {
    const values = readData(inner!, items, reader);
    return spans.map(([from, to]) => values.slice(from, to));
  }
  if (outer !== "Map") throw new Error(`${type} is not read here`);
  const comma = inner!.indexOf(", ");
  const keys = readData(inner!.slice(0, comma), items, reader) as readonly string[];
  const values = readData(inner!.slice(comma + 2), items, reader);
  return spans.map(([from, to]) =>
    Object.fromEntries(keys.slice(from, to).map((key, i) => [key, values[from + i]])),
  );
}

/** The rows of a block, or their first `columnsMax` columns: times as epoch ms, days as `2026-01-31`. */
export function rowsOf(block: Block, columnsMax = Number.POSITIVE_INFINITY): readonly Row[] {
  const reader = new NativeReader(block.bytes);
  const columns = reader.varint();
  const count = reader.varint();
  const rows: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (let i = 0; i < Math.min(columns, columnsMax); i += 1) {
    const name = reader.text();
    const type = reader.text();
    skipPrefixes(type, reader);
    readData(type, count, reader).forEach((value, row) => {
      rows[row]![name] = value;
    });
  }
  if (columns <= columnsMax && !reader.atEnd) throw new Error("bytes after the block");
  return rows;
}

/** Where a row comes from, as the recorder would say: partition 0 of a topic that never was made anew. */
export function originAt(topic: string, offset: number, appendMs = Date.now()): Row {
  return {
    _topic: topic,
    _epoch: 0,
    _partition: 0,
    _offset: offset,
    _append_time: appendMs,
    _day: dayNumber(appendMs),
  };
}
