import type { Block, Row, Store } from "../ports.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Column } from "./native-columns.ts";
import { columnOf } from "./native-composites.ts";

/** A column of a table as the store has it, without those that the store computes itself. */
export interface TableColumn {
  readonly name: string;
  /** As ClickHouse writes it. */
  readonly type: string;
}

/** Columns of each table, in the table's order. */
export type Tables = ReadonlyMap<string, readonly TableColumn[]>;

const COLUMNS_SQL = `
SELECT table, name, type FROM system.columns
WHERE database = currentDatabase() AND default_kind = ''
ORDER BY table, position`;

/** The tables of the store's database. Throws `StoreError`. */
export async function readTables(store: Store): Promise<Tables> {
  const tables = new Map<string, TableColumn[]>();
  for (const row of await store.query(COLUMNS_SQL)) {
    const table = String(row.table);
    const column = { name: String(row.name), type: String(row.type) };
    const own = tables.get(table);
    if (own === undefined) tables.set(table, [column]);
    else own.push(column);
  }
  return tables;
}

/**
 * Rows of one table, gathered column by column, and given to the store as one block of ClickHouse's Native format.
 * Memory is kept from block to block.
 */
export class TableBlock {
  readonly table: string;
  /** In the order of the table. */
  readonly columns: readonly Column[];
  readonly #names: readonly string[];
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #out = new ByteWriter();

  /** Throws where the table has a column of a type that is not known here. */
  constructor(table: string, columns: readonly TableColumn[]) {
    this.table = table;
    this.#names = columns.map((column) => column.name);
    this.#indexes = new Map(this.#names.map((name, index) => [name, index]));
    this.columns = columns.map(({ name, type }) => {
      try {
        return columnOf(type);
      } catch (error) {
        throw new Error(`${table}.${name}: ${(error as Error).message}`);
      }
    });
  }

  get rows(): number {
    return this.columns[0]!.rows;
  }

  /** Bytes it holds, about. */
  size(): number {
    let sum = 0;
    for (const column of this.columns) sum += column.size();
    return sum;
  }

  /**
   * Adds a row of named values; absent ones are their column's empty value. Throws for a name the table does not have and
   * a value that does not fit; the block is then of no use before `clear`.
   */
  appendRow(row: Row): void {
    for (const name of Object.keys(row)) {
      if (!this.#indexes.has(name)) throw new Error(`table ${this.table} has no column ${name}`);
    }
    this.columns.forEach((column, index) => {
      try {
        column.appendValue(row[this.#names[index]!]);
      } catch (error) {
        throw new Error(`${this.table}.${this.#names[index]}: ${(error as Error).message}`);
      }
    });
  }

  /** The rows so far as one block, valid until `clear`, the next row or the next `encode`. */
  encode(): Block {
    const out = this.#out;
    out.clear();
    out.varint(this.columns.length);
    out.varint(this.rows);
    this.columns.forEach((column, index) => {
      if (column.rows !== this.rows) {
        throw new Error(`${this.table}.${this.#names[index]} has ${column.rows} of ${this.rows} rows`);
      }
      out.text(this.#names[index]!);
      out.text(column.type);
      column.writePrefix(out);
      column.writeData(out);
    });
    return { rows: this.rows, bytes: out.written() };
  }

  clear(): void {
    for (const column of this.columns) column.clear();
  }
}
